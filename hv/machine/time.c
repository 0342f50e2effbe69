/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"
#include "hv/domain/console_ring.h"
#include "hv/gate/gate.h"
#include "hv/machine/console.h"
#include "hv/machine/cpu.h"
#include "hv/machine/serial.h"
#include "hv/machine/time.h"

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

/* What a running domain waits for, or others wait for from it. Returns when to look again. */
static uint64_t poll_domain(struct domain *d, uint64_t time)
{
    uint64_t next = vcpu_deliver_deadlines(d->vcpu, time);

    audit_poll(d);
    return console_ring_drain(d) ? min_u64(next, time + CONSOLE_BUSY_INTERVAL) : next;
}

void time_poll(void)
{
    static unsigned int first; /* another domain's turn each time, since room may be short */
    uint64_t time = now(), next = time + CONSOLE_POLL_INTERVAL;
    struct cpu *cpu = this_cpu();

    console_poll_input();
    first++;
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot((first + i) % DOMAIN_SLOTS);

        if (d != NULL && d->state == DOMAIN_RUNNING)
            next = min_u64(next, poll_domain(d, time));
    }
    if (serial_pump())
        next = min_u64(next, time + CONSOLE_BUSY_INTERVAL);
    next = min_u64(next, max_u64(cpu->slice_end, time));
    cpu->armed = NEVER;
    time_arm(next);
}
