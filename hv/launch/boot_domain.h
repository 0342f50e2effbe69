/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot domain: steps 5 to 9 of the launch. It runs while all others are staged, and what it may
 * do to them is hv/ops/launch.c's.
 */
#ifndef HV_LAUNCH_BOOT_DOMAIN_H
#define HV_LAUNCH_BOOT_DOMAIN_H

#include "hv/domain/domain.h"
#include "hv/launch/plan.h"

/* Start it, alone, with the console. false: the launch has none. */
bool boot_domain_start(void);
/* It is over, or its time is. NULL: it has finalised; or why the launch has failed. */
const char *boot_domain_end(void);
/* It has finalised: clear all that it had and give it back. */
void boot_domain_reclaim(void);

/* --- for what it asks for, hv/ops/launch.c --- */

/* The domain is done: this is what becomes of the launch. Of several calls the first counts. */
void boot_domain_finalises(struct domain *d);
void boot_domain_gives_up(struct domain *d, const char *why);
/* It has come up. */
void boot_domain_came_up(const struct domain *d);
/* ns until its time is over. */
uint64_t boot_domain_time_left(void);

/*
 * The LCM as it may see it: NULL, or `*size` bytes. A copy without the nodes that the policy hides
 * from it; made when it is built, and given back with boot_domain_reclaim().
 */
const void *boot_domain_lcm(size_t *size);
/* Make that copy. NULL, or what is wrong. */
const char *boot_domain_copy_lcm(const struct planned_domain *planned);
/* Give it back. */
void boot_domain_forget_lcm(void);

#endif
