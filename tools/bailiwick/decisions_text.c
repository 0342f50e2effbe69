/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decisions as rules. Those of the same class, permissions and states are put together: first the
 * sources that have the same target, then the targets that have the same sources.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "tools/bailiwick/decisions.h"
#include "tools/bailiwick/type_set.h"

#define SELF 0u /* in place of a target: the source itself */

/* Decisions one after the other, with one target. */
struct group {
    const struct decision *first;
    size_t count;
};

static int compare(uint64_t a, uint64_t b)
{
    return (a > b) - (a < b);
}

/* What has to be the same to stand in one rule. */
static int compare_kind(const struct decision *a, const struct decision *b)
{
    int order = compare(a->class_value, b->class_value);

    if (order == 0)
        order = compare(a->permissions, b->permissions);
    if (order == 0)
        order = compare(a->states, b->states);
    if (order == 0)
        order = compare(a->withheld, b->withheld);
    return order != 0 ? order : compare(a->guessed, b->guessed);
}

static int by_source(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;
    int order = compare_kind(a, b);

    if (order == 0)
        order = compare(a->source.type, b->source.type);
    return order != 0 ? order : compare(a->target.type, b->target.type);
}

static int by_target(const void *left, const void *right)
{
    const struct decision *a = left, *b = right;
    int order = compare_kind(a, b);

    if (order == 0)
        order = compare(a->target.type, b->target.type);
    return order != 0 ? order : compare(a->source.type, b->source.type);
}

static int compare_sources(const struct group *a, const struct group *b)
{
    int order = compare(a->count, b->count);

    for (size_t i = 0; order == 0 && i < a->count; i++)
        order = compare(a->first[i].source.type, b->first[i].source.type);
    return order;
}

static int by_sources(const void *left, const void *right)
{
    const struct group *a = left, *b = right;
    int order = compare_kind(a->first, b->first);

    if (order == 0)
        order = compare_sources(a, b);
    return order != 0 ? order : compare(a->first->target.type, b->first->target.type);
}

/* A label on itself, of which the same is said of no other target, is "self". */
static void find_self(struct decisions *decisions)
{
    struct decision *decision = decisions->decision;

    qsort(decision, decisions->count, sizeof(*decision), by_source);
    for (size_t i = 0; i < decisions->count; i++) {
        bool before = i > 0 && compare_kind(&decision[i - 1], &decision[i]) == 0 &&
                      decision[i - 1].source.type == decision[i].source.type;
        bool after = i + 1 < decisions->count &&
                     compare_kind(&decision[i + 1], &decision[i]) == 0 &&
                     decision[i + 1].source.type == decision[i].source.type;

        if (!before && !after && decision[i].source.type == decision[i].target.type &&
            !decision[i].guessed)
            decision[i].target.type = SELF;
    }
}

void decisions_print_permissions(FILE *out, const struct flask_class *class, uint32_t permissions)
{
    bool one = (permissions & (permissions - 1)) == 0;

    if (!one)
        fprintf(out, "{");
    for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++)
        if ((permissions >> bit & 1u) != 0 && class->permission[bit])
            fprintf(out, "%s%s", one ? "" : " ", class->permission[bit]);
    if (!one)
        fprintf(out, " }");
}

static void print_rule(const struct asked *asked, const struct group *group, size_t count)
{
    static struct type_set set;
    const struct decision *first = group->first;
    const struct flask_class *class = &asked->policy->class[first->class_value - 1];
    const char *states = asked_states_text(asked, first->states);

    printf("%sallow ", first->withheld ? "# " : "");
    for (size_t i = 0; i < group->count; i++)
        type_set_add(&set, first[i].source.type);
    type_set_print(asked->policy, &set);
    printf(" ");
    for (size_t i = 0; i < count && first->target.type != SELF; i++)
        type_set_add(&set, group[i].first->target.type);
    if (first->target.type == SELF)
        printf("self");
    else
        type_set_print(asked->policy, &set);
    printf(":%s ", class->name);
    decisions_print_permissions(stdout, class, first->permissions);
    printf(";");
    if (states[0])
        printf("  # with %s", states);
    if (first->withheld)
        printf("  # withheld by a constraint");
    if (first->guessed)
        printf("  # from %s to %s", asked_text(asked, first->source),
               asked_text(asked, first->target));
    printf("\n");
}

/* May the second stand in the first's rule? What was guessed stands alone. */
static bool go_together(const struct group *a, const struct group *b)
{
    return !a->first->guessed && a->first->target.type != SELF && b->first->target.type != SELF &&
           compare_kind(a->first, b->first) == 0 && compare_sources(a, b) == 0;
}

static void print_groups(const struct asked *asked, struct group *group, size_t count)
{
    size_t next;

    qsort(group, count, sizeof(*group), by_sources);
    for (size_t i = 0; i < count; i = next) {
        next = i + 1;
        while (next < count && go_together(&group[i], &group[next]))
            next++;
        print_rule(asked, &group[i], next - i);
    }
}

int decisions_print(const struct asked *asked, struct decisions *decisions)
{
    struct decision *decision = decisions->decision;
    struct group *group;
    size_t groups = 0;

    if (decisions->count == 0)
        return 0;
    group = calloc(decisions->count, sizeof(*group));
    if (!group) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        return -ENOMEM;
    }
    find_self(decisions);
    qsort(decision, decisions->count, sizeof(*decision), by_target);
    for (size_t i = 0; i < decisions->count; i++) {
        struct group *last = groups > 0 ? &group[groups - 1] : NULL;

        if (last && !decision[i].guessed && compare_kind(last->first, &decision[i]) == 0 &&
            last->first->target.type == decision[i].target.type)
            last->count++;
        else
            group[groups++] = (struct group){.first = &decision[i], .count = 1};
    }
    print_groups(asked, group, groups);
    free(group);
    return 0;
}
