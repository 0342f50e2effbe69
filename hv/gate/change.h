/* SPDX-License-Identifier: BSD-2-Clause */
/* Changes of the policy and of labels: on the console, and kept for readers. */
#ifndef HV_GATE_CHANGE_H
#define HV_GATE_CHANGE_H

#include "hv/domain/domain.h"
#include "hv/gate/audit_ring.h"
#include "hv/public/bailiwick_op.h"

/*
 * The domain has changed something, BW_AUDIT_*: of a domain (or XSM_DOMID_NONE), or of what has the
 * label `object` (or XSM_SID_NONE). The caller holds no lock.
 */
void change_note(const struct domain *by, uint8_t change, uint16_t target, xsm_sid object);
/* The launch itself seals the policy. As policy_seal(), in a turn of changes of the policy. */
int change_seal(void);

/* The record as a line of text: "policy: sealed by domid=1 scontext=...". */
void change_text(const struct audit_entry *entry, char *text, size_t size);

#endif
