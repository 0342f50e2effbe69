/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's console ring (Xen's public io/console.h). While no console domain exists, the
 * hypervisor's console (hv/machine/console.c) is at its other end, and calls this with its lock.
 */
#ifndef HV_DOMAIN_CONSOLE_RING_H
#define HV_DOMAIN_CONSOLE_RING_H

#include <stdbool.h>
#include <stddef.h>

struct domain;

/* So many times console_ring_drain() finds something in a full ring. */
#define CONSOLE_RING_MOST_DRAINS 32u

/*
 * Hand `write` some of what the domain has put into its ring, and tell the domain. `write` returns
 * false, and takes nothing, when it has no room. Returns whether something is left.
 */
bool console_ring_drain(struct domain *d,
                        bool (*write)(struct domain *d, const char *text, size_t size));
/* Give it a character of input; dropped when the ring is full. */
void console_ring_input(struct domain *d, char c);

#endif
