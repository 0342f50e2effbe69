/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Waiting until nobody can still use what was taken away.
 *
 * Who looks up a domain, a channel or a guest's frame takes no lock for it, and may use what was
 * found until its CPU enters a guest or idles. Who takes such a thing away makes it impossible to
 * find, then waits here, then frees it. Each CPU counts its exits and entries in `passes`: while
 * that is even, the CPU is in a guest or idle, and has nothing of the kind.
 */
#ifndef HV_MACHINE_QUIESCE_H
#define HV_MACHINE_QUIESCE_H

#include "hv/machine/cpu.h"

struct domain;

/*
 * The guest is entered with no translations from before this count of its domain's `unmapped`.
 * Only builds with DEBUG look at it: quiesce_wait_flushed() stops the machine if it is too small.
 */
static inline void quiesce_note_flushed(struct cpu *cpu, uint64_t unmapped)
{
    if (DEBUG_CHECKS)
        __atomic_store_n(&cpu->guest_flushed, unmapped, __ATOMIC_SEQ_CST);
}

/*
 * Every change of `passes` is a full barrier: what another CPU did before it looked at `passes` is
 * seen behind the barrier, or it sees the change.
 */
static inline void quiesce_begin(struct cpu *cpu, const struct domain *guest)
{
    if (DEBUG_CHECKS)
        __atomic_store_n(&cpu->guest_flushed, UINT64_MAX, __ATOMIC_RELAXED); /* not known yet */
    __atomic_store_n(&cpu->guest, guest, __ATOMIC_RELAXED);
    __atomic_fetch_add(&cpu->passes, 1, __ATOMIC_SEQ_CST);
}

static inline void quiesce_end(struct cpu *cpu)
{
    __atomic_fetch_add(&cpu->passes, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&cpu->guest, NULL, __ATOMIC_RELAXED);
}

/*
 * Wait until every other CPU has been in a guest or idle since the call. The caller holds no lock,
 * and uses nothing more that it looked up before, but for its own domain and what it has taken away
 * itself: while it waits it counts as idle.
 */
void quiesce_wait(void);
/*
 * The same, and every CPU that runs a vCPU of the domain has left it once: what is unmapped from
 * the domain is in no CPU's translations afterwards, since each entry compares (arch_vcpu_run()).
 */
void quiesce_wait_flushed(const struct domain *d);

#endif
