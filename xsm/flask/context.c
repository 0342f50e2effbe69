/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts: which are valid, and which the policy gives to new objects. */
#include "xsm/flask/flask.h"

#include <errno.h>

#define DEFAULT_SOURCE 1u
#define DEFAULT_TARGET 2u

bool flask_context_valid(const struct flask_policy *policy, struct flask_context context)
{
    if (context.user == 0 || context.user > policy->nr_users || context.role == 0 ||
        context.role > policy->nr_roles || context.type == 0 || context.type > policy->nr_types)
        return false;
    if (policy->role[context.role - 1].name == NULL || policy->type[context.type - 1].attribute)
        return false;
    if (context.role == FLASK_OBJECT_R)
        return true;
    return flask_in(&policy->role[context.role - 1].types, context.type - 1u) &&
           flask_in(&policy->user[context.user - 1].roles, context.role - 1u);
}

/* What the class says, or else `otherwise`. */
static uint16_t choose(unsigned int class_default, uint16_t source, uint16_t target,
                       uint16_t otherwise)
{
    if (class_default == DEFAULT_SOURCE)
        return source;
    return class_default == DEFAULT_TARGET ? target : otherwise;
}

static uint16_t type_by_rule(const struct flask_policy *policy, struct flask_context source,
                             struct flask_context target, unsigned int class_value)
{
    for (unsigned int i = 0; i < policy->nr_transitions; i++) {
        const struct flask_transition *rule = &policy->transition[i];

        if (rule->source == source.type && rule->target == target.type &&
            rule->class_value == class_value)
            return rule->result;
    }
    return 0;
}

static uint16_t role_by_rule(const struct flask_policy *policy, struct flask_context source,
                             struct flask_context target, unsigned int class_value)
{
    for (unsigned int i = 0; i < policy->nr_role_transitions; i++) {
        const struct flask_role_transition *rule = &policy->role_transition[i];

        if (rule->role == source.role && rule->type == target.type &&
            rule->class_value == class_value)
            return rule->result;
    }
    return 0;
}

int flask_transition(const struct flask_policy *policy, struct flask_context source,
                     struct flask_context target, unsigned int class_value,
                     struct flask_context *result)
{
    const struct flask_class *class = &policy->class[class_value - 1];
    uint16_t type = type_by_rule(policy, source, target, class_value);
    uint16_t role = role_by_rule(policy, source, target, class_value);

    result->user = choose(class->default_user, source.user, target.user, source.user);
    result->role = choose(class->default_role, source.role, target.role,
                          class->is_domain ? source.role : FLASK_OBJECT_R);
    result->type = choose(class->default_type, source.type, target.type,
                          class->is_domain ? source.type : target.type);
    if (type != 0)
        result->type = type;
    if (role != 0)
        result->role = role;
    return flask_context_valid(policy, *result) ? 0 : -EINVAL;
}
