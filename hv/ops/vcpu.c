/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_op: Xen's public vcpu.h. */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/gate/ops.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"

#define ETIME 62 /* Xen's public errno.h */

int64_t vcpu_register_info_act(struct call *call)
{
    const struct vcpu_register_vcpu_info *r = (void *)call->header;
    struct vcpu *v = call->v;
    struct vcpu_info *info;
    mfn_t frame;

    if (v->info != &call->d->shared_info->vcpu_info[v->id])
        return -EINVAL; /* once is enough */
    if (r->offset > PAGE_SIZE - sizeof(*info) || r->offset % sizeof(uint64_t) != 0)
        return -EINVAL;
    frame = p2m_lookup(call->d, gfn(r->mfn));
    if (frame.m == INVALID_MFN.m)
        return -EINVAL;
    info = (void *)((uint8_t *)map_mfn(frame) + r->offset);
    memmove(info, v->info, sizeof(*info)); /* both may be in the shared page */
    v->info = info;
    arch_init_vcpu_time(v);
    /* Nothing that is pending may be overlooked during the change. */
    info->evtchn_pending_sel = ~(xen_ulong_t)0;
    info->evtchn_upcall_pending = 1;
    return 0;
}

int64_t vcpu_register_runstate_act(struct call *call)
{
    const struct vcpu_register_runstate_memory_area *r = (void *)call->header;
    gva_t at = {(uint64_t)r->addr.h.p};
    int error = gate_copy_to(call->v, at, &call->v->runstate, sizeof(call->v->runstate));

    if (error == 0)
        call->v->runstate_area = at;
    return error;
}

int64_t vcpu_register_time_act(struct call *call)
{
    const struct vcpu_register_time_memory_area *r = (void *)call->header;

    return arch_vcpu_register_time(call->v, (gva_t){(uint64_t)r->addr.h.p});
}

/* There is no periodic timer, so it is always stopped. */
int64_t vcpu_stop_periodic_act(struct call *call)
{
    (void)call;
    return 0;
}

int64_t vcpu_set_singleshot_act(struct call *call)
{
    const struct vcpu_set_singleshot_timer *s = (void *)call->header;

    if ((s->flags & VCPU_SSHOTTMR_future) && s->timeout_abs_ns < now())
        return -ETIME;
    call->v->deadline[DEADLINE_SINGLESHOT] = s->timeout_abs_ns;
    if (s->timeout_abs_ns <= now())
        (void)vcpu_deliver_deadlines(call->v, now());
    else
        time_arm(s->timeout_abs_ns);
    return 0;
}

int64_t vcpu_stop_singleshot_act(struct call *call)
{
    call->v->deadline[DEADLINE_SINGLESHOT] = NEVER;
    return 0;
}

int64_t vcpu_is_up_act(struct call *call)
{
    return call->v->state != VCPU_OFFLINE;
}
