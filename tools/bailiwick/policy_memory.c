/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/policy_memory.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "xsm/policy.h"

#define ALIGNMENT 16u

static int make_room(struct bytes *block, size_t size, struct xsm_error *error)
{
    block->size = (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    block->data = aligned_alloc(ALIGNMENT, block->size);
    if (block->data)
        return 0;
    snprintf(error->text, sizeof(error->text), "not enough memory");
    return -ENOMEM;
}

int policy_memory_load(struct xsm_engine *engine, const struct bytes *image,
                       struct policy_memory *memory, struct xsm_error *error)
{
    struct flask_policy *policy;
    struct flask_table *table;
    int status = make_room(&memory->policy, xsm_policy_room(image->size), error);

    if (status == 0)
        status = xsm_read_policy(image->data, image->size, memory->policy.data, memory->policy.size,
                                 &policy, error);
    if (status == 0)
        status = make_room(&memory->table, xsm_table_room(policy), error);
    if (status == 0)
        status =
            xsm_build_table(policy, NULL, memory->table.data, memory->table.size, &table, error);
    if (status == 0)
        xsm_publish(engine, table);
    return status;
}

void policy_memory_free(struct policy_memory *memory)
{
    bytes_free(&memory->policy);
    bytes_free(&memory->table);
}
