/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"
#include "hv/machine/console.h"
#include "hv/machine/cpu.h"
#include "hv/machine/time.h"

/* The console's input has no interrupt of its own: it is polled this often. */
#define CONSOLE_POLL_INTERVAL (10 * MILLISECOND)

uint64_t now(void)
{
    return arch_now();
}

void time_arm(uint64_t deadline)
{
    struct cpu *cpu = this_cpu();

    if (deadline < cpu->armed) {
        cpu->armed = deadline;
        arch_set_timer(deadline);
    }
}

void time_poll(void)
{
    uint64_t time = now(), next = time + CONSOLE_POLL_INTERVAL;
    struct cpu *cpu = this_cpu();

    console_poll_input();
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot(i);

        if (d != NULL && d->state == DOMAIN_RUNNING)
            next = min_u64(next, vcpu_deliver_deadlines(d->vcpu, time));
    }
    next = min_u64(next, max_u64(cpu->slice_end, time));
    cpu->armed = NEVER;
    time_arm(next);
}
