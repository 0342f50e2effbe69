/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to the hypervisor; tests have one of their own. */
#ifndef BW_HYPERCALL_H
#define BW_HYPERCALL_H

#include <stddef.h>
#include <stdint.h>

/* Bytes for a line of text, which has less (XSM_MAX_AUDIT). */
#define BW_TEXT 1024

/*
 * Zeroed memory that the hypervisor can reach, until the program ends; NULL: there is no way to it,
 * which has been said.
 */
void *bw_memory(size_t size);

/* BW_OP_*, with its structure in bw_memory(), or NULL. Returns 0 or -errno. */
int bw_call(unsigned int operation, void *structure);

/* One of this domain's HVM_PARAM_*. Returns 0 or -errno. */
int bw_own_param(uint32_t index, uint64_t *value);
/* Bind to a domain's event channel, notify it, and let go of it. Returns 0 or -errno. */
int bw_notify(uint16_t domid, uint32_t port);

#endif
