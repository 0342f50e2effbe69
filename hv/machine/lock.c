/* SPDX-License-Identifier: BSD-2-Clause */
/* Which locks each CPU holds: four bits for each rank count them. */
#include "hv/machine/cpu.h"
#include "hv/machine/lock.h"
#include "hv/machine/panic.h"

#define BITS 4u

static uint32_t bits_from(unsigned int rank)
{
    return (uint32_t)(~0ul << rank * BITS);
}

static bool holds(enum lock_rank rank)
{
    return (this_cpu()->held & bits_from(rank) & ~bits_from(rank + 1)) != 0;
}

bool lock_holds_from(enum lock_rank rank)
{
    return (this_cpu()->held & bits_from(rank)) != 0;
}

void lock_check_order(const struct lock *lock)
{
    assert(!lock_holds_from(lock->rank));
}

void lock_note_taken(const struct lock *lock)
{
    this_cpu()->held += 1u << lock->rank * BITS;
}

void lock_note_released(const struct lock *lock)
{
    assert(holds(lock->rank));
    this_cpu()->held -= 1u << lock->rank * BITS;
}
