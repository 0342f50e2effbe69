/* SPDX-License-Identifier: BSD-2-Clause */
/* The process is the machine's only CPU. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/machine/cpu.h"

unsigned int arch_find_cpus(void)
{
    return 0;
}

uint32_t arch_cpu_id(unsigned int index)
{
    return index;
}

int arch_start_cpu(struct cpu *cpu, unsigned int index)
{
    (void)cpu;
    (void)index;
    return -ENXIO;
}

void arch_kick(struct cpu *cpu)
{
    cpu->kicks++;
    cpu_attend(cpu, ATTENTION_KICK);
}

void arch_stop_others(void)
{
}
