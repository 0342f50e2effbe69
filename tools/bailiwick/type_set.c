/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/type_set.h"

#include <stdio.h>

static const uint16_t *members(const struct flask_policy *policy, unsigned int value,
                               unsigned int *count)
{
    *count = policy->member_start[value] - policy->member_start[value - 1];
    return &policy->member[policy->member_start[value - 1]];
}

/* How many of its types are in `left`; 0 if one isn't in `whole`: then it says too much. */
static unsigned int covers(const struct flask_policy *policy, unsigned int attribute,
                           const struct type_set *whole, const struct type_set *left)
{
    unsigned int count, covered = 0;
    const uint16_t *member = members(policy, attribute, &count);

    for (unsigned int i = 0; i < count; i++) {
        if (!type_set_has(whole, member[i]))
            return 0;
        covered += type_set_has(left, member[i]);
    }
    return covered;
}

/* The attribute that says most of what is left, if it says two types at least; 0: none. */
static unsigned int best_attribute(const struct flask_policy *policy, const struct type_set *whole,
                                   const struct type_set *left)
{
    unsigned int best = 0, most = 1;

    for (unsigned int i = 1; i <= policy->nr_types; i++) {
        unsigned int covered = policy->type[i - 1].attribute ? covers(policy, i, whole, left) : 0;

        if (covered > most) {
            most = covered;
            best = i;
        }
    }
    return best;
}

static void take(const struct flask_policy *policy, unsigned int attribute, struct type_set *left)
{
    unsigned int count;
    const uint16_t *member = members(policy, attribute, &count);

    for (unsigned int i = 0; i < count; i++)
        left->word[(member[i] - 1u) / 64] &= ~((uint64_t)1 << ((member[i] - 1u) % 64));
}

/* Its words in their order. Returns how many there are, of which `limit` are written. */
static unsigned int name_set(const struct flask_policy *policy, struct type_set *left,
                             unsigned int *value, unsigned int limit)
{
    const struct type_set whole = *left;
    unsigned int count = 0, attribute;

    while ((attribute = best_attribute(policy, &whole, left)) != 0 && count < limit) {
        value[count++] = attribute;
        take(policy, attribute, left);
    }
    for (unsigned int type = 1; type <= policy->nr_types && count < limit; type++)
        if (type_set_has(left, type))
            value[count++] = type;
    return count;
}

void type_set_print(const struct flask_policy *policy, struct type_set *set)
{
    static unsigned int value[FLASK_MAX_TYPES];
    unsigned int count = name_set(policy, set, value, FLASK_MAX_TYPES);

    if (count != 1)
        printf("{ ");
    for (unsigned int i = 0; i < count; i++)
        printf("%s%s", policy->type[value[i] - 1].name, count == 1 ? "" : " ");
    if (count != 1)
        printf("}");
    *set = (struct type_set){0};
}
