/* SPDX-License-Identifier: BSD-2-Clause */
/* Giving a domain another label. */
#ifndef HV_GATE_RELABEL_H
#define HV_GATE_RELABEL_H

#include "hv/gate/gate.h"

/*
 * The call's row has been asked. Asks for the domain's roles again, too: -EPERM; -ENOSPC: no labels
 * are left for its channels; -EINVAL: the label is an object's. Then all decisions are made with
 * the new label, and channels that it may not have are closed, its own and others' to it. Between
 * policy_begin() and policy_end(), with no lock; `d` is not to be used afterwards.
 */
int relabel_domain(struct call *call, struct domain *d, xsm_sid sid);

#endif
