/* SPDX-License-Identifier: BSD-2-Clause */
/* A compiled policy in memory that is as large as the policy needs, as in the hypervisor. */
#ifndef BAILIWICK_POLICY_MEMORY_H
#define BAILIWICK_POLICY_MEMORY_H

#include "tools/bailiwick/files.h"
#include "xsm/engine.h"

/* What an engine decides by: the policy, and the table for the state that its booleans have. */
struct policy_memory {
    struct bytes policy, table;
};

/*
 * Have the engine decide by the policy of this image, which is not needed afterwards. -EINVAL: it
 * is none that the hypervisor takes; -ENOMEM. `error` says what and where.
 */
int policy_memory_load(struct xsm_engine *engine, const struct bytes *image,
                       struct policy_memory *memory, struct xsm_error *error);
void policy_memory_free(struct policy_memory *memory);

#endif
