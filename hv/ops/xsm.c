/* SPDX-License-Identifier: BSD-2-Clause */
/* xsm_op: Xen's public xsm/flask_op.h, as far as it only asks. Without a policy: -ENOSYS. */
#include <errno.h>
#include <string.h>

#include "hv/domain/sched.h"
#include "hv/gate/ops.h"
#include "hv/gate/policy.h"
#include "hv/machine/cpus.h"
#include "hv/ops/xsm.h"
#include "xsm/compute.h"

#define PAGE_OF_TEXT 4096u

int64_t xsm_result(int error)
{
    return error == -ENOENT && !policy_is_loaded() ? -ENOSYS : error;
}

bool xsm_has_turn(void)
{
    if (policy_begin())
        return true;
    vcpu_yield();
    return false;
}

int xsm_turn_to_change(void)
{
    if (!xsm_has_turn())
        return -GATE_RETRY;
    if (!gate_sealed)
        return 0;
    policy_end();
    return -GATE_CHANGED;
}

int xsm_copy_text(struct call *call, const char *from, size_t size, char *text, size_t most,
                  size_t *length)
{
    if (size == 0 || size > PAGE_OF_TEXT)
        return -EINVAL;
    if (size > most)
        return -ENAMETOOLONG;
    if (gate_copy_from(call->v, text, (gva_t){(uint64_t)from}, size) != 0)
        return -EFAULT;
    *length = strnlen(text, size);
    return 0;
}

int64_t flask_getenforce_act(struct call *call)
{
    (void)call;
    return policy_is_loaded() ? xsm_enforces(&gate_engine) : -ENOSYS;
}

int64_t flask_policyvers_act(struct call *call)
{
    (void)call;
    return policy_is_loaded() ? (int64_t)XSM_NEWEST_POLICY : -ENOSYS;
}

int64_t flask_mls_act(struct call *call)
{
    (void)call;
    return policy_is_loaded() ? xsm_has_mls(&gate_engine) : -ENOSYS;
}

/* What needs a number that nobody has yet costs one of the caller's. */
int64_t flask_context_to_sid_act(struct call *call)
{
    struct xen_flask_sid_context *c = &xsm_header(call)->u.sid_context;
    char text[XSM_MAX_CONTEXT];
    size_t length;
    xsm_sid sid;
    int error = xsm_copy_text(call, c->context.p, c->size, text, sizeof(text), &length);

    if (error != 0)
        return error;
    if (!xsm_has_turn())
        return -GATE_RETRY;
    error = xsm_context_to_sid(&gate_engine, text, length, &call->d->sids_left, &sid);
    policy_end();
    c->sid = sid;
    return xsm_result(error);
}

int64_t flask_sid_to_context_act(struct call *call)
{
    struct xen_flask_sid_context *c = &xsm_header(call)->u.sid_context;
    char text[XSM_MAX_CONTEXT];
    uint32_t size;

    if (!policy_is_loaded())
        return -ENOSYS;
    if (!xsm_sid_is_known(&gate_engine, c->sid))
        return -EINVAL;
    (void)xsm_sid_to_context(&gate_engine, c->sid, text, sizeof(text));
    size = (uint32_t)strlen(text) + 1;
    if (size > c->size)
        return -ERANGE;
    c->size = size;
    return gate_copy_to(call->v, (gva_t){(uint64_t)c->context.p}, text, size);
}

int64_t flask_access_act(struct call *call)
{
    struct xen_flask_access *a = &xsm_header(call)->u.access;
    struct xsm_access access;
    int error = xsm_compute_access(&gate_engine, a->ssid, a->tsid, a->tclass, &access);

    if (error != 0)
        return xsm_result(error);
    a->allowed = access.allowed;
    a->audit_allow = access.auditallow;
    a->audit_deny = access.auditdeny;
    a->seqno = policy_changes();
    return 0;
}

static int64_t compute_new(struct call *call, enum xsm_new kind)
{
    struct xen_flask_transition *t = &xsm_header(call)->u.transition;
    xsm_sid sid;
    int error;

    if (!xsm_has_turn())
        return -GATE_RETRY;
    error =
        xsm_compute_new(&gate_engine, kind, t->ssid, t->tsid, t->tclass, &call->d->sids_left, &sid);
    policy_end();
    t->newsid = sid;
    return xsm_result(error);
}

