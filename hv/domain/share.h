/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's share of the CPUs that domains share: arithmetic only, without clock and locks.
 *
 * Each domain has used so much virtual time: real time divided by its weight. Who has used least
 * runs next, so that all who want to run get time in proportion to their weights. Time is charged
 * in advance and given back when it wasn't used: the vCPUs of one domain that run at once on
 * several CPUs know of each other's that way.
 *
 * A domain with a cap has a budget besides, which fills with time; without budget it doesn't run.
 */
#ifndef HV_DOMAIN_SHARE_H
#define HV_DOMAIN_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#define SHARE_DEFAULT_WEIGHT 256u
#define SHARE_MAX_WEIGHT 65535u

struct share {
    uint32_t weight;   /* 1 .. SHARE_MAX_WEIGHT */
    uint32_t cap;      /* percent of one CPU; 0: none */
    uint64_t used;     /* ns, of a domain with the default weight */
    int64_t budget;    /* ns, of a domain with a cap */
    uint64_t refilled; /* ns: when the budget was last filled */
};

/* Has `a` used less than `b`? Virtual time may wrap; the difference of two never comes near to it.
 */
static inline bool share_before(uint64_t a, uint64_t b)
{
    return (int64_t)(a - b) < 0;
}

void share_init(struct share *share, uint32_t weight, uint32_t cap, uint64_t time);
/* It wants to run again after a pause: time that it didn't want is not saved up. `least` is what
 * the domain that was last chosen had used. */
void share_resume(struct share *share, uint64_t least);
/*
 * May it run at `time`? If not, `*later` is lowered to when it may. Fills the budget.
 */
bool share_may_run(struct share *share, uint64_t time, uint64_t *later);
/* Charge it for a slice of at most `ns`. Returns how long it may run: less if its budget ends. */
uint64_t share_charge(struct share *share, uint64_t ns);
/* Give back `ns` of what was charged. */
void share_refund(struct share *share, uint64_t ns);
/* Charge it for what it ran beyond its slice. */
void share_overrun(struct share *share, uint64_t ns);

#endif
