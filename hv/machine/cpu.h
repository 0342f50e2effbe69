/* SPDX-License-Identifier: BSD-2-Clause */
/* What belongs to one physical CPU. Reached through the FS base, as the stack canary is. */
#ifndef HV_MACHINE_CPU_H
#define HV_MACHINE_CPU_H

#include "arch_types.h"
#include "hv/machine/lock.h"
#include "hv/types.h"

struct domain;
struct queue;
struct vcpu;

/* What a CPU is to look at before it enters a guest again. */
#define ATTENTION_TIMER 1u      /* its timer interrupt came */
#define ATTENTION_KICK 2u       /* another CPU wants it here */
#define ATTENTION_RESCHEDULE 4u /* its vCPU doesn't go on */

struct cpu {
    struct cpu *self;
    uint32_t number;
    uint32_t attention;   /* ATTENTION_*; interrupts and other CPUs set them: atomic */
    struct vcpu *current; /* whose registers the CPU holds; NULL: nobody's */
    uint64_t slice_end;   /* ns: when to look who else wants to run; NEVER: nobody could */
    uint64_t armed;       /* ns: what the timer is set to */
    uint64_t canary;      /* the compiler's stack protector reads it at %fs:0x28 */

    uint64_t passes; /* exits from and entries to guests and idling: even there; quiesce.h */
    const struct domain
        *guest; /* whose vCPU runs while `passes` is even; NULL: idle. To compare. */

    uint64_t guest_flushed; /* what it was entered with: quiesce_note_flushed() */

    /* Scheduling, under the lock of `queue` (hv/domain/sched.c). */
    struct queue *queue;   /* whose vCPUs it runs */
    struct vcpu *running;  /* who has the CPU */
    bool idle;             /* it waits for work, and nobody has been told to wake it */
    bool shortened;        /* its slice ends early, for somebody who has woken up */
    uint64_t slice_start;  /* ns */
    uint64_t slice_charge; /* ns: what `running` has been charged from slice_start on */
    uint64_t leave_at;     /* ns: when the boot CPU leaves sched_run(); NEVER: it doesn't. Atomic */

    struct lock timer_lock;
    struct vcpu *timers;     /* vCPUs whose deadlines are watched here (hv/domain/timers.c) */
    struct vcpu *next_timer; /* of them, whom to look at next while some are delivered */
    uint32_t held;           /* locks, for builds with DEBUG (lock.c) */

    /* Counted for tests and measurements. */
    uint64_t exits; /* of guests */
    uint64_t kicks; /* arch_kick()'s interrupts that it took */
    uint64_t nmis;  /* that nobody here had sent */
    uint64_t nmis_reported;

    bool online; /* set when it may take part in what the CPUs do, and never cleared */
    struct arch_cpu arch;
};

_Static_assert(offsetof(struct cpu, canary) == 0x28, "-mstack-protector-guard-offset");

/* The CPU that the bootloader started; its number is 0. */
extern struct cpu boot_cpu;
/* It is in the hypervisor from the start. */
#define BOOT_CPU                                                                                   \
    {                                                                                              \
        .online = true, .passes = 1, .leave_at = UINT64_MAX,                                       \
        .timer_lock = LOCK_INITIAL(LOCK_TIMERS)                                                    \
    }

static inline struct cpu *this_cpu(void)
{
    return arch_this_cpu();
}

static inline void cpu_attend(struct cpu *cpu, uint32_t attention)
{
    __atomic_fetch_or(&cpu->attention, attention, __ATOMIC_SEQ_CST);
}

#endif
