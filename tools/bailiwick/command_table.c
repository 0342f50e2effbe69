/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick table: what a policy has, what deciding by it takes, and what words it lacks. */
#include <stdio.h>
#include <string.h>

#include "tools/bailiwick/ask_options.h"
#include "tools/bailiwick/asked.h"
#include "tools/bailiwick/command.h"
#include "tools/bailiwick/json.h"
#include "xsm/hooks.h"
#include "xsm/policy.h"

#define NOTE_SIZE 240u

static size_t matrix_bytes(const struct flask_class_table *table, enum flask_plane plane)
{
    const struct flask_matrix *matrix = &table->plane[plane];

    return (size_t)matrix->rows * matrix->columns * sizeof(*matrix->cell);
}

/* Does any operation ask for it, under this policy? */
static bool is_asked(const struct flask_policy *policy, unsigned int class_value, uint32_t bit)
{
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        for (unsigned int i = 0; xsm_row_check((enum xsm_hook)hook, i) != NULL; i++) {
            const struct flask_check *check = &policy->check[hook][i];

            if ((check->answer == FLASK_ANSWER_ASK || check->answer == FLASK_ANSWER_OTHER) &&
                check->class_value == class_value && check->permission == bit)
                return true;
        }
    return false;
}

/* Permissions that no operation asks for. */
static uint32_t unasked(const struct flask_policy *policy, unsigned int class_value)
{
    const struct flask_class *class = &policy->class[class_value - 1];
    uint32_t found = 0;

    for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++)
        if (class->permission[bit] && !is_asked(policy, class_value, (uint32_t)1 << bit))
            found |= (uint32_t)1 << bit;
    return found;
}

static void print_classes(const struct flask_policy *policy, const struct flask_table *table)
{
    printf("\n%-14s %11s %11s %11s  %s\n", "class", "permissions", "table", "constraints",
           "permissions that no operation asks for");
    for (unsigned int value = 1; value <= policy->nr_classes; value++) {
        const struct flask_class *class = &policy->class[value - 1];
        const struct flask_matrix *allowed = &table->class[value - 1].plane[FLASK_PLANE_ALLOWED];
        uint32_t left = unasked(policy, value);
        char size[32];

        if (!class->name)
            continue;
        snprintf(size, sizeof(size), "%u x %u", allowed->rows, allowed->columns);
        printf("%-14s %11d %11s %11u ", class->name, __builtin_popcount(class->permissions), size,
               class->nr_constraints);
        for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++)
            if ((left >> bit & 1u) != 0)
                printf(" %s", class->permission[bit]);
        printf("\n");
    }
}

static void print_notes(const struct asked *asked)
{
    char text[NOTE_SIZE];

    for (unsigned int i = 0; xsm_policy_note(asked->engine, i, text, sizeof(text)) == 0; i++)
        printf("%s%s\n", i == 0 ? "\n" : "", text);
}

static void print_text(const struct asked *asked)
{
    const struct flask_table *table = asked->state[0].table;
    char text[NOTE_SIZE];

    xsm_describe_policy(asked->engine, text, sizeof(text));
    printf("%s: %s\n", asked->path, text);
    printf("%zu bytes: the policy; %zu bytes: a table for one state of its booleans, %zu of them "
           "for what is allowed, %zu for all decisions\n",
           xsm_policy_kept(asked->policy), xsm_table_kept(table), table->allow_bytes, table->bytes);
    print_classes(asked->policy, table);
    print_notes(asked);
}

static json_t *class_json(const struct flask_policy *policy, const struct flask_table *table,
                          unsigned int value)
{
    const struct flask_class *class = &policy->class[value - 1];
    const struct flask_class_table *of = &table->class[value - 1];

    return json_must(json_pack(
        "{s:s, s:o, s:i, s:i, s:i, s:i, s:i, s:i, s:o}", "class", class->name, "permissions",
        decisions_permissions_json(class, class->permissions), "rows",
        (int)of->plane[FLASK_PLANE_ALLOWED].rows, "columns",
        (int)of->plane[FLASK_PLANE_ALLOWED].columns, "allowed_bytes",
        (int)matrix_bytes(of, FLASK_PLANE_ALLOWED), "auditallow_bytes",
        (int)matrix_bytes(of, FLASK_PLANE_AUDITALLOW), "dontaudit_bytes",
        (int)matrix_bytes(of, FLASK_PLANE_SILENT), "constraints", (int)class->nr_constraints,
        "not_asked_for", decisions_permissions_json(class, unasked(policy, value))));
}

static void print_json(const struct asked *asked)
{
    const struct flask_table *table = asked->state[0].table;
    json_t *classes = json_must(json_array()), *notes = json_must(json_array());
    char text[NOTE_SIZE];

    for (unsigned int value = 1; value <= asked->policy->nr_classes; value++)
        if (asked->policy->class[value - 1].name)
            json_array_append_new(classes, class_json(asked->policy, table, value));
    for (unsigned int i = 0; xsm_policy_note(asked->engine, i, text, sizeof(text)) == 0; i++)
        json_array_append_new(notes, json_must(json_string(text)));
    xsm_describe_policy(asked->engine, text, sizeof(text));
    json_print(json_must(json_pack(
        "{s:s, s:s, s:I, s:I, s:I, s:I, s:o, s:o}", "policy", asked->path, "description", text,
        "policy_bytes", (json_int_t)xsm_policy_kept(asked->policy), "table_bytes",
        (json_int_t)xsm_table_kept(table), "allowed_bytes", (json_int_t)table->allow_bytes,
        "decision_bytes", (json_int_t)table->bytes, "classes", classes, "notes", notes)));
}

int command_table(int argc, char **argv)
{
    static struct asked asked;
    struct ask_options options;
    int status = EXIT_USAGE;

    if (!ask_read_options(argc, argv, ASK_BOOLEANS, 1, 1, &options))
        return EXIT_USAGE;
    if (asked_open(&asked, options.argument[0], options.root, options.booleans, false) == 0) {
        (options.json ? print_json : print_text)(&asked);
        status = 0;
    }
    asked_close(&asked);
    return status;
}
