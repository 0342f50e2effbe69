/* SPDX-License-Identifier: BSD-2-Clause */
/* event_channel_op: Xen's public event_channel.h. */
#include <errno.h>
#include <string.h>

#include "hv/gate/ops.h"
#include "hv/machine/time.h"

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
    return gate_name_new_channel(call, domain_sid(call->d));
}

int64_t evtchn_alloc_unbound_act(struct call *call)
{
    struct evtchn_alloc_unbound *a = alloc_header(call);
    struct domain_locked locked;
    int port;

    if (call->named == NULL)
        return -ESRCH;
    locked = domain_lock(call->d);
    port = evtchn_make(locked, (struct evtchn){.state = EVTCHN_UNBOUND,
                                               .remote = call->named->domid,
                                               .remote_generation = call->named->generation,
                                               .sid = call->query.sid[XSM_PARTY_channel]});
    domain_unlock(locked);
    if (port < 0)
        return port;
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
    return gate_name_new_channel(call, domain_sid(call->d));
}

int64_t evtchn_bind_interdomain_act(struct call *call)
{
    struct evtchn_bind_interdomain *b = bind_header(call);
    struct domain_locked_both both;
    int port;

    if (call->named == NULL)
        return -ESRCH;
    both = domain_lock_both(call->d, call->named);
    port = gate_port_changed(&call->far_channel)
               ? -GATE_CHANGED
               : evtchn_bind(both.a, both.b, b->remote_port, call->query.sid[XSM_PARTY_channel]);
    /* An event that was sent before anybody listened is not lost (event_channel.h). */
    if (port >= 0)
        evtchn_set_pending(call->d, (uint32_t)port);
    domain_unlock_both(both);
    if (port < 0)
        return port;
    b->local_port = (evtchn_port_t)port;
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
    struct domain_locked locked = domain_lock(call->d);
    int sent = gate_port_changed(&call->channel) ? -GATE_CHANGED : evtchn_send(locked, s->port);

    domain_unlock(locked);
    if (sent != 1)
        return sent;
    if (console_drain(call->d))
        time_poll_console_soon();
    return 0;
}

int evtchn_status_decode(struct call *call)
{
    const struct evtchn_status *s = (void *)call->header;

    if (s->dom != DOMID_SELF && s->dom != call->d->domid)
        return -EINVAL;
    gate_name_channel(call, s->port);
    return 0;
}

static void describe_channel(const struct evtchn *e, struct evtchn_status *s)
{
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
}

int64_t evtchn_status_act(struct call *call)
{
    struct evtchn_status *s = (void *)call->header;
    struct domain_locked locked;
    bool changed;

    if (s->port >= CONFIG_MAX_EVENT_CHANNELS)
        return -EINVAL;
    s->status = EVTCHNSTAT_closed;
    locked = domain_lock(call->d);
    changed = gate_port_changed(&call->channel);
    if (!changed && evtchn_at(call->d, s->port) != NULL)
        describe_channel(call->channel.port, s);
    domain_unlock(locked);
    return changed ? -GATE_CHANGED : 0;
}

/* A new port of the calling domain for its own use. */
static int64_t new_own_port(struct domain_locked locked, struct evtchn made, evtchn_port_t *result)
{
    int port;

    made.sid = locked.d->channel_sid;
    port = evtchn_make(locked, made);
    if (port < 0)
        return port;
    *result = (evtchn_port_t)port;
    return 0;
}

/*
 * Of the VIRQs those of a vCPU itself exist, its timer and debugging, and one of the domain, which
 * is bound on vCPU 0 (xen.h): the console's input.
 */
int64_t evtchn_bind_virq_act(struct call *call)
{
    struct evtchn_bind_virq *b = (void *)call->header;
    struct vcpu *v = domain_vcpu(call->d, b->vcpu);
    struct domain_locked locked;
    int64_t error = -EEXIST;

    if (b->virq >= NR_BOUND_VIRQS || (b->virq == VIRQ_CONSOLE && b->vcpu != 0))
        return -EINVAL;
    if (v == NULL)
        return -ENOENT;
    locked = domain_lock(call->d);
    if (v->virq_port[b->virq] == 0)
        error = new_own_port(
            locked,
            (struct evtchn){.state = EVTCHN_VIRQ, .virq = (uint8_t)b->virq, .vcpu = b->vcpu},
            &b->port);
    if (error == 0)
        v->virq_port[b->virq] = b->port;
    domain_unlock(locked);
    return error;
}

int64_t evtchn_bind_ipi_act(struct call *call)
{
    struct evtchn_bind_ipi *b = (void *)call->header;
    struct domain_locked locked;
    int64_t error;

    if (domain_vcpu(call->d, b->vcpu) == NULL)
        return -ENOENT;
    locked = domain_lock(call->d);
    error = new_own_port(locked, (struct evtchn){.state = EVTCHN_IPI, .vcpu = b->vcpu}, &b->port);
    domain_unlock(locked);
    return error;
}

int64_t evtchn_bind_vcpu_act(struct call *call)
{
    const struct evtchn_bind_vcpu *b = (void *)call->header;
    struct domain_locked locked;
    struct evtchn *e;
    int error = 0;

    if (domain_vcpu(call->d, b->vcpu) == NULL)
        return -ENOENT;
    locked = domain_lock(call->d);
    e = evtchn_at(call->d, b->port);
    /* A vCPU's own VIRQs and IPIs stay with it. */
    if (e == NULL || e->state == EVTCHN_RESERVED || e->state == EVTCHN_VIRQ ||
        e->state == EVTCHN_IPI)
        error = -EINVAL;
    else
        evtchn_redirect(locked, b->port, b->vcpu);
    domain_unlock(locked);
    return error;
}

int64_t evtchn_unmask_act(struct call *call)
{
    const struct evtchn_unmask *u = (void *)call->header;

    if (evtchn_at(call->d, u->port) == NULL)
        return -EINVAL;
    evtchn_unmask(call->d, u->port);
    return 0;
}

int evtchn_close_decode(struct call *call)
{
    const struct evtchn_close *c = (void *)call->header;

    gate_name_channel(call, c->port);
    return 0;
}

int64_t evtchn_close_act(struct call *call)
{
    const struct evtchn_close *c = (void *)call->header;
    const struct evtchn *e = evtchn_at(call->d, c->port);
    struct domain *other = e == NULL ? NULL : evtchn_remote(e);
    struct domain_locked_both both = domain_lock_both(call->d, other == NULL ? call->d : other);
    int error =
        gate_port_changed(&call->channel) ? -GATE_CHANGED : evtchn_close(both.a, both.b, c->port);

    domain_unlock_both(both);
    return error;
}
