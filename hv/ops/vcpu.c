/* SPDX-License-Identifier: BSD-2-Clause */
/* vcpu_op: Xen's public vcpu.h. */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/ops.h"
#include "hv/machine/memory.h"
#include "hv/machine/quiesce.h"
#include "hv/machine/time.h"

#define ETIME 62 /* Xen's public errno.h */

/* Some operations are on the calling vCPU only: they name addresses of its own. */
static bool is_own(const struct call *call)
{
    return call->vcpu == call->v;
}

/* Put it where the guest wants it. The pages that hold one aren't freed: physmap.c. */
static int move_info(struct domain_locked locked, struct vcpu *v, gfn_t at, uint32_t offset)
{
    struct domain *d = locked.d;
    struct vcpu_info *info;
    mfn_t frame;

    if (v->info != &d->shared_info->vcpu_info[v->id])
        return -EINVAL; /* once is enough */
    frame = p2m_lookup(d, at);
    if (frame.m == INVALID_MFN.m)
        return -EINVAL;
    info = (void *)((uint8_t *)map_mfn(frame) + offset);
    memmove(info, v->info, sizeof(*info)); /* both may be in the shared page */
    __atomic_store_n(&v->info, info, __ATOMIC_RELEASE);
    arch_init_vcpu_time(v);
    return 0;
}

int64_t vcpu_register_info_act(struct call *call)
{
    const struct vcpu_register_vcpu_info *r = (void *)call->header;
    struct vcpu *v = call->vcpu;
    struct domain_locked locked;
    int error;

    if (r->offset > PAGE_SIZE - sizeof(*v->info) || r->offset % sizeof(uint64_t) != 0)
        return -EINVAL;
    locked = domain_lock(call->d);
    error = move_info(locked, v, gfn(r->mfn), r->offset);
    domain_unlock(locked);
    if (error != 0)
        return error;
    /* Nothing that is pending may be overlooked, nor what others still set at the old place. */
    quiesce_wait();
    __atomic_store_n(&v->info->evtchn_pending_sel, ~(xen_ulong_t)0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    vcpu_wake(v);
    return 0;
}

static int64_t put_runstate(struct call *call, gva_t at)
{
    struct vcpu_runstate_info runstate;

    vcpu_read_runstate(call->vcpu, &runstate);
    return gate_copy_to(call->v, at, &runstate, sizeof(runstate));
}

int64_t vcpu_register_runstate_act(struct call *call)
{
    const struct vcpu_register_runstate_memory_area *r = (void *)call->header;
    gva_t at = {(uint64_t)r->addr.h.p};
    int64_t error;

    if (!is_own(call))
        return -EINVAL;
    error = put_runstate(call, at);
    if (error == 0)
        call->v->runstate_area = at;
    return error;
}

int64_t vcpu_get_runstate_act(struct call *call)
{
    return put_runstate(call, (gva_t){call->argument[2]});
}

int64_t vcpu_register_time_act(struct call *call)
{
    const struct vcpu_register_time_memory_area *r = (void *)call->header;

    if (!is_own(call))
        return -EINVAL;
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

    if (!is_own(call))
        return -EINVAL;
    if ((s->flags & VCPU_SSHOTTMR_future) && s->timeout_abs_ns < now())
        return -ETIME;
    vcpu_set_deadline(call->v, DEADLINE_SINGLESHOT, s->timeout_abs_ns);
    if (s->timeout_abs_ns <= now())
        time_poll();
    return 0;
}

int64_t vcpu_stop_singleshot_act(struct call *call)
{
    if (!is_own(call))
        return -EINVAL;
    vcpu_set_deadline(call->v, DEADLINE_SINGLESHOT, NEVER);
    return 0;
}

int64_t vcpu_is_up_act(struct call *call)
{
    return vcpu_is_up(call->vcpu);
}

/* It is to have registers: because of INIT and SIPI, or since it ran before. */
int64_t vcpu_up_act(struct call *call)
{
    struct vcpu *v = call->vcpu;

    if (!__atomic_load_n(&v->initialised, __ATOMIC_ACQUIRE))
        return -EINVAL;
    if (vcpu_start(v) || vcpu_is_up_act(call))
        return 0;
    return -GATE_RETRY; /* it is still going down */
}

int64_t vcpu_down_act(struct call *call)
{
    (void)vcpu_stop(call->vcpu);
    domain_stop_if_all_offline(call->d);
    return 0;
}
