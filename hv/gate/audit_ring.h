/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Audit records as they are kept for readers, newest over oldest: each domain has room for some,
 * and only its own make room for its next. Changes of the policy and of labels have room apart.
 */
#ifndef HV_GATE_AUDIT_RING_H
#define HV_GATE_AUDIT_RING_H

#include "hv/types.h"
#include "xsm/engine.h"

struct audit_entry {
    uint64_t sequence; /* counts from 1; 0: empty */
    uint64_t time;     /* ns */
    struct xsm_record record;
    uint8_t change; /* BW_AUDIT_*; 0: a decision, `record` says which */
};

/* Keep a record of a decision. */
void audit_ring_add(const struct xsm_record *record);
/*
 * Keep a record of a change, made by a domain of this domid and label, to a domain (or
 * XSM_DOMID_NONE) or something else with the label `object` (or XSM_SID_NONE).
 */
void audit_ring_add_change(uint8_t kind, uint16_t domid, xsm_sid subject, uint16_t target,
                           xsm_sid object);
/*
 * The first record from this number on; false: there is none. `lost` is how many of this domid's
 * records (or of changes) were overwritten so far.
 */
bool audit_ring_find(uint64_t sequence, struct audit_entry *entry, uint32_t *lost);

#endif
