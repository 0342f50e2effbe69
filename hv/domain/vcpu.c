/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/domain/vcpu.h"

#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/gate/gate.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"

_Static_assert(sizeof(struct vcpu) <= PAGE_SIZE, "a vCPU is one frame");
_Static_assert(CONFIG_MAX_VCPUS <= XEN_LEGACY_MAX_VCPUS, "shared_info has a vcpu_info for each");

static int create(struct domain *d, uint32_t id)
{
    mfn_t frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    struct vcpu *v;
    int error;

    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    v = map_mfn(frame);
    d->vcpu[id] = v;
    v->domain = d;
    v->id = id;
    v->info = &d->shared_info->vcpu_info[id];
    v->state = VCPU_OFFLINE;
    v->runstate.state = RUNSTATE_offline;
    v->runstate.state_entry_time = now();
    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        v->deadline[i] = NEVER;
    error = arch_vcpu_init(v);
    if (error == 0)
        arch_init_vcpu_time(v);
    return error;
}

int vcpu_create_all(struct domain *d)
{
    int error = 0;

    for (uint32_t id = 0; id < d->nr_vcpus && error == 0; id++)
        error = create(d, id);
    return error;
}

/* A CPU may still have its registers; it only compares. */
static void forget_registers(struct vcpu *v)
{
    for (unsigned int i = 0; i < cpus_count(); i++) {
        struct vcpu *expected = v;

        (void)__atomic_compare_exchange_n(&cpu_by_number(i)->current, &expected, NULL, false,
                                          __ATOMIC_RELAXED, __ATOMIC_RELAXED);
    }
}

void vcpu_destroy_all(struct domain *d)
{
    for (uint32_t id = 0; id < d->nr_vcpus; id++) {
        struct vcpu *v = d->vcpu[id];

        if (v == NULL)
            continue;
        forget_registers(v);
        arch_vcpu_destroy(v);
        memory_free_cleared(paddr_to_mfn(physical(v)));
        d->vcpu[id] = NULL;
    }
}

void vcpu_set_runstate(struct vcpu *v, int state)
{
    struct vcpu_runstate_info *r = &v->runstate;
    uint64_t time = max_u64(now(), r->state_entry_time); /* that was another CPU's clock */

    r->time[r->state] += time - r->state_entry_time;
    r->state = state;
    r->state_entry_time = time;
}

/* Only here does it change while the guest sees it: a vCPU that reads this runs. */
void vcpu_show_runstate(struct vcpu *v)
{
    if (v->runstate_area.v != 0)
        (void)gate_copy_to(v, v->runstate_area, &v->runstate, sizeof(v->runstate));
}
