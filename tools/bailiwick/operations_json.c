/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "tools/bailiwick/operations.h"

/* What jansson gives when there is no memory left ends here. */
static json_t *must(json_t *json)
{
    if (json == NULL) {
        fprintf(stderr, "bailiwick: out of memory\n");
        exit(EXIT_FAILURE);
    }
    return json;
}

static json_t *question(const struct xsm_question *ask)
{
    return must(json_pack("{s:s, s:s, s:s, s:s}", "subject", party_words(ask->subject), "object",
                          party_words(ask->object), "class", ask->class_name, "permission",
                          ask->permission));
}

static json_t *checks_of(enum xsm_hook operation)
{
    static const char *const fallback[] = {
        [XSM_OR_DENY] = "deny", [XSM_OR_SELF] = "self", [XSM_OR_OTHER] = "other"};
    json_t *checks = must(json_array());
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(operation, i)) != NULL; i++) {
        json_t *asked = question(&check->ask);

        json_object_set_new(asked, "without", must(json_string(fallback[check->fallback])));
        if (check->fallback == XSM_OR_OTHER)
            json_object_set_new(asked, "other", question(&check->other));
        json_array_append_new(checks, asked);
    }
    return checks;
}

static json_t *row_of(enum xsm_hook operation)
{
    static const char *const phase[] = {
        [XSM_PHASE_ANY] = "any", [XSM_PHASE_LAUNCH] = "launch", [XSM_PHASE_UNSEALED] = "unsealed"};
    const struct xsm_row *row = &xsm_rows[operation];
    json_t *json = must(
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "operation", row->name, "lets",
                  operation_words(operation), "kind", row->kind == XSM_CHECK ? "check" : "filter",
                  "phase", phase[row->phase], "asked_again", row->holds == XSM_HOLDS_CHECKS));

    json_object_set_new(json, "roles", must(json_string(who_words(row->roles))));
    json_object_set_new(json, "without_policy", must(json_string(who_words(row->alone))));
    json_object_set_new(json, "checks", checks_of(operation));
    return json;
}

void operations_print_json(const enum xsm_hook *operation, unsigned int n)
{
    json_t *rows = must(json_array());

    for (unsigned int i = 0; i < n; i++)
        json_array_append_new(rows, row_of(operation[i]));
    json_dumpf(rows, stdout, JSON_INDENT(2));
    printf("\n");
    json_decref(rows);
}
