/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A machine whose CPUs are threads, and domains whose vCPUs do things at random, all at once. What
 * is random about each vCPU is the same each time; how they meet isn't.
 */
#ifndef TESTS_HV_STORM_H
#define TESTS_HV_STORM_H

#include <xen/hypfs.h>

#include "hv/domain/domain.h"

#define STORM_DOMAINS 3u /* domids 1 to this */
#define STORM_VCPUS 4u   /* of each, at most */
/* Ports that calls name lie below this. */
#define STORM_PORTS 24u
/* RAM of each domain: as much as is needed for places to map special frames to. */
#define STORM_KIB 1024u

/* A vCPU as the test sees it. Only who runs it touches this. */
struct storm_vcpu {
    struct vcpu *v;
    uint64_t random;
    uint64_t calls, succeeded;
    uint64_t count; /* of whatever the test counts */
};

/* What a vCPU does between two visits to its guest: in the hypervisor, as if it had called it. */
typedef void storm_script(struct storm_vcpu *s);

/*
 * Start a machine with `other_cpus` CPUs beside the test's own thread, which is CPU 0. A watchdog
 * ends the process if storm_end_well() doesn't come in time.
 */
void storm_start(unsigned int other_cpus, storm_script *what);
/* Let a domain run. */
struct domain *storm_domain(uint16_t domid, unsigned int vcpus, bool dedicated);
/* The same, on shared CPUs, with a label of the policy that is loaded. */
struct domain *storm_labelled_domain(uint16_t domid, unsigned int vcpus, const char *label);
/* From CPU 0: let a moment pass, in which no CPU waits for this one. */
void storm_pass(void);
/* How long the storm is to last: are there ns left? From STORM_SECONDS of the environment. */
bool storm_goes_on(void);
/*
 * For who starts machines otherwise: a watchdog, until it is called off, and whether the storm is
 * to go on.
 */
void storm_watch(void);
void storm_unwatch(void);
bool storm_lasts(void);
/* How often at least a test does what it counts: from STORM_LEAST of the environment, else `usual`.
 */
unsigned int storm_least(unsigned int usual);
/*
 * No more scripts run, and the CPUs end. The test fails unless all that must be true is, all
 * domains can end then, all memory is back, and it was a storm.
 */
void storm_end_well(void);
/* Stop a domain, and give it back, while the others go on. */
void storm_destroy(struct domain *d);

struct storm_vcpu *storm_vcpu(uint16_t domid, uint32_t id);

/* A number below `n`. */
uint32_t storm_random(struct storm_vcpu *s, uint32_t n);
/* A hypercall with a header of `size` bytes. vcpu_op names the vCPU `subject`. */
int64_t storm_call(struct storm_vcpu *s, uint64_t number, uint64_t sub, void *header, size_t size);
/* One that says what it is in its header: xsm_op. */
int64_t storm_xsm_op(struct storm_vcpu *s, void *header, size_t size);
/* Read hypfs, as far as there is room. */
struct storm_hypfs {
    struct xen_hypfs_direntry entry;
    char content[256];
};
int64_t storm_hypfs_read(struct storm_vcpu *s, const char *path, struct storm_hypfs *answer);
int64_t storm_vcpu_op(struct storm_vcpu *s, uint64_t sub, uint32_t subject, void *header,
                      size_t size);

/* --- hv_storm_calls.c: one call of a kind, chosen at random --- */

storm_script storm_event_call;
storm_script storm_vcpu_call;
storm_script storm_timer_call;
storm_script storm_memory_call;
/* Clear what is pending, as a guest does that has seen it. */
void storm_acknowledge(struct vcpu *v);

#endif
