/* SPDX-License-Identifier: BSD-2-Clause */
/* The way to the hypervisor; tests have one of their own. */
#ifndef BW_HYPERCALL_H
#define BW_HYPERCALL_H

#include <stddef.h>

/* Bytes for a line of text, which has less (XSM_MAX_AUDIT). */
#define BW_TEXT 1024

/*
 * Zeroed memory that the hypervisor can reach, until the program ends; NULL: there is no way to it,
 * which has been said.
 */
void *bw_memory(size_t size);

/* BW_OP_*, with its structure in bw_memory(), or NULL. Returns 0 or -errno. */
int bw_call(unsigned int operation, void *structure);

#endif
