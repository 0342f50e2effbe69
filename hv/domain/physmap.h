/* SPDX-License-Identifier: BSD-2-Clause */
/* Putting a domain's special frames where it wants them in its address space. */
#ifndef HV_DOMAIN_PHYSMAP_H
#define HV_DOMAIN_PHYSMAP_H

#include "hv/types.h"

struct domain;
struct domain_locked;

/*
 * Map the frame at `at`; it leaves the place where it was before. RAM that was at `at` is no longer
 * the domain's: `*freed` is to be given to physmap_free() once the lock is released (INVALID_MFN:
 * there was none). -EBUSY: the hypervisor uses what is there; -EINVAL, -ENOMEM: as p2m_map(). On
 * failure nothing has changed.
 */
int physmap_add_shared_info(struct domain_locked locked, gfn_t at, mfn_t *freed);
int physmap_add_grant_frame(struct domain_locked locked, uint64_t index, gfn_t at, mfn_t *freed);

/*
 * What was taken out of the domain's map is in no translation any more, and no CPU is about to copy
 * to it. Waits (quiesce.h), with no lock held. The frame, if any, is free afterwards.
 */
void physmap_free(struct domain *d, mfn_t freed);

#endif
