/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libxencall calls through /dev/xen/privcmd, and has memory from /dev/xen/hypercall, which Linux
 * neither moves nor takes away: the hypervisor copies by virtual addresses and waits for no page.
 * libxenevtchn has Linux bind event channels, since it must know of them.
 */
#include "tools/guests/bw/hypercall.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include <xencall.h>
#include <xenevtchn.h>
#include <xen/xen.h>
#include <xen/hvm/hvm_op.h>

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

int bw_own_param(uint32_t index, uint64_t *value)
{
    struct xen_hvm_param *param = bw_memory(sizeof(*param));

    if (param == NULL)
        return -ENODEV;
    *param = (struct xen_hvm_param){.domid = DOMID_SELF, .index = index};
    if (xencall2L(handle, __HYPERVISOR_hvm_op, HVMOP_get_param, (uintptr_t)param) < 0)
        return -errno;
    *value = param->value;
    return 0;
}

int bw_notify(uint16_t domid, uint32_t port)
{
    xenevtchn_handle *channels = xenevtchn_open(NULL, 0);
    int own, error = 0;

    if (channels == NULL)
        return -errno;
    own = xenevtchn_bind_interdomain(channels, domid, port);
    if (own < 0 || xenevtchn_notify(channels, (evtchn_port_t)own) < 0)
        error = -errno;
    (void)xenevtchn_close(channels);
    return error;
}
