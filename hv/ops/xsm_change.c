/* SPDX-License-Identifier: BSD-2-Clause */
/* xsm_op: what changes the policy, its state, or a label. */
#include <errno.h>

#include "hv/gate/change.h"
#include "hv/gate/permissive.h"
#include "hv/gate/policy.h"
#include "hv/gate/relabel.h"
#include "hv/gate/sweep.h"
#include "hv/machine/log.h"
#include "hv/machine/quiesce.h"
#include "hv/ops/xsm.h"
#include "xsm/compute.h"
#include "xsm/objects.h"

/* Xen's OCON_*, tools/libs/ctrl/xc_flask.c, count from 1. */
#define FIRST_OCON 1u

static int refuse(const struct call *call, const char *what, int status,
                  const struct xsm_error *error)
{
    hv_log("policy: %s by domain %s refused: %s", what, call->d->name, error->text);
    return status;
}

/* What was had by what is no longer decided so is taken back. */
static void changed(const struct call *call, uint8_t change)
{
    change_note(call->d, change, XSM_DOMID_NONE, XSM_SID_NONE);
    sweep_channels();
}

static int load(struct call *call, const struct policy_block *image, size_t size)
{
    struct xsm_error error;
    int status;

    if (gate_copy_from(call->v, image->memory, (gva_t){(uint64_t)xsm_header(call)->u.load.buffer.p},
                       size) != 0)
        return -EFAULT;
    status = policy_load(image->memory, size, &error);
    return status != 0 ? refuse(call, "load", status, &error) : 0;
}

int64_t flask_load_act(struct call *call)
{
    size_t size = xsm_header(call)->u.load.size;
    struct policy_block image;
    int status;

    if (!policy_is_loaded())
        return -ENOSYS;
    if (size == 0 || size > LARGEST_POLICY)
        return -EINVAL;
    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = -ENOMEM;
    if (policy_block_make(&image, size)) {
        status = load(call, &image, size);
        policy_block_free(&image);
    }
    if (status == 0)
        changed(call, BW_AUDIT_replaced);
    policy_end();
    return status;
}

int64_t flask_setenforce_act(struct call *call)
{
    bool enforce = xsm_header(call)->u.enforce.enforcing != 0;
    int status;

    if (!policy_is_loaded())
        return -ENOSYS;
    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = xsm_enforce(&gate_engine, enforce);
    if (status == 0) {
        permissive_forget();
        /* What was decided before is done; then it is taken back, unless it is allowed. */
        quiesce_wait();
        changed(call, enforce ? BW_AUDIT_enforced : BW_AUDIT_unenforced);
    }
    policy_end();
    return status;
}

static int commit_one(unsigned int boolean, bool value, struct xsm_error *error)
{
    uint64_t booleans[XSM_BOOLEAN_WORDS], bit = (uint64_t)1 << (boolean % 64);
    int status;

    xsm_get_booleans(&gate_engine, booleans);
    booleans[boolean / 64] = value ? booleans[boolean / 64] | bit : booleans[boolean / 64] & ~bit;
    status = policy_set_booleans(booleans, error);
    return status != 0 ? status : policy_set_pending(boolean, value);
}

static int set_boolean(struct call *call, unsigned int boolean)
{
    struct xen_flask_boolean *b = &xsm_header(call)->u.boolean;
    struct xsm_error error = {.text = POLICY_OWN_BOOLEAN " is set by the launch alone"};
    int status;

    if (policy_is_own(boolean))
        return refuse(call, "boolean", -EPERM, &error);
    status = b->commit != 0 ? commit_one(boolean, b->new_value != 0, &error)
                            : policy_set_pending(boolean, b->new_value != 0);

    if (status != 0)
        return b->commit != 0 ? refuse(call, "boolean", status, &error) : status;
    b->bool_id = boolean;
    b->enforcing = xsm_boolean(&gate_engine, boolean);
    b->pending = policy_pending(boolean);
    b->size = 0;
    if (b->commit != 0)
        changed(call, BW_AUDIT_booleans);
    return 0;
}

