/* SPDX-License-Identifier: BSD-2-Clause */
/* What no table can answer: constraints, changes of role, and validatetrans. */
#include "xsm/flask/flask.h"

#include <errno.h>

/* Those whose attributes a constraint compares. */
struct sides {
    struct flask_context source, target, third;
};

static unsigned int attribute_of(struct flask_context context, unsigned int attribute)
{
    if ((attribute & FLASK_STEP_USER) != 0)
        return context.user;
    return (attribute & FLASK_STEP_ROLE) != 0 ? context.role : context.type;
}

/* The two values that a step compares. */
struct operands {
    unsigned int a, b;
};

static struct operands operands_of(const struct flask_step *step, const struct sides *sides)
{
    struct flask_context source = sides->source, target = sides->target;

    switch (step->attribute) {
    case FLASK_STEP_L1L2:
        return (struct operands){source.low, target.low};
    case FLASK_STEP_L1H2:
        return (struct operands){source.low, target.high};
    case FLASK_STEP_H1L2:
        return (struct operands){source.high, target.low};
    case FLASK_STEP_H1H2:
        return (struct operands){source.high, target.high};
    case FLASK_STEP_L1H1:
        return (struct operands){source.low, source.high};
    case FLASK_STEP_L2H2:
        return (struct operands){target.low, target.high};
    default:
        return (struct operands){attribute_of(source, step->attribute),
                                 attribute_of(target, step->attribute)};
    }
}

/* Only roles and levels can dominate: constraints.c has seen to that. */
static bool dominates(const struct flask_policy *policy, unsigned int attribute, unsigned int a,
                      unsigned int b)
{
    if (attribute == FLASK_STEP_ROLE)
        return flask_in(&policy->role[a - 1].dominates, b - 1);
    return flask_level_dominates(policy, a, b);
}

static bool compare(const struct flask_policy *policy, const struct flask_step *step,
                    const struct sides *sides)
{
    struct operands o = operands_of(step, sides);

    switch (step->op) {
    case FLASK_STEP_EQ:
        return o.a == o.b;
    case FLASK_STEP_NEQ:
        return o.a != o.b;
    case FLASK_STEP_DOM:
        return dominates(policy, step->attribute, o.a, o.b);
    case FLASK_STEP_DOMBY:
        return dominates(policy, step->attribute, o.b, o.a);
    case FLASK_STEP_INCOMP:
    default:
        return !dominates(policy, step->attribute, o.a, o.b) &&
               !dominates(policy, step->attribute, o.b, o.a);
    }
}

static bool is_named(const struct flask_step *step, const struct sides *sides)
{
    struct flask_context side = sides->source;
    bool named;

    if ((step->attribute & FLASK_STEP_TARGET) != 0)
        side = sides->target;
    else if ((step->attribute & FLASK_STEP_THIRD) != 0)
        side = sides->third;
    named = flask_in(&step->names, attribute_of(side, step->attribute) - 1);
    return step->op == FLASK_STEP_EQ ? named : !named;
}

/* Run the program on a stack of truth values, the top in bit 0. */
static bool satisfied(const struct flask_policy *policy, const struct flask_constraint *constraint,
                      const struct sides *sides)
{
    unsigned int stack = 0;

    for (uint32_t i = 0; i < constraint->nr_steps; i++) {
        const struct flask_step *step = &constraint->step[i];

        if (step->kind == FLASK_STEP_NOT)
            stack ^= 1u;
        else if (step->kind == FLASK_STEP_AND)
            stack = stack >> 2 << 1 | ((stack & 3u) == 3u);
        else if (step->kind == FLASK_STEP_OR)
            stack = stack >> 2 << 1 | ((stack & 3u) != 0);
        else if (step->kind == FLASK_STEP_COMPARE)
            stack = stack << 1 | compare(policy, step, sides);
        else
            stack = stack << 1 | is_named(step, sides);
    }
    return (stack & 1u) != 0;
}

bool flask_satisfied(const struct flask_policy *policy, const struct flask_constraint *constraint,
                     struct flask_context source, struct flask_context target,
                     struct flask_context third)
{
    struct sides sides = {.source = source, .target = target, .third = third};

    return satisfied(policy, constraint, &sides);
}

bool flask_role_allowed(const struct flask_policy *policy, unsigned int role, unsigned int new_role)
{
    uint64_t wanted = (uint64_t)role << 16 | new_role;
    unsigned int low = 0, high = policy->nr_role_allows;

    while (low < high) {
        unsigned int middle = low + (high - low) / 2;

        if (policy->role_allow[middle] == wanted)
            return true;
        if (policy->role_allow[middle] < wanted)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}

/* A bounded source is withheld what its parents are withheld, by the same constraints. */
uint32_t flask_constrained(const struct flask_policy *policy, const struct flask_class *class,
                           struct flask_context source, struct flask_context target)
{
    struct sides sides = {.source = source, .target = target};
    uint32_t withheld = 0;

    if (class->role_change != 0 && source.role != target.role &&
        !flask_role_allowed(policy, source.role, target.role))
        withheld |= class->role_change;
    for (unsigned int depth = 0; depth <= FLASK_MAX_BOUNDS; depth++) {
        for (uint32_t i = 0; i < class->nr_constraints; i++)
            if (!satisfied(policy, &class->constraint[i], &sides))
                withheld |= class->constraint[i].permissions;
        if (policy->type[sides.source.type - 1].bounds == 0)
            break;
        sides.source.type = policy->type[sides.source.type - 1].bounds;
        if (policy->type[sides.target.type - 1].bounds != 0)
            sides.target.type = policy->type[sides.target.type - 1].bounds;
    }
    return withheld;
}

int flask_check_transition(const struct flask_policy *policy, struct flask_context from,
                           struct flask_context to, struct flask_context task,
                           unsigned int class_value)
{
    const struct flask_class *class = &policy->class[class_value - 1];
    struct sides sides = {.source = from, .target = to, .third = task};

    for (uint32_t i = 0; i < class->nr_transitions; i++)
        if (!satisfied(policy, &class->transition[i], &sides))
            return -EPERM;
    return 0;
}
