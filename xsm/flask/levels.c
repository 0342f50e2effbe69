/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Levels of MLS. Each stands once in the policy's table, so that contexts with equal ranges are
 * equal numbers. Like SIDs, levels are only ever added, by any CPU and without a lock: who finds
 * another writing one waits for the copying of its few words.
 */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

enum level_state { LEVEL_FREE, LEVEL_WRITING, LEVEL_READY };

static bool same_level(const struct flask_level *a, const struct flask_level *b)
{
    return a->sensitivity == b->sensitivity &&
           memcmp(a->category, b->category, sizeof(a->category)) == 0;
}

/* Take the slot if it is free, and in any case see to it that there is something in it. */
static void fill_slot(struct flask_level *slot, const struct flask_level *wanted)
{
    uint32_t state = LEVEL_FREE;

    if (__atomic_compare_exchange_n(&slot->state, &state, LEVEL_WRITING, false, __ATOMIC_ACQ_REL,
                                    __ATOMIC_ACQUIRE)) {
        slot->sensitivity = wanted->sensitivity;
        memcpy(slot->category, wanted->category, sizeof(slot->category));
        __atomic_store_n(&slot->state, LEVEL_READY, __ATOMIC_RELEASE);
    }
    while (__atomic_load_n(&slot->state, __ATOMIC_ACQUIRE) != LEVEL_READY)
        ;
}

int flask_level_index(const struct flask_policy *policy, const struct flask_level *wanted,
                      uint16_t *index)
{
    for (unsigned int i = 0; policy->mls && i < FLASK_MAX_LEVELS; i++) {
        fill_slot(&policy->level[i], wanted);
        if (same_level(&policy->level[i], wanted)) {
            *index = (uint16_t)i;
            return 0;
        }
    }
    *index = 0;
    return policy->mls ? -ENOSPC : 0;
}

int flask_find_level(const struct flask_policy *policy, const struct flask_level *wanted,
                     uint16_t *index)
{
    *index = 0;
    for (unsigned int i = 0; policy->mls && i < FLASK_MAX_LEVELS; i++) {
        if (__atomic_load_n(&policy->level[i].state, __ATOMIC_ACQUIRE) != LEVEL_READY)
            break;
        if (!same_level(&policy->level[i], wanted))
            continue;
        *index = (uint16_t)i;
        return 0;
    }
    return policy->mls ? -ENOSPC : 0;
}

static bool includes(const uint64_t *all, const uint64_t *some)
{
    for (unsigned int i = 0; i < FLASK_CATEGORY_WORDS; i++)
        if ((some[i] & ~all[i]) != 0)
            return false;
    return true;
}

static bool dominates(const struct flask_level *high, const struct flask_level *low)
{
    return high->sensitivity >= low->sensitivity && includes(high->category, low->category);
}

bool flask_level_dominates(const struct flask_policy *policy, unsigned int a, unsigned int b)
{
    return dominates(&policy->level[a], &policy->level[b]);
}

static bool valid(const struct flask_policy *policy, const struct flask_level *level)
{
    if (level->sensitivity == 0 || level->sensitivity > policy->nr_sensitivities ||
        policy->sensitivity[level->sensitivity - 1].name == NULL)
        return false;
    return includes(policy->level[policy->sensitivity[level->sensitivity - 1].level].category,
                    level->category);
}

bool flask_level_valid(const struct flask_policy *policy, unsigned int index)
{
    return valid(policy, &policy->level[index]);
}

bool flask_range_valid(const struct flask_policy *policy, struct flask_context context,
                       const struct flask_level *low, const struct flask_level *high)
{
    const struct flask_user *user = &policy->user[context.user - 1];

    if (!valid(policy, low) || !valid(policy, high) || !dominates(high, low))
        return false;
    return context.role == FLASK_OBJECT_R || (dominates(&policy->level[user->high], high) &&
                                              dominates(low, &policy->level[user->low]));
}
