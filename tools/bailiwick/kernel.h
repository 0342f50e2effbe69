/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernel images: what a builder has (often a bzImage) and what the hypervisor takes (an ELF file
 * with a PVH entry).
 */
#ifndef BAILIWICK_KERNEL_H
#define BAILIWICK_KERNEL_H

#include <stdbool.h>

#include "tools/bailiwick/files.h"

bool kernel_is_bzimage(const struct bytes *image);
/* Replace a bzImage by the ELF file inside. NULL, or what is wrong with it: a text for people. */
const char *kernel_unpack(struct bytes *image);
/* Can this run as a 64-bit PVH guest? NULL, or why not: a text for people. */
const char *kernel_check_pvh(const uint8_t *data, size_t size);

#endif
