/* SPDX-License-Identifier: BSD-2-Clause */
/* sched_op: Xen's public sched.h. What a domain does to itself. */
#include <errno.h>

#include "hv/domain/sched.h"
#include "hv/gate/ops.h"
#include "hv/machine/time.h"

int64_t sched_yield_act(struct call *call)
{
    (void)call;
    sched_yield();
    return 0;
}

int64_t sched_block_act(struct call *call)
{
    vcpu_block(call->v);
    return 0;
}

int64_t sched_shutdown_act(struct call *call)
{
    const struct sched_shutdown *s = (void *)call->header;

    domain_stop(call->d, s->reason);
    return 0;
}

/* One port, as Linux's lock waiters do, or none to sleep until the timeout. */
int64_t sched_poll_act(struct call *call)
{
    const struct sched_poll *p = (void *)call->header;
    struct vcpu *v = call->v;
    evtchn_port_t port = 0;

    if (p->nr_ports > 1)
        return -EINVAL;
    if (p->nr_ports == 1) {
        if (gate_copy_from(v, &port, (gva_t){(uint64_t)p->ports.p}, sizeof(port)) != 0)
            return -EFAULT;
        if (evtchn_at(call->d, port) == NULL)
            return -EINVAL;
        if (evtchn_is_pending(call->d, port))
            return 0;
    }
    vcpu_block(v);
    if (v->state == VCPU_BLOCKED) {
        v->poll_port = port;
        v->deadline[DEADLINE_POLL] = p->timeout == 0 ? NEVER : p->timeout;
        time_arm(v->deadline[DEADLINE_POLL]);
    }
    return 0;
}
