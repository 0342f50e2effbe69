/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/gate/relabel.h"

#include <errno.h>

#include "hv/gate/change.h"
#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/machine/quiesce.h"
#include "roles/roles.h"

static int ask_for_roles(struct call *call, const struct domain *d, xsm_sid sid)
{
    struct roles_records records;
    int error = roles_ask_again(&gate_engine, call->query.caller, d->domid, d->roles, sid,
                                gate_is_finalised(), gate_is_sealed(), &records);

    audit_records(call->d, records.record, records.nr_records);
    return error;
}

int relabel_domain(struct call *call, struct domain *d, xsm_sid sid)
{
    int error = ask_for_roles(call, d, sid);

    if (error == 0)
        error = xsm_prepare_domain(&gate_engine, sid);
    if (error != 0)
        return error;
    change_note(call->d, BW_AUDIT_relabelled, d->domid, sid);
    __atomic_store_n(&d->sid, sid, __ATOMIC_SEQ_CST);
    __atomic_store_n(&d->self_sid, xsm_self_sid(&gate_engine, sid), __ATOMIC_SEQ_CST);
    /* Whoever was decided about with the old label is done; then nothing by it is left. */
    quiesce_wait();
    policy_note_labels();
    sweep_channels();
    return 0;
}
