/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own descriptor tables, exceptions and interrupts. */
#ifndef HV_ARCH_X86_TRAPS_H
#define HV_ARCH_X86_TRAPS_H

#include <stdint.h>

struct arch_cpu;

/* What vectors.S leaves on the stack. */
struct trap_frame {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* The tops of those stacks of a CPU that only one exception each uses. */
struct trap_stacks {
    uint64_t double_fault, nmi, machine_check;
};

/* On the boot CPU: the interrupt descriptor table, which all CPUs share, and the CPU's own tables.
 */
void traps_init(void);
/* Write a CPU's own tables, its GDT and TSS, */
void traps_set_stacks(struct arch_cpu *cpu, const struct trap_stacks *stacks);
/* and have this CPU use its own and the shared one. */
void traps_load(void);
/* Called by vectors.S. */
void trap(const struct trap_frame *frame);

#endif
