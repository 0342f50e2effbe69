/* SPDX-License-Identifier: BSD-2-Clause */
/* What PVH tells a kernel when it starts (Xen's public arch-x86/hvm/start_info.h). */
#ifndef UNPACK_START_INFO_H
#define UNPACK_START_INFO_H

#include <stdint.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "tools/unpack/ranges.h"

#define MAX_MODULES 32u
#define MAX_MAP 32u
#define MAX_TEXT 8192u

/* A copy of it and of all that it points to, since the kernel may need that memory. */
struct start {
    struct hvm_start_info info;
    struct hvm_modlist_entry module[MAX_MODULES];
    struct hvm_memmap_table_entry map[MAX_MAP];
    char text[MAX_TEXT]; /* command lines */
    uint32_t text_size;
};

/* NULL, or what is wrong. */
const char *start_copy(struct start *start, uint64_t info);
/* The memory that can be reached: RAM below 4 GiB. */
void start_memory(const struct start *start, struct ranges *memory);
/* Take the first module, the bzImage, away. The copy is at `address`: what points into it. */
void start_finish(struct start *start, uint64_t address);

#endif
