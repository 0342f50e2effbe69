/* SPDX-License-Identifier: BSD-2-Clause */
/* The virtual machine control block (APM2 appendix B) and exit codes (appendix C). */
#ifndef HV_ARCH_X86_VMCB_H
#define HV_ARCH_X86_VMCB_H

#include "hv/types.h"

struct vmcb_segment {
    uint16_t selector, attributes;
    uint32_t limit;
    uint64_t base;
};

struct vmcb {
    uint32_t intercept_cr, intercept_dr, intercept_exceptions;
    uint32_t intercept1, intercept2;
    uint8_t reserved0[0x3c - 0x14];
    uint16_t pause_threshold, pause_count;
    uint64_t iopm, msrpm, tsc_offset;
    uint32_t asid;
    uint8_t tlb_control, reserved1[3];
    uint64_t interrupt_control;
    uint64_t interrupt_shadow;
    uint64_t exit_code, exit_info1, exit_info2, exit_interrupt_info;
    uint64_t nested_control;
    uint8_t reserved2[0xa8 - 0x98];
    uint64_t event_injection;
    uint64_t nested_cr3;
    uint64_t lbr_control, clean_bits, next_rip;
    uint8_t reserved3[0x400 - 0xd0];

    struct vmcb_segment es, cs, ss, ds, fs, gs, gdtr, ldtr, idtr, tr;
    uint8_t reserved4[0x4cb - 0x4a0];
    uint8_t cpl;
    uint32_t reserved5;
    uint64_t efer;
    uint8_t reserved6[0x548 - 0x4d8];
    uint64_t cr4, cr3, cr0, dr7, dr6, rflags, rip;
    uint8_t reserved7[0x5d8 - 0x580];
    uint64_t rsp;
    uint8_t reserved8[0x5f8 - 0x5e0];
    uint64_t rax, star, lstar, cstar, sfmask, kernel_gs_base;
    uint64_t sysenter_cs, sysenter_esp, sysenter_eip, cr2;
    uint8_t reserved9[0x668 - 0x648];
    uint64_t pat;
    uint8_t reserved10[0x1000 - 0x670];
};

#define VMCB_FIELD_AT(field, offset)                                                               \
    _Static_assert(offsetof(struct vmcb, field) == (offset), "APM2 appendix B: " #field)

VMCB_FIELD_AT(iopm, 0x40);
VMCB_FIELD_AT(interrupt_control, 0x60);
VMCB_FIELD_AT(exit_code, 0x70);
VMCB_FIELD_AT(event_injection, 0xa8);
VMCB_FIELD_AT(next_rip, 0xc8);
VMCB_FIELD_AT(es, 0x400);
VMCB_FIELD_AT(cpl, 0x4cb);
VMCB_FIELD_AT(efer, 0x4d0);
VMCB_FIELD_AT(cr4, 0x548);
VMCB_FIELD_AT(rip, 0x578);
VMCB_FIELD_AT(rsp, 0x5d8);
VMCB_FIELD_AT(rax, 0x5f8);
VMCB_FIELD_AT(cr2, 0x640);
VMCB_FIELD_AT(pat, 0x668);
_Static_assert(sizeof(struct vmcb) == 0x1000, "APM2 15.5.1: one page");

/* Intercepts of the third and fourth word (APM2 table B-1). */
#define INTERCEPT1_INTR (1u << 0)
#define INTERCEPT1_NMI (1u << 1)
#define INTERCEPT1_SMI (1u << 2)
#define INTERCEPT1_INIT (1u << 3)
#define INTERCEPT1_RDPMC (1u << 15)
#define INTERCEPT1_CPUID (1u << 18)
#define INTERCEPT1_RSM (1u << 19)
#define INTERCEPT1_INVD (1u << 22)
#define INTERCEPT1_HLT (1u << 24)
#define INTERCEPT1_INVLPGA (1u << 26)
#define INTERCEPT1_IO (1u << 27)
#define INTERCEPT1_MSR (1u << 28)
#define INTERCEPT1_FERR_FREEZE (1u << 30)
#define INTERCEPT1_SHUTDOWN (1u << 31)
#define INTERCEPT2_VMRUN (1u << 0)
#define INTERCEPT2_VMMCALL (1u << 1)
#define INTERCEPT2_VMLOAD (1u << 2)
#define INTERCEPT2_VMSAVE (1u << 3)
#define INTERCEPT2_STGI (1u << 4)
#define INTERCEPT2_CLGI (1u << 5)
#define INTERCEPT2_SKINIT (1u << 6)
#define INTERCEPT2_WBINVD (1u << 9)
#define INTERCEPT2_MONITOR (1u << 10)
#define INTERCEPT2_MWAIT (1u << 11)
#define INTERCEPT2_MWAIT_ARMED (1u << 12)
#define INTERCEPT2_XSETBV (1u << 13)
#define INTERCEPT2_RDPRU (1u << 14)

/* Virtual interrupt control (APM2 15.21). */
#define V_TPR_MASK 0xfful
#define V_IRQ (1ul << 8)
#define V_PRIORITY_HIGHEST (0xful << 16)
#define V_IGNORE_TPR (1ul << 20)
#define V_INTR_MASKING (1ul << 24)
#define V_VECTOR_SHIFT 32

#define TLB_FLUSH_NOTHING 0
#define TLB_FLUSH_ALL 1

/* Event injection and EXITINTINFO (APM2 15.20, 15.7.2). */
#define EVENT_VECTOR 0xfful
#define EVENT_TYPE_MASK (7ul << 8)
#define EVENT_TYPE_INTERRUPT (0ul << 8)
#define EVENT_TYPE_EXCEPTION (3ul << 8)
#define EVENT_TYPE_SOFTWARE (4ul << 8)
#define EVENT_HAS_ERROR (1ul << 11)
#define EVENT_VALID (1ul << 31)

enum exit_code {
    EXIT_EXCEPTION_DB = 0x41,
    EXIT_EXCEPTION_AC = 0x51,
    EXIT_EXCEPTION_MC = 0x52,
    EXIT_INTR = 0x60,
    EXIT_NMI = 0x61,
    EXIT_SMI = 0x62,
    EXIT_INIT = 0x63,
    EXIT_RDPMC = 0x6f,
    EXIT_CPUID = 0x72,
    EXIT_INVD = 0x76,
    EXIT_HLT = 0x78,
    EXIT_IO = 0x7b,
    EXIT_MSR = 0x7c,
    EXIT_SHUTDOWN = 0x7f,
    EXIT_VMMCALL = 0x81,
    EXIT_WBINVD = 0x89,
    EXIT_XSETBV = 0x8d,
    EXIT_NESTED_PAGE_FAULT = 0x400,
};

/* VMEXIT_INVALID (-1): the CPU refused to enter. QEMU writes its lower half only. */
static inline bool exit_is_invalid(uint64_t exit_code)
{
    return exit_code == UINT64_MAX || exit_code == UINT32_MAX;
}

#define INTERRUPT_SHADOW 1ul

#endif