int64_t flask_setbool_act(struct call *call)
{
    unsigned int boolean;
    bool by_name;
    int status;

    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = xsm_find_boolean_of(call, &boolean, &by_name);
    if (status == 0)
        status = set_boolean(call, boolean);
    policy_end();
    return xsm_result(status);
}

int64_t flask_commitbools_act(struct call *call)
{
    struct xsm_error error;
    int status;

    if (!policy_is_loaded())
        return -ENOSYS;
    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = policy_commit(&error);
    if (status != 0)
        refuse(call, "booleans", status, &error);
    else
        changed(call, BW_AUDIT_booleans);
    policy_end();
    return status;
}

/* There is no cache of decisions whose size could be set. */
int64_t flask_setavc_threshold_act(struct call *call)
{
    if (!policy_is_loaded())
        return -ENOSYS;
    return xsm_header(call)->u.setavc_threshold.threshold == 0 ? 0 : -EOPNOTSUPP;
}

int64_t flask_add_ocontext_act(struct call *call)
{
    const struct xen_flask_ocontext *o = &xsm_header(call)->u.ocontext;
    int status;

    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = xsm_add_object_label(&gate_engine, (enum xsm_object)(o->ocon - FIRST_OCON), o->low,
                                  o->high, o->sid);
    policy_end();
    if (status == 0)
        change_note(call->d, BW_AUDIT_object, XSM_DOMID_NONE, o->sid);
    return xsm_result(status);
}

int64_t flask_del_ocontext_act(struct call *call)
{
    const struct xen_flask_ocontext *o = &xsm_header(call)->u.ocontext;
    int status;

    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = xsm_remove_object_label(&gate_engine, (enum xsm_object)(o->ocon - FIRST_OCON), o->low,
                                     o->high);
    policy_end();
    if (status == 0)
        change_note(call->d, BW_AUDIT_object, XSM_DOMID_NONE, XSM_SID_NONE);
    return xsm_result(status);
}

int64_t flask_devicetree_label_act(struct call *call)
{
    const struct xen_flask_devicetree_label *l = &xsm_header(call)->u.devicetree_label;
    char path[XSM_MAX_PATH + 1];
    size_t length;
    int status = xsm_copy_text(call, l->path.p, l->length, path, sizeof(path), &length);

    if (status != 0)
        return status;
    status = xsm_turn_to_change();
    if (status != 0)
        return status;
    status = xsm_add_path_label(&gate_engine, path, length, l->sid);
    policy_end();
    if (status == 0)
        change_note(call->d, BW_AUDIT_object, XSM_DOMID_NONE, l->sid);
    return xsm_result(status);
}

/* A SID that nobody has been given is asked about as if it were unlabeled. */
int flask_relabel_domain_decode(struct call *call)
{
    const struct xen_flask_relabel *r = &xsm_header(call)->u.relabel;

    gate_name_domain(call, (uint16_t)r->domid, XSM_PARTY_target);
    call->query.sid[XSM_PARTY_label] =
        xsm_sid_is_known(&gate_engine, r->sid) ? r->sid : XSM_INITIAL_UNLABELED;
    call->query.hook =
        call->query.self ? XSM_HOOK_flask_relabel_self : XSM_HOOK_flask_relabel_domain;
    return r->domid <= UINT16_MAX ? 0 : -EINVAL;
}

int64_t flask_relabel_domain_act(struct call *call)
{
    const struct xen_flask_relabel *r = &xsm_header(call)->u.relabel;
    int status;

    if (!policy_is_loaded())
        return -ENOSYS;
    if (call->named == NULL)
        return -ESRCH;
    if (!xsm_sid_is_known(&gate_engine, r->sid))
        return -EINVAL;
    if (!xsm_has_turn())
        return -GATE_RETRY;
    status = relabel_domain(call, call->named, r->sid);
    policy_end();
    return status;
}
