/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick_op: hv/public/bailiwick_op.h. */
#include <errno.h>

#include "hv/domain/sched.h"
#include "hv/gate/audit_ring.h"
#include "hv/gate/change.h"
#include "hv/gate/ops.h"
#include "hv/gate/policy.h"
#include "hv/launch/report.h"
#include "hv/ops/text.h"
#include "hv/ops/xsm.h"
#include "xsm/coverage.h"

/* Records that a call looks at; who may see none of them calls again. */
#define MOST_RECORDS 64u

int64_t policy_seal_act(struct call *call)
{
    int status;

    if (!policy_is_loaded())
        return -ENOSYS;
    if (!xsm_has_turn())
        return -GATE_RETRY;
    status = policy_seal();
    policy_end();
    if (status == 0)
        change_note(call->d, BW_AUDIT_sealed, XSM_DOMID_NONE, XSM_SID_NONE);
    return status;
}

/* Who isn't allowed to see a record isn't recorded for that: he asked for what he may see. */
static bool may_see(const struct call *call, const struct audit_entry *entry)
{
    struct xsm_verdict verdict;
    struct xsm_query query;

    gate_start_query(&query, XSM_HOOK_audit_see, call->query.caller);
    query.sid[XSM_PARTY_target] = entry->record.subject;
    return xsm_ask(&gate_engine, &query, &verdict) == 0;
}

static int64_t tell(struct call *call, const struct audit_entry *entry, uint32_t lost)
{
    struct bw_audit_read *a = (void *)call->header;
    const struct xsm_record *record = &entry->record;
    char text[XSM_MAX_AUDIT];

    if (entry->change != 0)
        change_text(entry, text, sizeof(text));
    else
        (void)xsm_format_record(&gate_engine, record, text, sizeof(text));
    a->sequence = entry->sequence;
    a->time = entry->time;
    a->lost = lost;
    a->subject = record->subject;
    a->object = record->object;
    a->domid = record->domid;
    a->target = record->target_domid;
    a->kind = entry->change != 0 ? entry->change : (uint8_t)record->key;
    a->denied = record->denied;
    a->permissive = record->permissive;
    return text_put(call, a->text, &a->size, text);
}

int64_t audit_read_act(struct call *call)
{
    struct bw_audit_read *a = (void *)call->header;
    struct audit_entry entry;
    uint32_t lost;

    for (unsigned int i = 0; i < MOST_RECORDS; i++) {
        if (!audit_ring_find(a->sequence, &entry, &lost))
            return -ENOENT;
        if (may_see(call, &entry))
            return tell(call, &entry, lost);
        a->sequence = entry.sequence + 1;
    }
    a->size = 0;
    return 0;
}

int64_t coverage_read_act(struct call *call)
{
    struct bw_coverage_read *c = (void *)call->header;
    struct xsm_coverage *coverage = __atomic_load_n(&gate_engine.coverage, __ATOMIC_ACQUIRE);
    struct xsm_covered covered;
    char text[XSM_MAX_AUDIT] = "";

    if (coverage == NULL)
        return -EAGAIN;
    if (!xsm_next_covered(coverage, &c->next, &covered))
        return -ENOENT;
    (void)xsm_format_covered(&gate_engine, &covered, text, sizeof(text));
    c->lost = __atomic_load_n(&coverage->lost, __ATOMIC_RELAXED);
    c->subject = covered.subject;
    c->object = covered.object;
    c->verdict = covered.verdict;
    return text_put(call, c->text, &c->size, text);
}

int64_t coverage_reset_act(struct call *call)
{
    struct xsm_error error;
    int status;

    (void)call;
    if (!xsm_has_turn())
        return -GATE_RETRY;
    status = policy_collect(&error);
    policy_end();
    return status;
}

int64_t failure_read_act(struct call *call)
{
    struct bw_failure_read *f = (void *)call->header;
    const char *failure = report_failure();

    return failure[0] == '\0' ? -ENOENT : text_put(call, f->text, &f->size, failure);
}
