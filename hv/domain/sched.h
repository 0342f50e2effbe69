/* SPDX-License-Identifier: BSD-2-Clause */
/* Who runs: round robin in time slices. */
#ifndef HV_DOMAIN_SCHED_H
#define HV_DOMAIN_SCHED_H

#include "hv/types.h"

struct vcpu;

void sched_enqueue(struct vcpu *v);
void sched_dequeue(struct vcpu *v);
/* The current vCPU gives the rest of its slice away. */
void sched_yield(void);
/* Does anybody else wait for the CPU? */
bool sched_contended(void);
/* Run vCPUs for ever on this CPU. */
_Noreturn void sched_run(void);

#endif
