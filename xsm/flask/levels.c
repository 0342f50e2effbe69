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

static bool includes(const uint64_t *all, const uint64_t *some)
{
    for (unsigned int i = 0; i < FLASK_CATEGORY_WORDS; i++)
        if ((some[i] & ~all[i]) != 0)
            return false;
    return true;
}

bool flask_level_dominates(const struct flask_policy *policy, unsigned int a, unsigned int b)
{
    const struct flask_level *high = &policy->level[a], *low = &policy->level[b];

    return high->sensitivity >= low->sensitivity && includes(high->category, low->category);
}

bool flask_level_valid(const struct flask_policy *policy, unsigned int index)
{
    const struct flask_level *level = &policy->level[index];

    if (level->sensitivity == 0 || level->sensitivity > policy->nr_sensitivities ||
        policy->sensitivity[level->sensitivity - 1].name == NULL)
        return false;
    return includes(policy->level[policy->sensitivity[level->sensitivity - 1].level].category,
                    level->category);
}
