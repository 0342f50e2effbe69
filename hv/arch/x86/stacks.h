/* SPDX-License-Identifier: BSD-2-Clause */
/* The stacks of all CPUs but the boot CPU, whose own are in start.S. */
#ifndef HV_ARCH_X86_STACKS_H
#define HV_ARCH_X86_STACKS_H

#include "hv/arch/x86/traps.h"

struct cpu_stacks {
    uint64_t main; /* its top */
    struct trap_stacks traps;
};

/*
 * Make the stacks number `index`, each page of them mapped once at STACKS_BASE and above, with an
 * unmapped page below each stack and above the last. -ENOMEM.
 */
int stacks_map(unsigned int index, struct cpu_stacks *stacks);

#endif
