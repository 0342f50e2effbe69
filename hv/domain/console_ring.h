/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A domain's console ring (Xen's public io/console.h). While no console domain exists, the
 * hypervisor is at its other end.
 */
#ifndef HV_DOMAIN_CONSOLE_RING_H
#define HV_DOMAIN_CONSOLE_RING_H

struct domain;

/* Print what the domain has put into its ring, at most one ring full, and tell it. */
void console_ring_drain(struct domain *d);
/* Give it a character of input; dropped when the ring is full. */
void console_ring_input(struct domain *d, char c);

#endif
