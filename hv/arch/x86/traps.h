/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own descriptor tables, exceptions and interrupts. */
#ifndef HV_ARCH_X86_TRAPS_H
#define HV_ARCH_X86_TRAPS_H

#include <stdint.h>

/* What vectors.S leaves on the stack. */
struct trap_frame {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

void traps_init(void);
/* Called by vectors.S. */
void trap(const struct trap_frame *frame);

#endif
