/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxencall calls through /dev/xen/privcmd, and has memory from /dev/xen/hypercall, which Linux
 * neither moves nor takes away: the hypervisor copies by virtual addresses and waits for no page.
 */
#include "tools/guests/bw/hypercall.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xencall.h>

#include "hv/public/bailiwick_op.h"

static xencall_handle *handle; /* libxencall says why there is none */

static bool is_open(void)
{
    if (handle == NULL)
        handle = xencall_open(NULL, XENCALL_OPENFLAG_NON_REENTRANT);
    return handle != NULL;
}

void *bw_memory(size_t size)
{
    void *memory = is_open() ? xencall_alloc_buffer(handle, size) : NULL;

    return memory == NULL ? NULL : memset(memory, 0, size);
}

int bw_call(unsigned int operation, void *structure)
{
    if (!is_open())
        return -ENODEV;
    return xencall2L(handle, HYPERVISOR_BAILIWICK_OP, operation, (uintptr_t)structure) < 0 ? -errno
                                                                                           : 0;
}
