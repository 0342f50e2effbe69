/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's console ring (Xen's public io/console.h). While no console domain exists, the
 * hypervisor is at its other end.
 */
#ifndef HV_DOMAIN_CONSOLE_RING_H
#define HV_DOMAIN_CONSOLE_RING_H

#include <stdbool.h>

struct domain;

/*
 * Print some of what the domain has put into its ring, and tell it. Returns whether something is
 * left; time_poll() goes on with it.
 */
bool console_ring_drain(struct domain *d);
/* The domain has stopped: print what is left in its ring, as far as there is room. */
void console_ring_drain_last(struct domain *d);
/* Give it a character of input; dropped when the ring is full. */
void console_ring_input(struct domain *d, char c);

#endif
