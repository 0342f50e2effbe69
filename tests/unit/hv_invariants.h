/* SPDX-License-Identifier: BSD-2-Clause */
/* What is true of the hypervisor between any two calls. */
#ifndef TESTS_HV_INVARIANTS_H
#define TESTS_HV_INVARIANTS_H

#include <stdint.h>

struct domain;

/*
 * NULL, or what is wrong: no frame is mapped by two domains or twice; each mapped frame is the
 * domain's own, and each frame of its own is mapped or kept for it; the hypervisor's frames are
 * `base` and those of the domains; both ends of a channel say the same; only vCPUs that can run
 * are queued.
 */
const char *invariants_broken(uint64_t base);
/* Frames that the hypervisor has now, for `base` before there are domains. */
uint64_t invariants_hypervisor_frames(void);
/* The same, less those that are for domains. */
uint64_t invariants_frames_without_domains(void);
/* How many of them are for this domain. */
uint64_t invariants_frames_of(const struct domain *d);

#endif
