/* SPDX-License-Identifier: BSD-2-Clause */
/* A decision: one look in a table, and the constraints of classes that have any. */
#include "xsm/flask/flask.h"

static unsigned int attribute_of(struct flask_context context, unsigned int attribute)
{
    if ((attribute & FLASK_STEP_USER) != 0)
        return context.user;
    return (attribute & FLASK_STEP_ROLE) != 0 ? context.role : context.type;
}

static bool dominates(const struct flask_policy *policy, unsigned int a, unsigned int b)
{
    return flask_in(&policy->role[a - 1].dominates, b - 1);
}

/* Only roles can dominate: constraints.c has seen to that. */
static bool compare(const struct flask_policy *policy, unsigned int op, unsigned int a,
                    unsigned int b)
{
    switch (op) {
    case FLASK_STEP_EQ:
        return a == b;
    case FLASK_STEP_NEQ:
        return a != b;
    case FLASK_STEP_DOM:
        return dominates(policy, a, b);
    case FLASK_STEP_DOMBY:
        return dominates(policy, b, a);
    case FLASK_STEP_INCOMP:
    default:
        return !dominates(policy, a, b) && !dominates(policy, b, a);
    }
}

static bool is_named(const struct flask_step *step, struct flask_context source,
                     struct flask_context target)
{
    struct flask_context side = (step->attribute & FLASK_STEP_TARGET) != 0 ? target : source;
    bool named = flask_in(step->names, attribute_of(side, step->attribute) - 1);

    return step->op == FLASK_STEP_EQ ? named : !named;
}

/* Run the program on a stack of truth values, the top in bit 0. */
static bool satisfied(const struct flask_policy *policy, const struct flask_constraint *constraint,
                      struct flask_context source, struct flask_context target)
{
    unsigned int stack = 0;

    for (unsigned int i = 0; i < constraint->nr_steps; i++) {
        const struct flask_step *step = &constraint->step[i];
        bool value;

        switch (step->kind) {
        case FLASK_STEP_NOT:
            stack ^= 1u;
            continue;
        case FLASK_STEP_AND:
            stack = stack >> 2 << 1 | ((stack & 3u) == 3u);
            continue;
        case FLASK_STEP_OR:
            stack = stack >> 2 << 1 | ((stack & 3u) != 0);
            continue;
        case FLASK_STEP_COMPARE:
            value = compare(policy, step->op, attribute_of(source, step->attribute),
                            attribute_of(target, step->attribute));
            break;
        case FLASK_STEP_NAMES:
        default:
            value = is_named(step, source, target);
            break;
        }
        stack = stack << 1 | value;
    }
    return (stack & 1u) != 0;
}

/* A bounded source is withheld what its parents are withheld, by the same constraints. */
uint32_t flask_constrained(const struct flask_policy *policy, const struct flask_class *class,
                           struct flask_context source, struct flask_context target)
{
    uint32_t withheld = 0;

    if (source.role != target.role &&
        !flask_in(&policy->role[source.role - 1].may_become, target.role - 1u))
        withheld |= class->role_change;
    for (unsigned int depth = 0; depth <= FLASK_MAX_BOUNDS; depth++) {
        for (unsigned int i = 0; i < class->nr_constraints; i++)
            if (!satisfied(policy, &class->constraint[i], source, target))
                withheld |= class->constraint[i].permissions;
        if (policy->type[source.type - 1].bounds == 0)
            break;
        source.type = policy->type[source.type - 1].bounds;
        if (policy->type[target.type - 1].bounds != 0)
            target.type = policy->type[target.type - 1].bounds;
    }
    return withheld;
}
