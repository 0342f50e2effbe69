/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/gate.h"
#include "hv/machine/console.h"
#include "hv/machine/cpu.h"
#include "hv/machine/log.h"
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

/* Console and audit of all domains are looked after by one CPU, which is dedicated last. */
static bool keeps_house(const struct cpu *cpu)
{
    return cpu->number == 0;
}

void time_poll_console_soon(void)
{
    if (keeps_house(this_cpu()))
        time_arm(now() + CONSOLE_BUSY_INTERVAL);
}

/* Returns whether the domain's console ring waits for room. */
static bool look_after(struct domain *d)
{
    audit_poll(d);
    return console_drain(d);
}

/* Returns when to look again. */
static uint64_t keep_house(void)
{
    static unsigned int first; /* another domain's turn each time, since room may be short */
    bool busy = false;

    console_poll_input();
    first++;
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot((first + i) % DOMAIN_SLOTS);

        if (d != NULL && __atomic_load_n(&d->state, __ATOMIC_SEQ_CST) == DOMAIN_RUNNING &&
            look_after(d))
            busy = true;
    }
    if (console_pump())
        busy = true;
    return now() + (busy ? CONSOLE_BUSY_INTERVAL : CONSOLE_POLL_INTERVAL);
}

/* By somebody who holds no lock, which who takes an NMI can't know. */
static void report_nmis(struct cpu *cpu)
{
    uint64_t nmis = __atomic_load_n(&cpu->nmis, __ATOMIC_RELAXED);

    if (nmis == cpu->nmis_reported)
        return;
    hv_log("CPU %u: %lu NMIs came: ignored", cpu->number, nmis - cpu->nmis_reported);
    cpu->nmis_reported = nmis;
}

void time_poll(void)
{
    struct cpu *cpu = this_cpu();
    uint64_t next = __atomic_load_n(&cpu->slice_end, __ATOMIC_RELAXED);

    report_nmis(cpu);
    if (keeps_house(cpu))
        next = min_u64(next, keep_house());
    next = min_u64(next, timers_deliver(now()));
    cpu->armed = NEVER;
    if (next == NEVER)
        arch_stop_timer();
    else
        time_arm(next);
}
