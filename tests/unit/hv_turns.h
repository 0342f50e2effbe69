/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Several CPUs in a fake machine, of which one does something at a time: the test says which. Time
 * stands still meanwhile. Programs that use this are listed in tests/fake.mk.
 */
#ifndef TESTS_HV_TURNS_H
#define TESTS_HV_TURNS_H

#include "hv/arch/fake/fake.h"

struct cpu;
struct vcpu;

/* What cpus_start() is to find, before machine_start(): `others` besides the first. */
void turns_expect(unsigned int others);
/* Starting the CPU of this index ends in an error; 0: none does. */
void turns_fail(unsigned int index, int error);

/* The test's thread acts as this CPU from now on: what it calls, that CPU does. */
void turns_as(unsigned int number);

/*
 * The CPU's loop (sched_run()) goes on until its vCPU is in its guest again, where it stays until
 * the next step, or nobody has the CPU. Returns the vCPU, or NULL.
 */
struct vcpu *turns_step(unsigned int number);
/* What vCPUs do each time; NULL: nothing. */
void turns_guest(void (*guest)(struct vcpu *v));
/* What other CPUs do each time that one waits for them; NULL: nothing, and the program aborts. */
void turns_others(void (*others)(void));
/* Let time pass: CPUs whose timers are due take the interrupt in their next step. */
void turns_pass(uint64_t ns);
/* No CPU goes on. */
void turns_end(void);

#endif
