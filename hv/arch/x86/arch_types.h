/* SPDX-License-Identifier: BSD-2-Clause */
/* The architecture's parts of generic structures. */
#ifndef HV_ARCH_X86_ARCH_TYPES_H
#define HV_ARCH_X86_ARCH_TYPES_H

#include "hv/types.h"

struct cpu;
struct vmcb;
struct xsave_area;

/* The task state segment of 64-bit mode (APM2 12.2.5): which stacks exceptions use. */
struct __attribute__((packed)) arch_tss {
    uint32_t reserved0;
    uint64_t rsp[3], reserved1, ist[7], reserved2;
    uint16_t reserved3, io_map;
};

/* Two CPUs read their TSC in turns (tsc.c). */
struct tsc_check {
    uint32_t turn;      /* even: the boot CPU's; odd: the other's */
    uint64_t last;      /* what was read last */
    uint64_t backwards; /* ticks: the most that a later value was smaller than an earlier one */
};

struct arch_cpu {
    paddr_t host_vmcb; /* where VMSAVE keeps the host's FS, GS, TR and friends */
    paddr_t host_save; /* MSR_VM_HSAVE_PA */
    uint32_t next_asid;
    uint64_t asid_generation; /* no two CPUs ever have the same */
    bool flush_due;           /* all translations, before an ASID is used again */
    uint32_t apic_id;
    uint32_t microcode;   /* the revision that it has after some was offered */
    uint32_t start_state; /* cpus.c: how far its start has come */
    int start_error;
    struct tsc_check tsc;
    uint64_t gdt[5];
    struct arch_tss tss;
};

/* Wait a moment for another CPU. */
static inline void arch_relax(void)
{
    __asm__ volatile("pause");
}

/* What arch_cpu_id() is, for people. */
#define ARCH_CPU_ID_NAME "APIC ID"

static inline struct cpu *arch_this_cpu(void)
{
    struct cpu *cpu;

    __asm__("movq %%fs:0, %0" : "=r"(cpu));
    return cpu;
}

/* The general registers that the VMCB has no room for; enter.S knows the order. */
struct guest_registers {
    union {
        uint64_t hypercall_argument[6];
        struct {
            uint64_t rdi, rsi, rdx, r10, r8, r9;
        };
    };
    uint64_t rbx, rcx, rbp, r11, r12, r13, r14, r15;
};

/* The virtual local APIC: only its x2APIC registers exist (APM2 16.9). */
struct vlapic {
    uint32_t id;
    uint32_t tpr, svr;
    uint32_t lvt[7]; /* CMCI is none of them: 0x832 timer ... 0x837 error */
    uint32_t timer_initial, timer_divide;
    uint64_t timer_start; /* ns: when it began to count down from timer_initial */
    uint64_t irr[4];      /* requested, by any CPU: atomic */
    uint64_t isr[4];
    bool wait_for_sipi; /* it was reset, and starts where another vCPU says */
};

struct arch_vcpu {
    struct guest_registers registers;
    struct vmcb *vmcb;
    paddr_t vmcb_at;
    struct xsave_area *fpu;
    uint64_t xcr0;
    uint64_t debug[4]; /* DR0 to DR3 */
    uint64_t tsc_aux;
    uint32_t asid;
    uint64_t asid_generation; /* 0: needs a new ASID */
    uint64_t flushed;         /* the domain's count of `unmapped` when it got its ASID */
    uint8_t offered;          /* the vector that V_IRQ offers; 0: none */
    bool offered_upcall;      /* it is the event upcall, not the vlapic's */
    uint64_t shadow_rip;      /* where it was behind STI when it exited last */
    uint8_t shadow_entries;   /* how often it may be found there still; 0: it isn't */
    uint8_t requeued;         /* an interrupt whose delivery was cut short; 0: none */
    struct vlapic vlapic;
};

struct arch_domain {
    paddr_t nested_root;
    uint8_t callback_vector; /* 0: none */
};

#endif
