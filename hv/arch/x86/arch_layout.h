/* SPDX-License-Identifier: BSD-2-Clause */
/* Where the hypervisor and physical memory are in its address space. */
#ifndef HV_ARCH_X86_ARCH_LAYOUT_H
#define HV_ARCH_X86_ARCH_LAYOUT_H

#include "hv/types.h"

/* What the page tables of start.S map, and the most RAM that the direct map has room for. */
#define BOOT_MAP_SIZE (4 * GIB)
#define DIRECT_MAP_SIZE (16384 * GIB)

paddr_t image_start_paddr(void);
paddr_t image_end_paddr(void);

#endif
