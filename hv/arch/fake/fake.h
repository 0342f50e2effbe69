/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a test does to a fake machine: it switches it on, is its time, its devices and its guests,
 * and is there when it stops. vCPUs execute nothing; a scripted domain is a test that calls
 * gate_hypercall() for it.
 *
 * The machine has one CPU, which is the process, unless a test sets `other_cpus` between switching
 * it on and cpus_start(): then each of those is a thread that runs vCPUs by the hooks, and time is
 * the real one. The thread of the test is CPU 0, and goes where it wants to.
 */
#ifndef HV_ARCH_FAKE_FAKE_H
#define HV_ARCH_FAKE_FAKE_H

#include "hv/types.h"

struct domain;
struct vcpu;

#define FAKE_MAX_RANGES 8
#define FAKE_OUTPUT_SIZE (64 * KIB)
#define FAKE_INPUT_SIZE 256

/* What the machine does on its own; a member that is NULL does nothing. */
struct fake_hooks {
    void (*run)(struct vcpu *v); /* the vCPU has the CPU, until the next exit */
    void (*idle)(void);          /* nobody has: wait for an interrupt */
    /* The same before that, as the guest's own code, which nothing but fake_interrupted() ends. */
    void (*guest)(struct vcpu *v);
};

enum fake_access { FAKE_UNMAPPED, FAKE_READ_ONLY };

/* A part of a guest's virtual address space that isn't simply its memory. */
struct fake_range {
    uint16_t domid;
    uint64_t start, end; /* bytes; `end` is exclusive */
    enum fake_access access;
};

/* How a run of the machine ended. */
enum fake_end {
    FAKE_RETURNED, /* what was run came back */
    FAKE_LEFT,     /* a hook called fake_leave() */
    FAKE_HALTED,   /* the hypervisor stopped the machine */
};

struct fake_machine {
    uint64_t memory_size;
    uint64_t time; /* ns */
    const struct fake_hooks *hooks;
    unsigned int other_cpus; /* how many are threads */

    unsigned int nr_ranges;
    struct fake_range range[FAKE_MAX_RANGES];

    uint64_t allocations; /* calls of memory_alloc() so far */
    uint64_t fail_at;     /* that call fails, counted from 1; 0: none */

    bool end_reported; /* arch_report_end() was called, with this code */
    unsigned int end_code;

    bool serial_busy;     /* the port takes nothing */
    size_t output_length; /* of the serial port; the latest part, and a NUL */
    char output[FAKE_OUTPUT_SIZE];
    unsigned int input_length, input_taken;
    char input[FAKE_INPUT_SIZE];
};

extern struct fake_machine fake;

/*
 * Switch the machine off, and on again with `memory_size` bytes of RAM, all zero: every variable of
 * the hypervisor is as it was when the program began.
 */
void fake_power_on(uint64_t memory_size);

/*
 * Keep how the machine is, and make it so again; false: nothing was kept. What is in free memory
 * isn't kept: nobody relies on it. Much faster than to switch it on and to build domains.
 */
void fake_save(void);
bool fake_restore(void);

/*
 * Call `body`, and come back when it returns or the machine stops. A machine that stops outside of
 * this is a failure: its output is printed, and the process aborts.
 */
enum fake_end fake_run(void (*body)(void *argument), void *argument);
/* From a hook: leave fake_run(). */
_Noreturn void fake_leave(void);

/* Have accesses of the domain's vCPU to guest virtual [start, end) fail. */
void fake_restrict(const struct domain *d, uint64_t start, uint64_t end, enum fake_access access);
/* What the user types. */
void fake_type(const char *text, size_t size);
/* Forget the output so far. */
void fake_clear_output(void);
/* Let time pass, and deliver the timer interrupt if it is due. */
void fake_pass_time(uint64_t ns);

/* --- CPUs that are threads --- */

/* From the hook `guest`: is there an interrupt for this CPU? */
bool fake_interrupted(void);
/* Each thread ends when its CPU idles, which all vCPUs are to let it. Waits for that. */
void fake_end_threads(void);

#endif