int64_t flask_create_act(struct call *call)
{
    return compute_new(call, XSM_NEW_TRANSITION);
}

int64_t flask_relabel_act(struct call *call)
{
    return compute_new(call, XSM_NEW_CHANGE);
}

int64_t flask_member_act(struct call *call)
{
    return compute_new(call, XSM_NEW_MEMBER);
}

/* There is no cache of decisions: it is empty, and no bigger than that. */
int64_t flask_getavc_threshold_act(struct call *call)
{
    (void)call;
    return policy_is_loaded() ? 0 : -ENOSYS;
}

int64_t flask_avc_hashstats_act(struct call *call)
{
    memset(&xsm_header(call)->u.hash_stats, 0, sizeof(xsm_header(call)->u.hash_stats));
    return policy_is_loaded() ? 0 : -ENOSYS;
}

int64_t flask_avc_cachestats_act(struct call *call)
{
    struct xen_flask_cache_stats *s = &xsm_header(call)->u.cache_stats;

    if (!policy_is_loaded())
        return -ENOSYS;
    if (s->cpu >= cpus_count())
        return -ENOENT;
    *s = (struct xen_flask_cache_stats){.cpu = s->cpu};
    return 0;
}

/* By its name, or by its number; then it is told its name. */
int xsm_find_boolean_of(struct call *call, unsigned int *boolean, bool *by_name)
{
    const struct xen_flask_boolean *b = &xsm_header(call)->u.boolean;
    char name[XSM_MAX_CONTEXT] = "";
    size_t length;
    int error;

    *by_name = b->bool_id == UINT32_MAX;
    *boolean = b->bool_id;
    if (!*by_name)
        return b->bool_id < xsm_nr_booleans(&gate_engine) ? 0 : -ENOENT;
    error = xsm_copy_text(call, b->name.p, b->size, name, sizeof(name) - 1, &length);
    if (error != 0)
        return error;
    name[length] = '\0';
    return xsm_find_boolean(&gate_engine, name, boolean);
}

/* The name, with a NUL if there is room for it. */
static int64_t tell_name(struct call *call, unsigned int boolean)
{
    struct xen_flask_boolean *b = &xsm_header(call)->u.boolean;
    const char *name = xsm_boolean_name(&gate_engine, boolean);
    size_t length = strlen(name), size = b->size;

    if (size == 0)
        return 0;
    if (length > size)
        return -ERANGE;
    b->size = (uint32_t)length;
    return gate_copy_to(call->v, (gva_t){(uint64_t)b->name.p}, name,
                        length < size ? length + 1 : length);
}

int64_t flask_getbool_act(struct call *call)
{
    struct xen_flask_boolean *b = &xsm_header(call)->u.boolean;
    unsigned int boolean;
    bool by_name;
    int error = xsm_find_boolean_of(call, &boolean, &by_name);

    if (error != 0)
        return xsm_result(error);
    b->bool_id = boolean;
    b->enforcing = xsm_boolean(&gate_engine, boolean);
    b->pending = policy_pending(boolean);
    if (!by_name)
        return tell_name(call, boolean);
    b->size = 0;
    return 0;
}

int flask_get_peer_sid_decode(struct call *call)
{
    gate_name_channel(call, xsm_header(call)->u.peersid.evtchn);
    return 0;
}

int64_t flask_get_peer_sid_act(struct call *call)
{
    struct xen_flask_peersid *p = &xsm_header(call)->u.peersid;
    struct domain_locked locked = domain_lock(call->d);
    const struct evtchn *e = evtchn_at(call->d, p->evtchn);
    bool changed = gate_port_changed(&call->channel);
    const struct domain *other =
        e != NULL && e->state == EVTCHN_INTERDOMAIN ? evtchn_remote(e) : NULL;

    if (other != NULL)
        p->sid = domain_sid(other);
    domain_unlock(locked);
    if (changed)
        return -GATE_CHANGED;
    return other != NULL ? 0 : -EINVAL;
}
