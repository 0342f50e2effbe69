/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The other vCPUs. vCPU 0 runs the script; each other one, once started, does over and over what
 * it was given, or waits until it is given something.
 */
#ifndef PROBE_VCPUS_H
#define PROBE_VCPUS_H

#include <stdbool.h>
#include <stdint.h>

#define NR_VCPUS 8 /* at most; with vCPU 0 */
#define STACK_SHIFT 13
#define STACK_SIZE (1ul << STACK_SHIFT)

/* What a vCPU can be given to do. */
struct work {
    const char *name;
    /* Once. Gives whether it counts. Interrupts are on, but on vCPU 0. */
    bool (*step)(uint64_t argument);
};

/* NULL: there is no such work (work.c). */
const struct work *find_work(const char *name);

/* Which vCPU this is. */
unsigned int own_vcpu(void);

/* Messages between vCPUs by x2APIC. INIT and SIPI; the first alone; an interrupt that is counted.
 */
void vcpu_call(unsigned int vcpu);
void vcpu_reset(unsigned int vcpu);
void vcpu_interrupt(unsigned int vcpu);

/* Start it, whatever it does now, and wait for it. False: it hasn't come. */
bool vcpu_boot(unsigned int vcpu, uint64_t patience_ms);
/* From now on it does this; NULL: nothing. */
void vcpu_give(unsigned int vcpu, const struct work *work, uint64_t argument);
/* How often it has, and how many interrupts of vcpu_interrupt() it has had since it was started. */
uint64_t vcpu_done(unsigned int vcpu);
uint64_t vcpu_interrupts(unsigned int vcpu);

/* Wait for an interrupt: halted with interrupts on. */
void wait_for_interrupt(void);
/* Have the local APIC send one every `ns`. */
void start_apic_timer(uint64_t ns);
void stop_apic_timer(void);

#endif
