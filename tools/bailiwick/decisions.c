/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/decisions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define FIRST_ROOM 256u

static int add(struct decisions *found, const struct decision *decision)
{
    if (found->count == found->room) {
        size_t room = found->room ? 2 * found->room : FIRST_ROOM;
        struct decision *moved = realloc(found->decision, room * sizeof(*moved));

        if (!moved) {
            fprintf(stderr, "bailiwick: not enough memory\n");
            return -ENOMEM;
        }
        found->decision = moved;
        found->room = room;
    }
    found->decision[found->count++] = *decision;
    return 0;
}

/* What is said of a pair in each state. */
struct masks {
    uint32_t allowed[ASKED_MAX_STATES], withheld[ASKED_MAX_STATES];
};

static bool ask_states(const struct asked *asked, struct flask_context source,
                       struct flask_context target, const struct asked_class *class,
                       struct masks *masks)
{
    uint32_t any = 0;

    for (unsigned int n = 0; n < asked->nr_states; n++) {
        const struct flask_table *table = asked->state[n].table;
        const struct flask_matrix *rules =
            &table->class[class->value - 1].plane[FLASK_PLANE_ALLOWED];
        uint32_t by_rules = flask_look_up(rules, source.type, target.type) & class->permissions;

        masks->allowed[n] =
            by_rules ? flask_decide(table, source, target, class->value).allowed & by_rules : 0;
        masks->withheld[n] = by_rules & ~masks->allowed[n];
        any |= by_rules;
    }
    return any != 0;
}

/* The permissions that have just these states; takes them out of all. */
static uint32_t take_alike(uint32_t *mask, unsigned int nr_states, uint64_t *states)
{
    uint32_t alike = UINT32_MAX, left = 0;

    *states = 0;
    for (unsigned int n = 0; n < nr_states; n++)
        left |= mask[n];
    if (left == 0)
        return 0;
    for (unsigned int n = 0; n < nr_states; n++) {
        bool has = (mask[n] & left & -left) != 0;

        alike &= has ? mask[n] : ~mask[n];
        *states |= (uint64_t)has << n;
    }
    for (unsigned int n = 0; n < nr_states; n++)
        mask[n] &= ~alike;
    return alike;
}

static int add_masks(const struct asked *asked, uint32_t *mask, struct decision *like,
                     bool particular, struct decisions *found)
{
    const struct flask_class *class = &asked->policy->class[like->class_value - 1];
    int error = 0;

    for (;;) {
        like->permissions = take_alike(mask, asked->nr_states, &like->states);
        if (like->permissions == 0 || error)
            return error;
        like->guessed = particular && (class->constrained & like->permissions) != 0;
        error = add(found, like);
    }
}

static int ask_class(const struct asked *asked, const struct asked_label *source,
                     const struct asked_label *target, const struct asked_class *class,
                     struct decisions *found)
{
    bool particular = !source->certain || !target->certain;
    struct decision decision = {
        .source = source->context, .target = target->context, .class_value = class->value};
    struct masks masks;
    int error;

    if (!ask_states(asked, source->context, target->context, class, &masks))
        return 0;
    error = add_masks(asked, masks.allowed, &decision, particular, found);
    decision.withheld = true;
    return error ? error : add_masks(asked, masks.withheld, &decision, particular, found);
}

int decisions_of_pair(const struct asked *asked, const struct asked_label *source,
                      const struct asked_label *target, const struct asked_class *class,
                      struct decisions *found)
{
    struct asked_class one = *class;
    int error = 0;

    if (class->value != 0)
        return ask_class(asked, source, target, class, found);
    for (one.value = 1; error == 0 && one.value <= asked->policy->nr_classes; one.value++)
        if (asked->policy->class[one.value - 1].name)
            error = ask_class(asked, source, target, &one, found);
    return error;
}

int decisions_find(const struct asked *asked, const struct asked_labels *sources,
                   const struct asked_labels *targets, const struct asked_class *class,
                   struct decisions *found)
{
    int error = 0;

    for (unsigned int s = 0; s < sources->count; s++)
        for (unsigned int t = 0; error == 0 && t < targets->count; t++)
            error = decisions_of_pair(asked, &sources->label[s], &targets->label[t], class, found);
    return error;
}

void decisions_free(struct decisions *decisions)
{
    free(decisions->decision);
    *decisions = (struct decisions){0};
}
