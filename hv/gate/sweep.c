/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/gate/sweep.h"

#include "hv/domain/domain.h"
#include "hv/gate/change.h"
#include "hv/gate/gate.h"

/* A port that changes all the time is closed in the end. */
#define MOST_TRIES 8u

static bool ask(struct domain *d, struct xsm_query *query)
{
    struct xsm_verdict verdict;
    int error = xsm_ask(&gate_engine, query, &verdict);

    if (verdict.nr_records > 0)
        audit_verdict(d, &verdict);
    return error == 0;
}

static struct xsm_query start_query(const struct domain *d, enum xsm_hook hook,
                                    const struct domain *target)
{
    struct xsm_query query;

    gate_start_query(&query, hook, (struct xsm_subject){d->domid, domain_sid(d), d->roles});
    query.target_domid = target->domid;
    query.self = target == d;
    return query;
}

/* May the domain have its end of a channel to the other one? Then `sid` is its label. */
static bool may_have_channel(struct domain *d, const struct domain *other, xsm_sid *sid)
{
    struct xsm_query query = start_query(d, XSM_HOOK_evtchn_alloc_unbound, other);

    query.sid[XSM_PARTY_peer] = domain_sid(other);
    if (xsm_channel_sid(&gate_engine, domain_sid(d), domain_sid(other), sid) != 0)
        *sid = XSM_INITIAL_UNLABELED;
    query.sid[XSM_PARTY_channel] = *sid;
    return ask(d, &query);
}

static bool may_have_virq(struct domain *d)
{
    struct xsm_query query = start_query(d, XSM_HOOK_evtchn_bind_virq, d);

    query.sid[XSM_PARTY_target] = domain_self_sid(d);
    return ask(d, &query);
}

static bool may_have(struct domain *d, const struct evtchn *e, const struct domain *other,
                     xsm_sid *sid)
{
    *sid = d->channel_sid;
    if (other != NULL)
        return may_have_channel(d, other, sid);
    return __atomic_load_n(&e->state, __ATOMIC_RELAXED) != EVTCHN_VIRQ || may_have_virq(d);
}

/* false: it has changed meanwhile. */
static bool sweep_port(struct domain *d, uint32_t port, bool close)
{
    struct evtchn *e = evtchn_port(d, port);
    struct gate_port seen = {e, __atomic_load_n(&e->generation, __ATOMIC_ACQUIRE)};
    struct domain *other = evtchn_remote(e);
    struct domain_locked_both both;
    xsm_sid sid;
    bool changed, closed = false, may = may_have(d, e, other, &sid) && !close;

    both = domain_lock_both(d, other != NULL ? other : d);
    changed = gate_port_changed(&seen);
    if (!changed && evtchn_at(d, port) != NULL) {
        if (may)
            evtchn_relabel(both.a, port, sid);
        else
            closed = evtchn_close(both.a, both.b, port) == 0;
    }
    domain_unlock_both(both);
    if (closed)
        change_note(d, BW_AUDIT_revoked, other != NULL ? other->domid : XSM_DOMID_NONE,
                    XSM_SID_NONE);
    return !changed;
}

static void relabel_own_ports(struct domain *d)
{
    struct domain_locked locked;
    xsm_sid sid;

    if (xsm_channel_sid(&gate_engine, domain_sid(d), domain_sid(d), &sid) != 0)
        sid = XSM_INITIAL_UNLABELED;
    __atomic_store_n(&d->self_sid, xsm_self_sid(&gate_engine, domain_sid(d)), __ATOMIC_RELAXED);
    locked = domain_lock(d);
    d->channel_sid = sid;
    domain_unlock(locked);
}

static void sweep_domain(struct domain *d)
{
    relabel_own_ports(d);
    for (uint32_t port = 1; evtchn_port(d, port) != NULL; port++)
        for (unsigned int i = 0; i <= MOST_TRIES && evtchn_at(d, port) != NULL; i++)
            if (sweep_port(d, port, i == MOST_TRIES))
                break;
}

void sweep_channels(void)
{
    for (unsigned int slot = 0; slot < DOMAIN_SLOTS; slot++) {
        struct domain *d = domain_in_slot(slot);

        if (d != NULL)
            sweep_domain(d);
    }
}
