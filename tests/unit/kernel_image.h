/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels for tests of the host command: small, but of the right form.
 */
#ifndef TESTS_KERNEL_IMAGE_H
#define TESTS_KERNEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define KERNEL_IMAGE_SIZE 4096u
#define BZIMAGE_MAX_SIZE 16384u

enum packing { PACKING_NONE, PACKING_GZIP, PACKING_XZ, PACKING_LZ4, PACKING_ZSTD, NR_PACKINGS };

/* A 64-bit x86 ELF file with one note segment, which has the PVH entry's note or another. */
void kernel_image_elf(uint8_t elf[KERNEL_IMAGE_SIZE], bool pvh);
/* A bzImage with that ELF file in it. Returns its size. */
size_t kernel_image_bzimage(uint8_t bzimage[BZIMAGE_MAX_SIZE], const uint8_t *elf,
                            enum packing packing);

#endif
