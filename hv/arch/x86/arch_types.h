/* SPDX-License-Identifier: BSD-2-Clause */
/* The architecture's parts of generic structures. */
#ifndef HV_ARCH_X86_ARCH_TYPES_H
#define HV_ARCH_X86_ARCH_TYPES_H

#include "hv/types.h"

struct cpu;
struct vmcb;
struct xsave_area;

struct arch_cpu {
    paddr_t host_vmcb; /* where VMSAVE keeps the host's FS, GS, TR and friends */
    paddr_t host_save; /* MSR_VM_HSAVE_PA */
    uint32_t next_asid;
    uint64_t asid_generation;
};

static inline struct cpu *arch_this_cpu(void)
{
    struct cpu *cpu;

    __asm__("movq %%fs:0, %0" : "=r"(cpu));
    return cpu;
}

/* The general registers that the VMCB has no room for; enter.S knows the order. */
struct guest_registers {
    uint64_t rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
};

/* The virtual local APIC: only its x2APIC registers exist (APM2 16.9). */
struct vlapic {
    uint32_t id;
    uint32_t tpr, svr;
    uint32_t lvt[7]; /* CMCI is none of them: 0x832 timer ... 0x837 error */
    uint32_t timer_initial, timer_divide;
    uint32_t irr[8], isr[8];
};

struct arch_vcpu {
    struct guest_registers registers;
    struct vmcb *vmcb;
    struct xsave_area *fpu;
    uint64_t xcr0;
    uint64_t debug[4]; /* DR0 to DR3 */
    uint64_t tsc_aux;
    uint32_t asid;
    uint64_t asid_generation; /* 0: needs a new ASID */
    uint8_t offered;          /* the vector that V_IRQ offers; 0: none */
    bool offered_upcall;      /* it is the event upcall, not the vlapic's */
    uint8_t requeued;         /* an interrupt whose delivery was cut short; 0: none */
    struct vlapic vlapic;
};

struct arch_domain {
    paddr_t nested_root;
    uint8_t callback_vector; /* 0: none */
};

#endif
