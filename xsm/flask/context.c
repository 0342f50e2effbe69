/* SPDX-License-Identifier: BSD-2-Clause */
/* Contexts: which are valid, and which the policy gives to new objects. */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

bool flask_parts_valid(const struct flask_policy *policy, struct flask_context context)
{
    if (context.user == 0 || context.user > policy->nr_users || context.role == 0 ||
        context.role > policy->nr_roles || context.type == 0 || context.type > policy->nr_types)
        return false;
    if (policy->role[context.role - 1].name == NULL || policy->type[context.type - 1].attribute)
        return false;
    return context.role == FLASK_OBJECT_R ||
           (flask_in(&policy->role[context.role - 1].types, context.type - 1u) &&
            flask_in(&policy->user[context.user - 1].roles, context.role - 1u));
}

bool flask_context_valid(const struct flask_policy *policy, struct flask_context context)
{
    return flask_parts_valid(policy, context) &&
           (!policy->mls || flask_range_valid(policy, context, &policy->level[context.low],
                                              &policy->level[context.high]));
}

/* What the class says, or else `otherwise`. */
static uint16_t choose(unsigned int class_default, uint16_t source, uint16_t target,
                       uint16_t otherwise)
{
    if (class_default == FLASK_DEFAULT_SOURCE)
        return source;
    return class_default == FLASK_DEFAULT_TARGET ? target : otherwise;
}

/* 0: no rule says anything. A rule without condition comes first. */
static uint16_t type_by_rule(const struct flask_table *table, uint64_t place)
{
    const struct flask_policy *policy = table->policy;
    const struct flask_rule *end = policy->conditional_rule + policy->nr_conditional_rules;
    const struct flask_rule *rule = flask_find_rule(policy->rule, policy->nr_rules, place);

    if (rule != NULL)
        return (uint16_t)rule->data;
    rule = flask_find_rule(policy->conditional_rule, policy->nr_conditional_rules, place);
    for (; rule != NULL && rule < end && flask_rule_place(rule) == place; rule++)
        if (flask_in_force(table, rule))
            return (uint16_t)rule->data;
    return 0;
}

static uint16_t type_by_name(const struct flask_policy *policy, struct flask_context source,
                             struct flask_context target, unsigned int class_value,
                             const char *name)
{
    for (unsigned int i = 0; name != NULL && i < policy->nr_name_transitions; i++) {
        const struct flask_name_transition *rule = &policy->name_transition[i];

        if (rule->source == source.type && rule->target == target.type &&
            rule->class_value == class_value && strcmp(rule->name, name) == 0)
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

static const struct flask_range_transition *range_by_rule(const struct flask_policy *policy,
                                                          uint64_t place)
{
    unsigned int low = 0, high = policy->nr_range_transitions;

    while (low < high) {
        unsigned int middle = low + (high - low) / 2;
        const struct flask_range_transition *rule = &policy->range_transition[middle];
        uint64_t found = flask_range_place(rule->source, rule->target, rule->class_value);

        if (found == place)
            return rule;
        if (found < place)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void set_range(struct flask_context *result, uint16_t low, uint16_t high)
{
    result->low = low;
    result->high = high;
}

static void range_of_domain(const struct flask_class *class, struct flask_context source,
                            struct flask_context *result)
{
    set_range(result, source.low, class->is_domain ? source.high : source.low);
}

static void range_by_default(const struct flask_class *class, struct flask_context source,
                             struct flask_context target, struct flask_context *result)
{
    switch ((enum flask_default_range) class->default_range) {
    case FLASK_RANGE_SOURCE_LOW:
        set_range(result, source.low, source.low);
        return;
    case FLASK_RANGE_SOURCE_HIGH:
        set_range(result, source.high, source.high);
        return;
    case FLASK_RANGE_SOURCE_LOW_HIGH:
        set_range(result, source.low, source.high);
        return;
    case FLASK_RANGE_TARGET_LOW:
        set_range(result, target.low, target.low);
        return;
    case FLASK_RANGE_TARGET_HIGH:
        set_range(result, target.high, target.high);
        return;
    case FLASK_RANGE_TARGET_LOW_HIGH:
        set_range(result, target.low, target.high);
        return;
    case FLASK_RANGE_UNSET:
    default:
        range_of_domain(class, source, result);
        return;
    }
}

static void choose_range(const struct flask_policy *policy, enum flask_new kind,
                         struct flask_context source, struct flask_context target,
                         unsigned int class_value, struct flask_context *result)
{
    const struct flask_class *class = &policy->class[class_value - 1];
    const struct flask_range_transition *rule;

    if (kind == FLASK_NEW_MEMBER) {
        set_range(result, source.low, source.low);
        return;
    }
    if (kind == FLASK_NEW_CHANGE) {
        range_of_domain(class, source, result);
        return;
    }
    rule = range_by_rule(policy, flask_range_place(source.type, target.type, class_value));
    if (rule != NULL)
        set_range(result, rule->low, rule->high);
    else
        range_by_default(class, source, target, result);
}

static uint16_t choose_type(const struct flask_table *table, enum flask_new kind,
                            struct flask_context source, struct flask_context target,
                            unsigned int class_value, const char *name)
{
    const struct flask_class *class = &table->policy->class[class_value - 1];
    uint16_t type = 0;

    if (kind == FLASK_NEW_TRANSITION)
        type = type_by_name(table->policy, source, target, class_value, name);
    if (type == 0)
        type = type_by_rule(table, flask_place(class_value, kind, source.type, target.type));
    if (type != 0)
        return type;
    return choose(class->default_type, source.type, target.type,
                  class->is_domain ? source.type : target.type);
}

int flask_new_context(const struct flask_table *table, enum flask_new kind,
                      struct flask_context source, struct flask_context target,
                      unsigned int class_value, const char *name, struct flask_context *result)
{
    const struct flask_policy *policy = table->policy;
    const struct flask_class *class = &policy->class[class_value - 1];
    uint16_t role = 0;

    *result = (struct flask_context){0};
    result->user = kind == FLASK_NEW_MEMBER
                       ? target.user
                       : choose(class->default_user, source.user, target.user, source.user);
    result->type = choose_type(table, kind, source, target, class_value, name);
    if (kind == FLASK_NEW_TRANSITION)
        role = role_by_rule(policy, source, target, class_value);
    if (role == 0)
        role = choose(class->default_role, source.role, target.role,
                      class->is_domain ? source.role : FLASK_OBJECT_R);
    result->role = role;
    if (policy->mls)
        choose_range(policy, kind, source, target, class_value, result);
    return flask_context_valid(policy, *result) ? 0 : -EINVAL;
}
