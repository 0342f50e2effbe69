/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/gate/change.h"

#include <stdio.h>

#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/machine/log.h"

static const char *words(uint8_t change)
{
    static const char *const word[] = {
        [BW_AUDIT_replaced] = "replaced",
        [BW_AUDIT_enforced] = "enforced",
        [BW_AUDIT_unenforced] = "no longer enforced",
        [BW_AUDIT_booleans] = "booleans changed",
        [BW_AUDIT_relabelled] = "label given",
        [BW_AUDIT_sealed] = "sealed",
        [BW_AUDIT_revoked] = "channel closed",
        [BW_AUDIT_object] = "resource's label changed",
    };

    return change < ARRAY_SIZE(word) && word[change] != NULL ? word[change] : "changed";
}

void change_text(const struct audit_entry *entry, char *text, size_t size)
{
    const struct xsm_record *record = &entry->record;
    char context[XSM_MAX_CONTEXT];
    size_t used;

    (void)xsm_sid_to_context(&gate_engine, record->subject, context, sizeof(context));
    used = (size_t)snprintf(text, size, "policy: %s by ", words(entry->change));
    if (used < size && record->domid != XSM_DOMID_NONE) /* the launch has none */
        used += (size_t)snprintf(text + used, size - used, "domid=%u ", record->domid);
    if (used < size)
        used += (size_t)snprintf(text + used, size - used, "scontext=%s", context);
    if (used < size && record->target_domid != XSM_DOMID_NONE)
        used += (size_t)snprintf(text + used, size - used, " target=%u", record->target_domid);
    if (used >= size || record->object == XSM_SID_NONE)
        return;
    (void)xsm_sid_to_context(&gate_engine, record->object, context, sizeof(context));
    (void)snprintf(text + used, size - used, " tcontext=%s", context);
}

int change_seal(void)
{
    int error = policy_seal();

    if (error == 0)
        audit_ring_add_change(BW_AUDIT_sealed, XSM_DOMID_NONE, XSM_INITIAL_XENBOOT, XSM_DOMID_NONE,
                              XSM_SID_NONE);
    return error;
}

void change_note(const struct domain *by, uint8_t change, uint16_t target, xsm_sid object)
{
    const struct audit_entry entry = {.record = {.domid = by->domid,
                                                 .subject = domain_sid(by),
                                                 .target_domid = target,
                                                 .object = object},
                                      .change = change};
    char text[XSM_MAX_AUDIT];

    audit_ring_add_change(change, by->domid, domain_sid(by), target, object);
    change_text(&entry, text, sizeof(text));
    hv_log("%s", text);
}
