/* SPDX-License-Identifier: BSD-2-Clause */
/* sched_op: Xen's public sched.h. What a domain does to itself. */
#include <errno.h>

#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/ops.h"
#include "hv/machine/time.h"

int64_t sched_yield_act(struct call *call)
{
    (void)call;
    vcpu_yield();
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

#define MAX_POLL_PORTS 128u

/* 1: one of the ports is pending already; 0: none; or -errno. `*last` is the last of them. */
static int look_at_ports(struct call *call, evtchn_port_t *last)
{
    const struct sched_poll *p = (void *)call->header;
    gva_t at = {(uint64_t)p->ports.p};

    for (unsigned int i = 0; i < p->nr_ports; i++, at.v += sizeof(*last)) {
        if (gate_copy_from(call->v, last, at, sizeof(*last)) != 0)
            return -EFAULT;
        if (evtchn_at(call->d, *last) == NULL)
            return -EINVAL;
        if (evtchn_is_pending(call->d, *last))
            return 1;
    }
    return 0;
}

/* From now on events on these ports wake it, and are noticed by vcpu_block(). */
static void begin_poll(struct vcpu *v, uint32_t port)
{
    __atomic_store_n(&v->woken, false, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&v->domain->nr_polling, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->poll_port, port, __ATOMIC_SEQ_CST);
}

static uint32_t polled_port(const struct sched_poll *p, evtchn_port_t last)
{
    if (p->nr_ports == 0 || (p->nr_ports == 1 && last == 0))
        return POLL_TIME_ONLY; /* nothing ever comes at port 0 */
    return p->nr_ports == 1 ? last : POLL_ANY_PORT;
}

/* Returns early for any event when there are several ports, which the caller has to expect. */
int64_t sched_poll_act(struct call *call)
{
    const struct sched_poll *p = (void *)call->header;
    struct vcpu *v = call->v;
    evtchn_port_t port = 0;
    int found;

    if (p->nr_ports > MAX_POLL_PORTS)
        return -EINVAL;
    found = look_at_ports(call, &port);
    if (found != 0)
        return found < 0 ? found : 0;
    begin_poll(v, polled_port(p, port));
    found = look_at_ports(call, &port); /* what came before that */
    if (found == 0) {
        vcpu_set_deadline(v, DEADLINE_POLL, p->timeout == 0 ? NEVER : p->timeout);
        vcpu_block(v);
    } else {
        vcpu_end_poll(v);
    }
    if (__atomic_load_n(&v->poll_port, __ATOMIC_SEQ_CST) == 0)
        vcpu_set_deadline(v, DEADLINE_POLL, NEVER);
    return found < 0 ? found : 0;
}
