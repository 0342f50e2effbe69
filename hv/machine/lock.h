/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Locks. CPUs get a lock in the order in which they ask for it, so that none waits longer than all
 * the others hold it once. What each protects, and in which order they are taken:
 *
 *   rank           one for          protects
 *   LOCK_TABLE     the machine      which domains there are; which CPUs are dedicated
 *   LOCK_CONSOLE   the machine      serial port, its queue, lines, focus; console rings
 *   LOCK_DOMAIN    each domain      channels, parameters, what is mapped where
 *   LOCK_QUEUE     each run queue   state and place of its vCPUs, shares
 *   LOCK_TIMERS    each CPU         deadlines of the vCPUs that ran there last
 *   LOCK_AUDIT     each domain      its allowance of audit lines
 *   LOCK_RING      the machine      audit records that are kept
 *   LOCK_MEMORY    the machine      free frames and owners
 *
 * A CPU that holds a lock takes only such as stand below it. Two of one rank are taken only as
 * domain_lock_both() does it. With a lock of rank LOCK_DOMAIN or below nothing is logged, no guest
 * memory is copied, and nobody waits for other CPUs (quiesce.h), but for those in guests. Asking
 * the policy takes no lock, and is done with none. Interrupts are off in all of the hypervisor, so
 * that no handler finds a lock taken by what it interrupted.
 */
#ifndef HV_MACHINE_LOCK_H
#define HV_MACHINE_LOCK_H

#include "arch_types.h"
#include "hv/machine/debug.h"

enum lock_rank {
    LOCK_TABLE,
    LOCK_CONSOLE,
    LOCK_DOMAIN,
    LOCK_QUEUE,
    LOCK_TIMERS,
    LOCK_AUDIT,
    LOCK_RING,
    LOCK_MEMORY,
};

struct lock {
    uint32_t next;    /* the number that the next CPU to ask draws */
    uint32_t serving; /* whose turn it is */
    enum lock_rank rank;
};

/* For a lock that is a variable, or part of one. */
#define LOCK_INITIAL(its_rank)                                                                     \
    {                                                                                              \
        .rank = (its_rank)                                                                         \
    }

static inline void lock_init(struct lock *lock, enum lock_rank rank)
{
    *lock = (struct lock)LOCK_INITIAL(rank);
}

/* lock.c, for builds with DEBUG: the machine stops when the order is broken. */
void lock_check_order(const struct lock *lock);
void lock_note_taken(const struct lock *lock);
void lock_note_released(const struct lock *lock);

/* Take a second lock of a rank that this CPU has one of already. */
static inline void lock_take_another(struct lock *lock)
{
    uint32_t turn = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);

    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != turn)
        arch_relax();
    if (DEBUG_CHECKS)
        lock_note_taken(lock);
}

static inline void lock_take(struct lock *lock)
{
    if (DEBUG_CHECKS)
        lock_check_order(lock);
    lock_take_another(lock);
}

static inline void lock_release(struct lock *lock)
{
    if (DEBUG_CHECKS)
        lock_note_released(lock);
    /* Only its holder changes it. */
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

/* Does this CPU hold a lock of this rank or below? Known only in builds with DEBUG. */
bool lock_holds_from(enum lock_rank rank);

#endif
