/* SPDX-License-Identifier: BSD-2-Clause */
/* APM3, RDTSC: not ordered with what is before it, unless LFENCE is. */
#include <errno.h>

#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/tsc.h"
#include "hv/machine/cpu.h"
#include "hv/machine/time.h"

/*
 * Handing the turn over takes some hundred ticks, which hide so much of a difference: an order of
 * magnitude below what software could notice. The first rounds are slow, while lines are fetched.
 */
#define ROUNDS 20u
#define TOLERANCE 1000ul /* ticks */
#define ALL_TURNS (2 * ROUNDS)
#define TURN_LIMIT SECOND /* an emulator may be slow */

static void take_turn(struct tsc_check *check)
{
    uint64_t tsc;

    __asm__ volatile("lfence" : : : "memory");
    tsc = rdtsc();
    if (tsc < check->last)
        check->backwards = max_u64(check->backwards, check->last - tsc);
    check->last = tsc;
}

int tsc_compare(struct tsc_check *check, uint32_t side)
{
    for (uint32_t turn = side; turn < ALL_TURNS; turn += 2) {
        if (!clock_wait(TURN_LIMIT, &check->turn, turn))
            return -ETIMEDOUT;
        take_turn(check);
        __atomic_store_n(&check->turn, turn + 1, __ATOMIC_RELEASE);
    }
    if (!clock_wait(TURN_LIMIT, &check->turn, ALL_TURNS))
        return -ETIMEDOUT;
    return check->backwards > TOLERANCE ? -ERANGE : 0;
}
