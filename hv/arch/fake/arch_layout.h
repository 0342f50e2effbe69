/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where things are in the physical memory of a fake machine. What the boot page tables would reach
 * ends below the end of RAM, so that memory_add_high() has something to add.
 */
#ifndef HV_ARCH_FAKE_ARCH_LAYOUT_H
#define HV_ARCH_FAKE_ARCH_LAYOUT_H

#include "hv/types.h"

#define BOOT_MAP_SIZE (48 * MIB)
#define DIRECT_MAP_SIZE (256 * MIB)

paddr_t image_start_paddr(void);
paddr_t image_end_paddr(void);

#endif
