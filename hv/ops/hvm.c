/* SPDX-License-Identifier: BSD-2-Clause */
/* hvm_op: Xen's public hvm/hvm_op.h and hvm/params.h. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/gate/ops.h"

int hvm_get_param_decode(struct call *call)
{
    const struct xen_hvm_param *p = (void *)call->header;

    gate_name_domain(call, p->domid, XSM_PARTY_target);
    return p->index < HVM_NR_PARAMS ? 0 : -EINVAL;
}

int64_t hvm_get_param_act(struct call *call)
{
    struct xen_hvm_param *p = (void *)call->header;

    struct domain_locked locked;

    if (call->named == NULL)
        return -ESRCH;
    locked = domain_lock(call->named);
    p->value = call->named->param[p->index];
    domain_unlock(locked);
    return 0;
}

int hvm_set_param_decode(struct call *call)
{
    return hvm_get_param_decode(call);
}

/* How events reach the domain is all that can be set once it is built. */
int64_t hvm_set_param_act(struct call *call)
{
    const struct xen_hvm_param *p = (void *)call->header;
    struct domain_locked locked;
    int error;

    if (call->named == NULL)
        return -ESRCH;
    if (p->index != HVM_PARAM_CALLBACK_IRQ)
        return -EINVAL;
    locked = domain_lock(call->named);
    error = arch_set_callback(call->named, p->value);
    if (error == 0)
        call->named->param[p->index] = p->value;
    domain_unlock(locked);
    return error;
}
