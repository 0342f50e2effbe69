/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's physical memory: which machine frame is behind each guest frame. The nested page
 * tables are this map; hv/arch/<arch>/p2m.c walks them. Changes are under the domain's lock, once
 * it runs; lookups take none, and what they find stays the domain's as quiesce.h says.
 */
#ifndef HV_DOMAIN_P2M_H
#define HV_DOMAIN_P2M_H

#include "hv/types.h"

struct domain;

/* The largest order that p2m_map() takes on this machine. */
unsigned int p2m_max_order(void);

int p2m_init(struct domain *d);
/* Free the tables, not what they map. */
void p2m_destroy(struct domain *d);

/*
 * Map 2^order frames; order is 4K, 2M or 1G and both numbers are aligned to it. The guest may read,
 * write and execute. -EEXIST: something is there; -ENOMEM: no memory for tables, or the domain's
 * allowance of them is used up; -EINVAL: beyond the guest's physical address space.
 */
int p2m_map(struct domain *d, gfn_t at, mfn_t frame, unsigned int order);
/*
 * Unmap one frame, splitting what is larger. `*frame` is what was there, INVALID_MFN for nothing:
 * it is stale (memory.h) until quiesce_wait_flushed() has returned.
 */
int p2m_unmap(struct domain *d, gfn_t at, mfn_t *frame);
/* The frame behind `at`; INVALID_MFN for none. */
mfn_t p2m_lookup(const struct domain *d, gfn_t at);
/*
 * The largest mapping that contains `at`: its frame for `at` and how many frames follow `at` in it,
 * itself included. For walking over what is mapped.
 */
mfn_t p2m_lookup_run(const struct domain *d, gfn_t at, uint64_t *frames);

#endif
