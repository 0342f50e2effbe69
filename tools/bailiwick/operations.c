/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/operations.h"

#include <stdio.h>
#include <string.h>

#define WORDS(operation, words) [XSM_HOOK_##operation] = (words),
static const char *const words_of[XSM_NR_HOOKS] = {
#include "xsm/words.def"
};
#undef WORDS

/* A row without words, or words without a row, doesn't compile. */
#define WORDS(operation, words) HAS_WORDS_##operation,
enum {
#include "xsm/words.def"
};
#undef WORDS
#define HOOK(name, ...) _Static_assert(HAS_WORDS_##name >= 0, "words.def has no " #name);
#include "xsm/hooks.def"
#undef HOOK

static const struct {
    uint32_t bit;
    const char *words;
} who_table[] = {
    {XSM_WHO_ANYONE, "any domain"},
    {XSM_WHO_SELF, "a domain about itself"},
    {XSM_WHO_PEERS, "any domain about any"},
    {XSM_ROLE_HYPERVISOR, "the launch"},
    {XSM_ROLE_CONTROL, "control"},
    {XSM_ROLE_HARDWARE, "hardware"},
    {XSM_ROLE_BOOT, "boot"},
    {XSM_ROLE_CRASH, "crash"},
    {XSM_ROLE_CONSOLE, "console"},
    {XSM_ROLE_XENSTORE, "xenstore"},
};

static const char *const party_table[XSM_NR_PARTIES] = {
    [XSM_PARTY_caller] = "caller",
    [XSM_PARTY_target] = "domain acted on",
    [XSM_PARTY_peer] = "domain at the other end",
    [XSM_PARTY_channel] = "caller's end of the channel",
    [XSM_PARTY_far_channel] = "other end of the channel",
    [XSM_PARTY_label] = "label that is given",
    [XSM_PARTY_module] = "boot module",
    [XSM_PARTY_xen] = "hypervisor",
    [XSM_PARTY_security] = "policy itself",
};

const char *operation_words(enum xsm_hook operation)
{
    return words_of[operation];
}

const char *party_words(enum xsm_party party)
{
    return party_table[party];
}

const char *who_words(uint32_t who)
{
    static char text[128];

    text[0] = '\0';
    for (size_t i = 0; i < sizeof(who_table) / sizeof(who_table[0]); i++) {
        size_t used = strlen(text);

        if ((who & who_table[i].bit) != 0)
            (void)snprintf(text + used, sizeof(text) - used, "%s%s", used > 0 ? " or " : "",
                           who_table[i].words);
    }
    return text;
}

static void print_question(const struct xsm_question *ask)
{
    printf("%s:%s, %s to %s", ask->class_name, ask->permission, party_words(ask->subject),
           party_words(ask->object));
}

static void print_check(const struct xsm_check *check)
{
    printf("    needs ");
    print_question(&check->ask);
    if (check->fallback == XSM_OR_SELF)
        printf("; a policy without it: only about itself");
    if (check->fallback == XSM_OR_OTHER) {
        printf("; a policy without it: ");
        print_question(check->other);
    }
    printf("\n");
}

static void print_one(enum xsm_hook operation)
{
    const struct xsm_row *row = &xsm_rows[operation];
    const struct xsm_check *check;

    printf("%s: %s\n", row->name, operation_words(operation));
    for (unsigned int i = 0; (check = xsm_row_check(operation, i)) != NULL; i++)
        print_check(check);
    if (xsm_row_check(operation, 0) == NULL)
        printf("    needs no permission: it reaches nobody else\n");
    if (row->roles != XSM_WHO_ANYONE)
        printf("    needs the role %s\n", who_words(row->roles));
    if (row->phase == XSM_PHASE_LAUNCH)
        printf("    only until the launch is finalised\n");
    if (row->phase == XSM_PHASE_UNSEALED)
        printf("    only until the policy is sealed\n");
    if (row->holds == XSM_HOLDS_CHECKS)
        printf("    is asked again whenever the policy or a label changes\n");
    printf("    without a policy: %s\n", who_words(row->alone));
}

void operations_print(const enum xsm_hook *operation, unsigned int n)
{
    for (unsigned int i = 0; i < n; i++)
        print_one(operation[i]);
}
