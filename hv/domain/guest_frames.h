/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing into a domain's memory by guest physical address, while it is being built. */
#ifndef HV_DOMAIN_GUEST_FRAMES_H
#define HV_DOMAIN_GUEST_FRAMES_H

#include "hv/types.h"

struct domain;

/* Copy `size` bytes to guest physical `address`. -EFAULT: not all of it is memory of the domain. */
int guest_frames_write(struct domain *d, uint64_t address, const void *from, uint64_t size);

#endif
