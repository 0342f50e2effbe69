/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"

/* unpacker_image.S */
extern const uint8_t unpacker_start[], unpacker_end[];

struct guest_module arch_unpacker(void)
{
    return (struct guest_module){unpacker_start, (size_t)(unpacker_end - unpacker_start)};
}
