/* SPDX-License-Identifier: BSD-2-Clause */
/* event_channel_op: Xen's public event_channel.h. */
#include <errno.h>
#include <string.h>

#include "hv/gate/ops.h"

static struct evtchn_alloc_unbound *alloc_header(struct call *call)
{
    return (void *)call->header;
}

int evtchn_alloc_unbound_decode(struct call *call)
{
    const struct evtchn_alloc_unbound *a = alloc_header(call);

    gate_name_domain(call, a->remote_dom, XSM_PARTY_peer);
    if (a->dom != DOMID_SELF && a->dom != call->d->domid)
        return -EINVAL; /* on behalf of others: no operation here yet */
    return gate_name_new_channel(call, call->d->sid);
}

int64_t evtchn_alloc_unbound_act(struct call *call)
{
    struct evtchn_alloc_unbound *a = alloc_header(call);
    int port;

    if (call->named == NULL)
        return -ESRCH;
    port = evtchn_free_port(call->d);
    if (port < 0)
        return port;
    call->d->evtchn[port] = (struct evtchn){.state = EVTCHN_UNBOUND,
                                            .remote = call->named->domid,
                                            .remote_generation = call->named->generation,
                                            .sid = call->query.sid[XSM_PARTY_channel]};
    a->port = (evtchn_port_t)port;
    return 0;
}

static struct evtchn_bind_interdomain *bind_header(struct call *call)
{
    return (void *)call->header;
}

int evtchn_bind_interdomain_decode(struct call *call)
{
    const struct evtchn_bind_interdomain *b = bind_header(call);

    gate_name_domain(call, b->remote_dom, XSM_PARTY_peer);
    gate_name_far_channel(call, b->remote_port);
    return gate_name_new_channel(call, call->d->sid);
}

int64_t evtchn_bind_interdomain_act(struct call *call)
{
    struct evtchn_bind_interdomain *b = bind_header(call);
    struct evtchn *far = call->far_channel;
    int port;

    if (call->named == NULL)
        return -ESRCH;
    if (far == NULL || far->state != EVTCHN_UNBOUND || far->remote != call->d->domid ||
        far->remote_generation != call->d->generation)
        return -EINVAL;
    port = evtchn_free_port(call->d);
    if (port < 0)
        return port;
    call->d->evtchn[port] = (struct evtchn){.state = EVTCHN_INTERDOMAIN,
                                            .remote = call->named->domid,
                                            .remote_generation = call->named->generation,
                                            .remote_port = b->remote_port,
                                            .sid = call->query.sid[XSM_PARTY_channel]};
    far->state = EVTCHN_INTERDOMAIN;
    far->remote_port = (uint32_t)port;
    b->local_port = (evtchn_port_t)port;
    /* An event that was sent before anybody listened is not lost (event_channel.h). */
    evtchn_set_pending(call->d, (uint32_t)port);
    return 0;
}

int evtchn_send_decode(struct call *call)
{
    const struct evtchn_send *s = (void *)call->header;

    gate_name_channel(call, s->port);
    return 0;
}

int64_t evtchn_send_act(struct call *call)
{
    const struct evtchn_send *s = (void *)call->header;

    return evtchn_send(call->d, s->port);
}

int evtchn_status_decode(struct call *call)
{
    const struct evtchn_status *s = (void *)call->header;

    if (s->dom != DOMID_SELF && s->dom != call->d->domid)
        return -EINVAL;
    gate_name_channel(call, s->port);
    return 0;
}

int64_t evtchn_status_act(struct call *call)
{
    struct evtchn_status *s = (void *)call->header;
    const struct evtchn *e = call->channel;

    if (s->port >= CONFIG_MAX_EVENT_CHANNELS)
        return -EINVAL;
    s->status = EVTCHNSTAT_closed;
    if (e == NULL)
        return 0;
    s->vcpu = e->vcpu;
    switch (e->state) {
    case EVTCHN_UNBOUND:
        s->status = EVTCHNSTAT_unbound;
        s->u.unbound.dom = e->remote;
        break;
    case EVTCHN_INTERDOMAIN:
        s->status = EVTCHNSTAT_interdomain;
        s->u.interdomain.dom = e->remote;
        s->u.interdomain.port = e->remote_port;
        break;
    case EVTCHN_VIRQ:
        s->status = EVTCHNSTAT_virq;
        s->u.virq = e->virq;
        break;
    case EVTCHN_IPI:
        s->status = EVTCHNSTAT_ipi;
        break;
    case EVTCHN_CONSOLE:
        s->status = EVTCHNSTAT_interdomain;
        s->u.interdomain.dom = DOMID_XEN;
        s->u.interdomain.port = 0;
        break;
    default:
        break;
    }
    return 0;
}

/* A new port of the calling domain for its own use. */
static int64_t new_own_port(struct call *call, struct evtchn made, evtchn_port_t *result)
{
    int port = evtchn_free_port(call->d);

    if (port < 0)
        return port;
    made.sid = call->d->channel_sid;
    call->d->evtchn[port] = made;
    *result = (evtchn_port_t)port;
    return 0;
}

/* Of the VIRQs only those of a vCPU itself exist so far: its timer, and debugging. */
int64_t evtchn_bind_virq_act(struct call *call)
{
    struct evtchn_bind_virq *b = (void *)call->header;
    int64_t error;

    if (b->virq >= NR_VCPU_VIRQS)
        return -EINVAL;
    if (b->vcpu != call->v->id)
        return -ENOENT;
    if (call->v->virq_port[b->virq] != 0)
        return -EEXIST;
    error = new_own_port(call, (struct evtchn){.state = EVTCHN_VIRQ, .virq = (uint8_t)b->virq},
                         &b->port);
    if (error == 0)
        call->v->virq_port[b->virq] = b->port;
    return error;
}

int64_t evtchn_bind_ipi_act(struct call *call)
{
    struct evtchn_bind_ipi *b = (void *)call->header;

    if (b->vcpu != call->v->id)
        return -ENOENT;
    return new_own_port(call, (struct evtchn){.state = EVTCHN_IPI}, &b->port);
}

int64_t evtchn_bind_vcpu_act(struct call *call)
{
    const struct evtchn_bind_vcpu *b = (void *)call->header;
    const struct evtchn *e = evtchn_at(call->d, b->port);

    if (b->vcpu != call->v->id)
        return -ENOENT;
    /* A vCPU's own VIRQs and IPIs stay with it. */
    if (e == NULL || e->state == EVTCHN_RESERVED || e->state == EVTCHN_VIRQ ||
        e->state == EVTCHN_IPI)
        return -EINVAL;
    return 0;
}

int64_t evtchn_unmask_act(struct call *call)
{
    const struct evtchn_unmask *u = (void *)call->header;

    if (evtchn_at(call->d, u->port) == NULL)
        return -EINVAL;
    evtchn_unmask(call->d, u->port);
    return 0;
}

int64_t evtchn_close_act(struct call *call)
{
    const struct evtchn_close *c = (void *)call->header;

    return evtchn_close(call->d, c->port);
}
