/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which vCPU runs where, and when.
 *
 * A domain is dedicated or shared. A dedicated domain's vCPUs have a CPU each, which runs nothing
 * else: there is nobody to choose from, no time slice, and no timer but the domain's own. All
 * other CPUs have one queue of the shared domains' vCPUs; hv/domain/share.h says whose turn it is.
 *
 * Bounds, with n shared CPUs: who wakes up and has used less than its share runs at once on an idle
 * CPU, or takes the CPU of who has used most after at most SCHED_LEAST_RUN; else it waits for its
 * turn, at most one time slice for each vCPU that is ahead of it, divided by n.
 */
#ifndef HV_DOMAIN_SCHED_H
#define HV_DOMAIN_SCHED_H

#include "hv/domain/domain.h"
#include "hv/machine/lock.h"

/* vCPUs that wait for one of the CPUs that serve the queue. */
struct queue {
    struct lock lock;
    struct vcpu *first, *last; /* runnable, and on no CPU */
    uint64_t least;            /* the most that any had used who was chosen for having used least */
    struct cpu *owner;         /* the CPU that is dedicated to the queue; NULL: shared */
};

/* How long a vCPU runs at least before another takes its CPU, in ns. */
#define SCHED_LEAST_RUN 200000ul

/* The CPU is one of the shared ones, from before it is online. */
void sched_add_cpu(struct cpu *cpu);
/*
 * Give each of the domain's vCPUs its place. -EBUSY: there aren't enough CPUs to dedicate. At least
 * one CPU is left for the shared domains if there is any such domain, or may be.
 */
int sched_place(struct domain *d, const struct domain_config *config);
/* Dedicated CPUs become shared again. No vCPU of the domain runs. */
void sched_release(struct domain *d);

/*
 * Something for the vCPU has come (and can be seen by it already): it runs if it was blocked, and
 * if it is in its guest on another CPU it comes out, so that its next entry finds what has come.
 */
void vcpu_wake(struct vcpu *v);
/* The vCPU that has this CPU waits for an event; if one is there already it goes on. */
void vcpu_block(struct vcpu *v);
/* It polls for no port any more (struct vcpu's poll_port). */
void vcpu_end_poll(struct vcpu *v);
/*
 * It goes offline. Returns whether it has left its CPU for good; if not it does so soon, and the
 * caller, who may not wait for it with a lock or in a hypercall, tries again.
 */
bool vcpu_stop(struct vcpu *v);
/* A vCPU that is initialised, offline and on no CPU starts. Returns whether it did. */
bool vcpu_start(struct vcpu *v);
/*
 * Whoever changes the registers of a vCPU that is offline and on no CPU claims it meanwhile: nobody
 * else can, and it doesn't start. Returns whether it could be claimed.
 */
bool vcpu_claim(struct vcpu *v);
void vcpu_release(struct vcpu *v);
/* Is it neither offline nor claimed? */
bool vcpu_is_up(const struct vcpu *v);
/* Is it offline, and on no CPU? */
bool vcpu_is_aside(const struct vcpu *v);

/* How its time was used, as of now. */
void vcpu_read_runstate(const struct vcpu *v, struct vcpu_runstate_info *runstate);

/* The vCPU that has this CPU gives the rest of its slice away. */
void vcpu_yield(void);
/*
 * Run vCPUs on this CPU: on the boot CPU until it is to leave, on all others for ever. It leaves
 * with no vCPU, which other CPUs go on to run; and is not to leave any more then.
 */
void sched_run(void);
/* The boot CPU is to leave sched_run() at this time (ns), or soon after it; NEVER: it isn't. */
void sched_leave_at(uint64_t time);
/* Now. On any CPU, with any lock. */
void sched_leave(void);

#endif
