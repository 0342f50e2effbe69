/* SPDX-License-Identifier: BSD-2-Clause */
/* Making and ending a domain's vCPUs, and what they wait for. Who runs when is sched.h's. */
#ifndef HV_DOMAIN_VCPU_H
#define HV_DOMAIN_VCPU_H

#include "hv/domain/domain.h"

/* Make the domain's d->nr_vcpus vCPUs, all offline. -ENOMEM: vcpu_destroy_all() gives back. */
int vcpu_create_all(struct domain *d);
/* None of them runs, and no CPU can find them any more (quiesce.h). */
void vcpu_destroy_all(struct domain *d);

/* Account the time since the last call to the state it was in. Under the lock of its queue. */
void vcpu_set_runstate(struct vcpu *v, int state);
/* Tell the guest; the vCPU has this CPU, and no lock is held. */
void vcpu_show_runstate(struct vcpu *v);

/* --- timers.c --- */

/*
 * Set a deadline (ns since start; NEVER) of the vCPU that has this CPU. Takes the CPU's timer lock.
 */
void vcpu_set_deadline(struct vcpu *v, enum vcpu_deadline which, uint64_t time);
/* The vCPU has this CPU, which delivers its deadlines from now on. */
void timers_watch(struct vcpu *v);
/*
 * No CPU finds the domain's vCPUs, which run no more, to deliver their deadlines; one that has
 * found one already still does it (quiesce.h).
 */
void timers_forget_all(struct domain *d);
/* Deliver what is due on this CPU by `time` (ns). Returns the next deadline. Takes locks. */
uint64_t timers_deliver(uint64_t time);

#endif
