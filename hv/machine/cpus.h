/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's CPUs that are used. Their numbers are 0 (the boot CPU) to cpus_count() - 1; both
 * are settled when cpus_start() returns. No locks: only the boot CPU writes, and never takes back.
 */
#ifndef HV_MACHINE_CPUS_H
#define HV_MACHINE_CPUS_H

struct cpu;

/* How many are online. */
unsigned int cpus_count(void);
/* `number` is below cpus_count(). */
struct cpu *cpu_by_number(unsigned int number);

/*
 * On the boot CPU, once, after arch_init() and before launch(): find the others and start them one
 * after the other, at most CONFIG_MAX_CPUS in all; say how many there are, and which can't be used.
 */
void cpus_start(void);
/* What the others do, from when they are online. */
_Noreturn void cpus_main(void);

#endif
