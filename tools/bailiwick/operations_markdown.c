/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "tools/bailiwick/operations.h"

static const char introduction[] =
    "<!-- SPDX-License-Identifier: BSD-2-Clause -->\n"
    "<!-- Made by `make docs` from xsm/hooks.def and xsm/words.def. -->\n"
    "# Operations\n"
    "\n"
    "Everything that a domain can ask of the hypervisor, and what is asked first. Each check is\n"
    "*who asks* → *about whom*: `class:permission`; all of an operation's checks must be granted.\n"
    "A policy written for Xen lacks the classes that begin with `bw_`; *else* says what then "
    "takes\n"
    "their place. The last column is who may when no policy is loaded.\n";

static void print_question(const struct xsm_question *ask)
{
    printf("%s → %s: `%s:%s`", party_words(ask->subject), party_words(ask->object), ask->class_name,
           ask->permission);
}

static void print_check(const struct xsm_check *check)
{
    print_question(&check->ask);
    if (check->fallback == XSM_OR_SELF)
        printf(", *else* only about itself");
    if (check->fallback == XSM_OR_OTHER) {
        printf(", *else* ");
        print_question(check->other);
    }
}

static void print_checks(enum xsm_hook operation)
{
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(operation, i)) != NULL; i++) {
        printf("%s", i > 0 ? "<br>" : "");
        print_check(check);
    }
    if (xsm_row_check(operation, 0) == NULL)
        printf("none");
}

static const char *until(const struct xsm_row *row)
{
    if (row->phase == XSM_PHASE_LAUNCH)
        return "; until the launch is finalised";
    return row->phase == XSM_PHASE_UNSEALED ? "; until the policy is sealed" : "";
}

static void print_row(enum xsm_hook operation)
{
    const struct xsm_row *row = &xsm_rows[operation];

    printf("| `%s` | %s%s | ", row->name, operation_words(operation), until(row));
    print_checks(operation);
    printf(" | %s | ", who_words(row->roles));
    printf("%s |\n", who_words(row->alone));
}

void operations_print_markdown(const enum xsm_hook *operation, unsigned int n)
{
    printf("%s\n| operation | lets its caller | checks | role needed | without a policy |\n"
           "|---|---|---|---|---|\n",
           introduction);
    for (unsigned int i = 0; i < n; i++)
        print_row(operation[i]);
}
