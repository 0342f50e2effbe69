/* SPDX-License-Identifier: BSD-2-Clause */
/* How the other CPUs are found and started, one after the other (hv/machine/cpus.h asks for it). */
#ifndef HV_ARCH_X86_CPUS_H
#define HV_ARCH_X86_CPUS_H

#include "hv/boot/boot_info.h"

struct cpu;

/* Read the firmware's list of CPUs and choose where they begin: with the boot page tables. */
void cpus_survey(const struct boot_info *boot);
/* Called by start_other.S on a CPU that has taken its offer. */
_Noreturn void cpus_arrive(struct cpu *cpu);
/* For NMIs: halt this CPU if another one has called arch_stop_others(). */
void cpus_halt_if_stopped(void);

#endif
