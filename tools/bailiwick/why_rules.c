/* SPDX-License-Identifier: BSD-2-Clause */
/* The rules that allow something, or would. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/expression.h"
#include "tools/bailiwick/why.h"

#define PATH_TEXT 512u

/* What is asked, of types alone. */
struct question {
    unsigned int source, target, class_value;
    uint32_t permission;
};

static const char *type_name(const struct why *why, unsigned int value)
{
    return why->asked->policy->type[value - 1].name;
}

static bool is_about(const struct flask_policy *policy, const struct flask_rule *rule,
                     const struct question *question)
{
    return rule->kind == FLASK_RULE_ALLOW && rule->class_value == question->class_value &&
           (rule->data & question->permission) != 0 &&
           flask_has(policy, question->source, rule->source) &&
           flask_has(policy, question->target, rule->target);
}

/* " a_t has guest_type, b_t has module_type", after the rule */
static void attribute_path(const struct why *why, const struct flask_rule *rule,
                           const struct question *question, char text[PATH_TEXT])
{
    bool by_source = rule->source != question->source, by_target = rule->target != question->target;
    int used = 0;

    text[0] = '\0';
    if (by_source)
        used = snprintf(text, PATH_TEXT, " %.100s has %.100s", type_name(why, question->source),
                        type_name(why, rule->source));
    if (by_target)
        snprintf(text + used, PATH_TEXT - (size_t)used, "%s%.100s has %.100s",
                 by_source ? ", " : " ", type_name(why, question->target),
                 type_name(why, rule->target));
}

/* Which branch of a condition the rule is in, as policy/lines writes it; from malloc. */
static char *when_of(const struct why *why, const struct flask_rule *rule)
{
    const struct flask_policy *policy = why->asked->policy;

    return rule->condition == 0 ? strdup("-")
                                : expression_branch(policy, &policy->condition[rule->condition - 1],
                                                    rule->otherwise);
}

static const char *place_of(const struct why *why, const struct flask_rule *rule,
                            const struct question *question)
{
    char *when = when_of(why, rule);
    const char *place = NULL;

    if (!when)
        return NULL;
    place = lines_find_rule(&why->lines, type_name(why, rule->source), type_name(why, rule->target),
                            why->class_name, why->permission, when);
    /* `allow ATTRIBUTE self` is compiled to a rule for each type. */
    for (unsigned int value = 1; !place && value <= why->asked->policy->nr_types; value++)
        if (question->source == question->target && why->asked->policy->type[value - 1].attribute &&
            flask_has(why->asked->policy, question->source, value))
            place = lines_find_rule(&why->lines, type_name(why, value), "self", why->class_name,
                                    why->permission, when);
    free(when);
    return place;
}

static void add_rule(struct why *why, const struct flask_rule *rule,
                     const struct question *question)
{
    const struct flask_table *table = why->asked->state[0].table;
    const struct flask_policy *policy = why->asked->policy;
    char path[PATH_TEXT], *condition = NULL;

    attribute_path(why, rule, question, path);
    if (rule->condition != 0)
        condition = expression_condition(policy, &policy->condition[rule->condition - 1]);
    why_add(why, flask_in_force(table, rule) ? WHY_RULE : WHY_CONDITION,
            place_of(why, rule, question), "allow %s %s:%s %s;%s%s%s%s%s",
            type_name(why, rule->source), type_name(why, rule->target), why->class_name,
            why->permission, path,
            !condition ? ""
            : path[0]  ? "; if ("
                       : " if (",
            condition ? condition : "", condition ? ")" : "",
            condition && rule->otherwise ? " is false" : "");
    free(condition);
}

/* Adds each rule that is about it. Is one of them in force? */
static bool add_rules(struct why *why, const struct question *question)
{
    const struct flask_policy *policy = why->asked->policy;
    bool found = false;

    for (unsigned int i = 0; i < policy->nr_rules + policy->nr_conditional_rules; i++) {
        const struct flask_rule *rule = i < policy->nr_rules
                                            ? &policy->rule[i]
                                            : &policy->conditional_rule[i - policy->nr_rules];

        if (!is_about(policy, rule, question))
            continue;
        add_rule(why, rule, question);
        found |= flask_in_force(why->asked->state[0].table, rule);
    }
    return found;
}

static bool table_allows(const struct why *why, const struct question *question)
{
    const struct flask_class_table *class =
        &why->asked->state[0].table->class[question->class_value - 1];

    return (flask_look_up(&class->plane[FLASK_PLANE_ALLOWED], question->source, question->target) &
            question->permission) != 0;
}

/*
 * A bounded type has no more than its parent. The parent's own target is the target's parent, if
 * that has one.
 */
static void add_bounds(struct why *why, struct question question)
{
    const struct flask_type *types = why->asked->policy->type;
    unsigned int child = question.source;

    for (unsigned int depth = 0; depth < FLASK_MAX_BOUNDS && types[child - 1].bounds; depth++) {
        question.source = types[child - 1].bounds;
        if (types[question.target - 1].bounds != 0)
            question.target = types[question.target - 1].bounds;
        if (!table_allows(why, &question))
            why_add(why, WHY_BOUND, NULL,
                    "%s is bounded by %s, which is not allowed it: allow %s %s:%s %s;",
                    type_name(why, child), type_name(why, question.source),
                    type_name(why, question.source), type_name(why, question.target),
                    why->class_name, why->permission);
        child = question.source;
    }
}

bool why_rules(struct why *why, unsigned int class_value, uint32_t permission)
{
    struct question question = {.source = why->source.context.type,
                                .target = why->target.context.type,
                                .class_value = class_value,
                                .permission = permission};
    bool in_force = add_rules(why, &question), allowed = table_allows(why, &question);

    if (!in_force)
        why_add(why, WHY_MISSING, NULL, "allow %s %s:%s %s;", type_name(why, question.source),
                question.source == question.target ? "self" : type_name(why, question.target),
                why->class_name, why->permission);
    else if (!allowed)
        add_bounds(why, question);
    return allowed;
}
