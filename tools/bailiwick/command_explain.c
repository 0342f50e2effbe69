/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick explain: which operations need a permission, and what they let their callers do. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/command.h"
#include "tools/bailiwick/operations.h"

enum format { TEXT, JSON, MARKDOWN };

static const struct option option_table[] = {
    {"json", no_argument, NULL, JSON},
    {"markdown", no_argument, NULL, MARKDOWN},
    {NULL, 0, NULL, 0},
};

/* NULL stands for everything. */
static bool read_arguments(int argc, char **argv, enum format *format, const char **what)
{
    int option;

    while ((option = getopt_long(argc, argv, "", option_table, NULL)) != -1) {
        if (option != JSON && option != MARKDOWN)
            return false;
        *format = (enum format)option;
    }
    *what = argv[optind];
    if (argc - optind > 1)
        fprintf(stderr, "bailiwick: explain takes one permission, class or operation\n");
    return argc - optind <= 1;
}

static bool is_asked(const struct xsm_question *question, const char *what)
{
    size_t length = strlen(question->class_name);

    if (strncmp(what, question->class_name, length) != 0)
        return false;
    return what[length] == '\0' ||
           (what[length] == ':' && strcmp(what + length + 1, question->permission) == 0);
}

/* Is the operation what was asked for, or does it ask for that permission or class? */
static bool is_about(enum xsm_hook operation, const char *what)
{
    const struct xsm_check *check;

    if (what == NULL || strcmp(what, xsm_rows[operation].name) == 0)
        return true;
    for (unsigned int i = 0; (check = xsm_row_check(operation, i)) != NULL; i++) {
        if (is_asked(&check->ask, what))
            return true;
        if (check->fallback == XSM_OR_OTHER && is_asked(check->other, what))
            return true;
    }
    return false;
}

static int nothing_about(const char *what)
{
    const char *colon = strchr(what, ':');

    if (colon != NULL)
        fprintf(stderr,
                "bailiwick: no operation of this version asks for %s: if a policy has such a "
                "permission, allowing it lets nothing happen\n",
                what);
    else
        fprintf(stderr,
                "bailiwick: %s is neither an operation nor a class that one asks for; "
                "`bailiwick explain` lists all\n",
                what);
    return EXIT_ERRORS;
}

int command_explain(int argc, char **argv)
{
    enum xsm_hook found[XSM_NR_HOOKS];
    enum format format = TEXT;
    unsigned int n = 0;
    const char *what;

    if (!read_arguments(argc, argv, &format, &what))
        return EXIT_USAGE;
    for (unsigned int i = 0; i < XSM_NR_HOOKS; i++) {
        if (is_about((enum xsm_hook)i, what))
            found[n++] = (enum xsm_hook)i;
    }
    if (n == 0)
        return nothing_about(what);
    if (format == JSON)
        operations_print_json(found, n);
    else if (format == MARKDOWN)
        operations_print_markdown(found, n);
    else
        operations_print(found, n);
    return EXIT_SUCCESS;
}
