/* SPDX-License-Identifier: BSD-2-Clause */
/* Putting a domain's special frames where it wants them in its address space. */
#ifndef HV_DOMAIN_PHYSMAP_H
#define HV_DOMAIN_PHYSMAP_H

#include "hv/types.h"

struct domain;

/*
 * Map the frame at `at`; it leaves the place where it was before. RAM that was at `at` is freed.
 * -EBUSY: the hypervisor uses what is there; -EINVAL, -ENOMEM: as p2m_map(). On failure nothing
 * has changed.
 */
int physmap_add_shared_info(struct domain *d, gfn_t at);
int physmap_add_grant_frame(struct domain *d, uint64_t index, gfn_t at);

#endif
