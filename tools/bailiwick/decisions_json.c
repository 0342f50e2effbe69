/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "tools/bailiwick/decisions.h"
#include "tools/bailiwick/json.h"

json_t *decisions_permissions_json(const struct flask_class *class, uint32_t permissions)
{
    json_t *names = json_must(json_array());

    for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++)
        if ((permissions >> bit & 1u) != 0 && class->permission[bit])
            json_array_append_new(names, json_must(json_string(class->permission[bit])));
    return names;
}

/* The states in which it is so, each with the booleans that differ from state to state. */
static json_t *states_json(const struct asked *asked, uint64_t states)
{
    json_t *list = json_must(json_array());

    for (unsigned int n = 0; n < asked->nr_states; n++) {
        json_t *state;

        if ((states >> n & 1u) == 0)
            continue;
        state = json_must(json_object());
        for (unsigned int i = 0; i < asked->nr_free; i++)
            json_object_set_new(state, asked->policy->boolean[asked->free[i]].name,
                                json_boolean((n >> i & 1u) != 0));
        json_array_append_new(list, state);
    }
    return list;
}

static json_t *decision_json(const struct asked *asked, const struct decision *decision)
{
    const struct flask_policy *policy = asked->policy;
    const struct flask_class *class = &policy->class[decision->class_value - 1];
    json_t *json =
        json_must(json_pack("{s:s, s:s, s:s, s:s, s:s, s:o, s:b, s:b}", "source",
                            policy->type[decision->source.type - 1].name, "target",
                            policy->type[decision->target.type - 1].name, "source_context",
                            asked_text(asked, decision->source), "target_context",
                            asked_text(asked, decision->target), "class", class->name,
                            "permissions", decisions_permissions_json(class, decision->permissions),
                            "allowed", !decision->withheld, "contexts_guessed", decision->guessed));

    if (asked->nr_free > 0)
        json_object_set_new(json, "states", states_json(asked, decision->states));
    return json;
}

void decisions_print_json(const struct asked *asked, const struct decisions *decisions)
{
    json_t *list = json_must(json_array());

    for (size_t i = 0; i < decisions->count; i++)
        json_array_append_new(list, decision_json(asked, &decisions->decision[i]));
    json_print(list);
}
