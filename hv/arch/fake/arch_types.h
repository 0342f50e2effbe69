/* SPDX-License-Identifier: BSD-2-Clause */
/* The architecture's parts of generic structures: a machine that is a process. */
#ifndef HV_ARCH_FAKE_ARCH_TYPES_H
#define HV_ARCH_FAKE_ARCH_TYPES_H

#include "hv/types.h"

struct cpu;

struct arch_cpu {
    uint64_t timer; /* ns: when the timer interrupt comes; 0: it is off */
    bool kicked;    /* arch_kick() of another thread: atomic */
};

/* What arch_cpu_id() is, for people. */
#define ARCH_CPU_ID_NAME "number"

struct cpu *fake_this_cpu(void);

void fake_relax(void);

/* Wait a moment for another CPU. */
static inline void arch_relax(void)
{
    fake_relax();
}

static inline struct cpu *arch_this_cpu(void)
{
    return fake_this_cpu();
}

struct arch_vcpu {
    mfn_t save_area; /* as real CPUs want one: a frame of the hypervisor's */
    uint64_t entry, start_info;
    bool interrupts_on;
    uint32_t timer_interrupts; /* of the virtual interrupt controller */
};

struct arch_domain {
    paddr_t p2m_root;
    uint8_t callback_vector; /* 0: none */
};

#endif
