/* SPDX-License-Identifier: BSD-2-Clause */
/* A set of numbers that only grows, with open addressing; nobody waits. */
#include "xsm/coverage.h"

#define MOST_PROBES 64u

/* Never 0: the lowest bit says that it is there. SIDs are small numbers. */
static uint64_t pack(const struct xsm_covered *covered)
{
    return (uint64_t)covered->subject << 40 | (uint64_t)(covered->object & 0xffffffu) << 16 |
           (uint64_t)covered->hook << 8 | (uint64_t)(covered->check & 7u) << 3 |
           (uint64_t)covered->verdict << 1 | 1u;
}

static struct xsm_covered unpack(uint64_t packed)
{
    return (struct xsm_covered){.subject = (xsm_sid)(packed >> 40),
                                .object = (xsm_sid)(packed >> 16 & 0xffffffu),
                                .hook = (enum xsm_hook)(packed >> 8 & 0xffu),
                                .check = (unsigned int)(packed >> 3 & 7u),
                                .verdict = (enum xsm_covered_verdict)(packed >> 1 & 3u)};
}

_Static_assert(XSM_NR_HOOKS <= 256 && XSM_MAX_CHECKS <= 8,
               "an operation is a byte, a check 3 bits");

/* Where the search for it begins. */
static uint32_t place_of(uint64_t packed)
{
    return (uint32_t)(packed * 0x9e3779b97f4a7c15u >> 32);
}

bool xsm_cover(struct xsm_coverage *coverage, const struct xsm_covered *covered)
{
    uint64_t wanted = pack(covered);
    uint32_t at = place_of(wanted);

    for (unsigned int i = 0; i < MOST_PROBES; i++) {
        uint64_t *slot = &coverage->slot[(at + i) % XSM_COVERAGE_SLOTS];
        uint64_t found = __atomic_load_n(slot, __ATOMIC_RELAXED);

        if (found == 0 && __atomic_compare_exchange_n(slot, &found, wanted, false, __ATOMIC_RELAXED,
                                                      __ATOMIC_RELAXED))
            return true;
        if (found == wanted)
            return false;
    }
    __atomic_fetch_add(&coverage->lost, 1, __ATOMIC_RELAXED);
    return false;
}

bool xsm_is_covered(const struct xsm_coverage *coverage, const struct xsm_covered *covered)
{
    uint64_t wanted = pack(covered), found = wanted;
    uint32_t at = place_of(wanted);

    for (unsigned int i = 0; i < MOST_PROBES && found != 0; i++) {
        found = __atomic_load_n(&coverage->slot[(at + i) % XSM_COVERAGE_SLOTS], __ATOMIC_RELAXED);
        if (found == wanted)
            return true;
    }
    return false;
}

bool xsm_next_covered(const struct xsm_coverage *coverage, uint64_t *next,
                      struct xsm_covered *covered)
{
    for (uint64_t i = *next; i < XSM_COVERAGE_SLOTS; i++) {
        uint64_t found = __atomic_load_n(&coverage->slot[i], __ATOMIC_RELAXED);

        if (found == 0)
            continue;
        *covered = unpack(found);
        *next = i + 1;
        return true;
    }
    return false;
}

void xsm_forget_covered(struct xsm_coverage *coverage)
{
    for (unsigned int i = 0; i < XSM_COVERAGE_SLOTS; i++)
        __atomic_store_n(&coverage->slot[i], 0, __ATOMIC_RELAXED);
    __atomic_store_n(&coverage->lost, 0, __ATOMIC_RELAXED);
}
