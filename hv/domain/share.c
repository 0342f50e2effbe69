/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/domain/share.h"
#include "hv/machine/time.h"
#include "hv/types.h"

/* A budget never holds more than this time brings, nor is less than the least spent at once. */
#define BUDGET_PERIOD (20 * MILLISECOND)
#define LEAST_SLICE (500 * MICROSECOND)
/* Who has paused comes back ahead of the others by this much of its time: it is served soon. */
#define HEAD_START (5 * MILLISECOND)
#define PERCENT 100u

static uint64_t virtual_time(const struct share *share, uint64_t ns)
{
    return ns * SHARE_DEFAULT_WEIGHT / share->weight;
}

static int64_t largest_budget(const struct share *share)
{
    return (int64_t)max_u64(BUDGET_PERIOD * share->cap / PERCENT, LEAST_SLICE);
}

void share_init(struct share *share, uint32_t weight, uint32_t cap, uint64_t time)
{
    *share = (struct share){.weight = weight, .cap = cap, .refilled = time};
    share->budget = largest_budget(share);
}

void share_resume(struct share *share, uint64_t least)
{
    uint64_t start = least - virtual_time(share, HEAD_START);

    if (share_before(share->used, start))
        share->used = start;
}

static void refill(struct share *share, uint64_t time)
{
    uint64_t most = 1 * SECOND, earned;

    if (time <= share->refilled)
        return;
    earned = min_u64(time - share->refilled, most) * share->cap;
    share->budget += (int64_t)(earned / PERCENT);
    if (share->budget > largest_budget(share))
        share->budget = largest_budget(share);
    /* Parts of a nanosecond count next time, however often somebody asks. */
    share->refilled = time - earned % PERCENT / share->cap;
}

bool share_may_run(struct share *share, uint64_t time, uint64_t *later)
{
    int64_t missing;

    if (share->cap == 0)
        return true;
    refill(share, time);
    missing = (int64_t)LEAST_SLICE - share->budget;
    if (missing <= 0)
        return true;
    *later = min_u64(*later,
                     share->refilled + ((uint64_t)missing * PERCENT + share->cap - 1) / share->cap);
    return false;
}

uint64_t share_charge(struct share *share, uint64_t ns)
{
    if (share->cap != 0) {
        ns = share->budget > 0 ? min_u64(ns, (uint64_t)share->budget) : 0;
        share->budget -= (int64_t)ns;
    }
    share->used += virtual_time(share, ns);
    return ns;
}

void share_refund(struct share *share, uint64_t ns)
{
    share->used -= virtual_time(share, ns);
    if (share->cap != 0)
        share->budget += (int64_t)ns;
}

void share_overrun(struct share *share, uint64_t ns)
{
    share->used += virtual_time(share, ns);
    if (share->cap != 0)
        share->budget -= (int64_t)ns;
}
