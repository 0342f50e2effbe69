/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of xsm_op. */
#include <string.h>

#include "hv_cases_each.h"
#include "hv_scene.h"
#include "xsm/objects.h"

/* The policy's numbers of these: the order of policy/vocabulary/security_classes. */
#define CLASS_DOMAIN 3u
#define CLASS_EVENT 9u
#define OCON_IOPORT 2u /* Xen's tools/libs/ctrl/xc_flask.c */
#define POLICY_AT 0x20000ul

/* A header of xsm_op, which is its only argument and says what it is. */
static struct xen_flask_op *flask_header(struct attempt *t)
{
    struct xen_flask_op *op = HEADER(t);

    op->cmd = (uint32_t)t->argument[0];
    op->interface_version = XEN_FLASK_INTERFACE_VERSION;
    memset(&op->u, 0, sizeof(op->u));
    t->argument[0] = ARGUMENTS;
    t->pointer = 0;
    t->kept = 8;
    return op;
}

static xsm_sid sid_of(const char *label)
{
    struct xsm_error error;
    xsm_sid sid = XSM_SID_NONE;

    (void)xsm_label_to_sid(&gate_engine, label, &sid, &error);
    return sid;
}

CASE(flask_load)
{
    struct xen_flask_op *op = flask_header(t);

    op->u.load.size = scene_put_policy(t->d, POLICY_AT);
    op->u.load.buffer.p = (void *)POLICY_AT;
    t->count = &op->u.load.size;
    t->nested = (uint64_t *)(void *)&op->u.load.buffer;
    t->effect = EFFECT_STATE;
}

CASE(flask_getenforce)
{
    (void)flask_header(t);
}

CASE(flask_setenforce)
{
    (void)flask_header(t);
    t->effect = EFFECT_STATE;
}

CASE(flask_context_to_sid)
{
    static const char context[] = "system_u:vm_r:peer_t";
    struct xen_flask_op *op = flask_header(t);

    memcpy(scene_memory(t->d, CASES_NESTED), context, sizeof(context));
    op->u.sid_context.size = sizeof(context);
    op->u.sid_context.context.p = (void *)CASES_NESTED;
    t->count = &op->u.sid_context.size;
    t->nested = (uint64_t *)(void *)&op->u.sid_context.context;
}

CASE(flask_sid_to_context)
{
    struct xen_flask_op *op = flask_header(t);

    op->u.sid_context.sid = peer->sid;
    op->u.sid_context.size = XSM_MAX_CONTEXT;
    op->u.sid_context.context.p = (void *)CASES_NESTED;
    t->count = &op->u.sid_context.sid;
    t->nested = (uint64_t *)(void *)&op->u.sid_context.context;
}

CASE(flask_access)
{
    struct xen_flask_op *op = flask_header(t);

    op->u.access.ssid = caller->sid;
    op->u.access.tsid = peer->sid;
    op->u.access.tclass = CLASS_EVENT;
    t->count = &op->u.access.tclass;
}

static void compute_new(struct attempt *t, uint32_t class_value)
{
    struct xen_flask_op *op = flask_header(t);

    op->u.transition.ssid = caller->sid;
    op->u.transition.tsid = peer->sid;
    op->u.transition.tclass = class_value;
    t->count = &op->u.transition.ssid;
}

CASE(flask_create)
{
    compute_new(t, CLASS_EVENT);
}

CASE(flask_relabel)
{
    compute_new(t, CLASS_DOMAIN);
}

CASE(flask_member)
{
    compute_new(t, CLASS_DOMAIN);
}

CASE(flask_policyvers)
{
    (void)flask_header(t);
}

static struct xen_flask_op *name_boolean(struct attempt *t)
{
    static const char name[] = "test_switch";
    struct xen_flask_op *op = flask_header(t);

    memcpy(scene_memory(t->d, CASES_NESTED), name, sizeof(name));
    op->u.boolean.bool_id = UINT32_MAX;
    op->u.boolean.size = sizeof(name);
    op->u.boolean.name.p = (void *)CASES_NESTED;
    t->count = &op->u.boolean.bool_id;
    t->nested = (uint64_t *)(void *)&op->u.boolean.name;
    return op;
}

CASE(flask_getbool)
{
    (void)name_boolean(t);
}

CASE(flask_setbool)
{
    struct xen_flask_op *op = name_boolean(t);

    op->u.boolean.new_value = 1;
    op->u.boolean.commit = 1;
    t->effect = EFFECT_STATE;
}

CASE(flask_commitbools)
{
    (void)flask_header(t);
    t->effect = EFFECT_STATE;
}

CASE(flask_mls)
{
    (void)flask_header(t);
}

CASE(flask_getavc_threshold)
{
    (void)flask_header(t);
}

CASE(flask_setavc_threshold)
{
    struct xen_flask_op *op = flask_header(t);

    t->count = &op->u.setavc_threshold.threshold;
}

CASE(flask_avc_hashstats)
{
    (void)flask_header(t);
}

CASE(flask_avc_cachestats)
{
    struct xen_flask_op *op = flask_header(t);

    t->count = &op->u.cache_stats.cpu;
}

CASE(flask_add_ocontext)
{
    struct xen_flask_op *op = flask_header(t);

    op->u.ocontext.ocon = OCON_IOPORT;
    op->u.ocontext.sid = peer->sid;
    op->u.ocontext.low = 0x2f8;
    op->u.ocontext.high = 0x2ff;
    t->count = &op->u.ocontext.ocon;
    t->effect = EFFECT_STATE;
}

CASE(flask_del_ocontext)
{
    struct xen_flask_op *op = flask_header(t);

    (void)xsm_add_object_label(&gate_engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3ff, peer->sid);
    op->u.ocontext.ocon = OCON_IOPORT;
    op->u.ocontext.low = 0x3f8;
    op->u.ocontext.high = 0x3ff;
    t->count = &op->u.ocontext.ocon;
    t->effect = EFFECT_STATE;
}

CASE(flask_get_peer_sid)
{
    struct xen_flask_op *op = flask_header(t);

    op->u.peersid.evtchn = (evtchn_port_t)channel;
    t->port = &op->u.peersid.evtchn;
}

/* To a label that the peer can't become, if that is what the caller's label is for. */
CASE(flask_relabel_domain)
{
    struct xen_flask_op *op = flask_header(t);
    bool stuck = caller->sid == sid_of("no_domain_transition_t");

    op->u.relabel.domid = PEER;
    op->u.relabel.sid = sid_of(stuck ? "stuck_t" : "moved_t");
    t->domid = (uint16_t *)(void *)&op->u.relabel.domid;
    t->count = &op->u.relabel.sid;
    t->effect = EFFECT_STATE;
}

CASE(flask_devicetree_label)
{
    static const char path[] = "/soc/serial@9000000";
    struct xen_flask_op *op = flask_header(t);

    memcpy(scene_memory(t->d, CASES_NESTED), path, sizeof(path));
    op->u.devicetree_label.sid = peer->sid;
    op->u.devicetree_label.length = sizeof(path);
    op->u.devicetree_label.path.p = (void *)CASES_NESTED;
    t->count = &op->u.devicetree_label.length;
    t->nested = (uint64_t *)(void *)&op->u.devicetree_label.path;
    t->effect = EFFECT_STATE;
}
