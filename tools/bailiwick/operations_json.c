/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/json.h"
#include "tools/bailiwick/operations.h"

static json_t *question(const struct xsm_question *ask)
{
    return json_must(json_pack("{s:s, s:s, s:s, s:s}", "subject", party_words(ask->subject),
                               "object", party_words(ask->object), "class", ask->class_name,
                               "permission", ask->permission));
}

static json_t *checks_of(enum xsm_hook operation)
{
    static const char *const fallback[] = {
        [XSM_OR_DENY] = "deny", [XSM_OR_SELF] = "self", [XSM_OR_OTHER] = "other"};
    json_t *checks = json_must(json_array());
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(operation, i)) != NULL; i++) {
        json_t *asked = question(&check->ask);

        json_object_set_new(asked, "without", json_must(json_string(fallback[check->fallback])));
        if (check->fallback == XSM_OR_OTHER)
            json_object_set_new(asked, "other", question(check->other));
        json_array_append_new(checks, asked);
    }
    return checks;
}

static json_t *row_of(enum xsm_hook operation)
{
    static const char *const phase[] = {
        [XSM_PHASE_ANY] = "any", [XSM_PHASE_LAUNCH] = "launch", [XSM_PHASE_UNSEALED] = "unsealed"};
    const struct xsm_row *row = &xsm_rows[operation];
    json_t *json = json_must(
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "operation", row->name, "lets",
                  operation_words(operation), "kind", row->kind == XSM_CHECK ? "check" : "filter",
                  "phase", phase[row->phase], "asked_again", row->holds == XSM_HOLDS_CHECKS));

    json_object_set_new(json, "roles", json_must(json_string(who_words(row->roles))));
    json_object_set_new(json, "without_policy", json_must(json_string(who_words(row->alone))));
    json_object_set_new(json, "checks", checks_of(operation));
    return json;
}

void operations_print_json(const enum xsm_hook *operation, unsigned int n)
{
    json_t *rows = json_must(json_array());

    for (unsigned int i = 0; i < n; i++)
        json_array_append_new(rows, row_of(operation[i]));
    json_print(rows);
}
