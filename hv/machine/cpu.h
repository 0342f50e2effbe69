/* SPDX-License-Identifier: BSD-2-Clause */
/* What belongs to one physical CPU. Reached through the FS base, as the stack canary is. */
#ifndef HV_MACHINE_CPU_H
#define HV_MACHINE_CPU_H

#include "arch_types.h"
#include "hv/types.h"

struct vcpu;

struct cpu {
    struct cpu *self;
    uint32_t number;
    bool timer_fired;     /* the timer interrupt came since time_poll() last ran */
    struct vcpu *current; /* whose registers the CPU holds; NULL: nobody's */
    uint64_t slice_end;   /* ns: when the vCPU that runs must let others run; NEVER while idle */
    uint64_t armed;       /* ns: what the timer is set to */
    uint64_t canary;      /* the compiler's stack protector reads it at %fs:0x28 */
    struct arch_cpu arch;
};

_Static_assert(offsetof(struct cpu, canary) == 0x28, "-mstack-protector-guard-offset");

extern struct cpu boot_cpu;

static inline struct cpu *this_cpu(void)
{
    return arch_this_cpu();
}

#endif
