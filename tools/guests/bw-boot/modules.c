/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw-boot/modules.h"

#include <string.h>

#include <xen/errno.h>

#include "tools/guests/bw-boot/call.h"

int32_t boot_read_part(uint32_t module, uint64_t offset)
{
    struct boot_place *place = boot_place();
    struct bw_module_read *read = &place->module_read;
    int error;

    *read = (struct bw_module_read){.index = module,
                                    .offset = offset,
                                    .buffer = (uintptr_t)place->bytes,
                                    .size = sizeof(place->bytes)};
    error = boot_call(BW_OP_module_read, read);
    if (error != 0)
        return error;
    return read->size <= sizeof(place->bytes) ? (int32_t)read->size : -XEN_EINVAL;
}

int64_t boot_read_module(uint32_t module, void *to, size_t room)
{
    const struct boot_place *place = boot_place();
    size_t size = 0;
    int32_t part;

    while ((part = boot_read_part(module, size)) > 0) {
        if ((size_t)part > room - size)
            return -XEN_E2BIG;
        memcpy((uint8_t *)to + size, place->bytes, (size_t)part);
        size += (size_t)part;
    }
    return part < 0 ? part : (int64_t)size;
}
