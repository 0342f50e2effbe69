/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/gate.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"

_Static_assert(sizeof(struct vcpu) <= PAGE_SIZE, "a vCPU is one frame");

int vcpu_create(struct domain *d)
{
    mfn_t frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    struct vcpu *v;
    int error;

    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    v = map_mfn(frame);
    d->vcpu = v;
    v->domain = d;
    v->info = &d->shared_info->vcpu_info[0];
    v->state = VCPU_BLOCKED;
    v->runstate.state = RUNSTATE_offline;
    v->runstate.state_entry_time = now();
    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        v->deadline[i] = NEVER;
    error = arch_vcpu_init(v);
    if (error == 0)
        arch_init_vcpu_time(v);
    return error;
}

void vcpu_destroy(struct domain *d)
{
    if (d->vcpu == NULL)
        return;
    sched_dequeue(d->vcpu);
    arch_vcpu_destroy(d->vcpu);
    memory_free(paddr_to_mfn(physical(d->vcpu)), ORDER_4K);
    d->vcpu = NULL;
}

void vcpu_wake(struct vcpu *v)
{
    if (v->state != VCPU_BLOCKED || v->domain->state != DOMAIN_RUNNING)
        return;
    v->state = VCPU_RUNNABLE;
    v->poll_port = 0;
    v->deadline[DEADLINE_POLL] = NEVER;
    vcpu_set_runstate(v, RUNSTATE_runnable);
    sched_enqueue(v);
}

void vcpu_block(struct vcpu *v)
{
    if (arch_vcpu_has_event(v) || v->state != VCPU_RUNNABLE)
        return;
    v->state = VCPU_BLOCKED;
}

uint64_t vcpu_deliver_deadlines(struct vcpu *v, uint64_t time)
{
    uint64_t next = NEVER;

    if (v->deadline[DEADLINE_SINGLESHOT] <= time) {
        v->deadline[DEADLINE_SINGLESHOT] = NEVER;
        evtchn_raise_virq(v, VIRQ_TIMER);
    }
    if (v->deadline[DEADLINE_POLL] <= time) {
        v->deadline[DEADLINE_POLL] = NEVER;
        vcpu_wake(v);
    }
    if (v->deadline[DEADLINE_APIC] <= time)
        arch_vcpu_timer_due(v);
    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        next = min_u64(next, v->deadline[i]);
    return next;
}

void vcpu_set_runstate(struct vcpu *v, int state)
{
    struct vcpu_runstate_info *r = &v->runstate;
    uint64_t time = now();

    r->time[r->state] += time - r->state_entry_time;
    r->state = state;
    r->state_entry_time = time;
    if (state == RUNSTATE_running && v->runstate_area.v != 0)
        (void)gate_copy_to(v, v->runstate_area, r, sizeof(*r));
}
