/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * AMD's container of microcode, as firmware packages have it (microcode_amd_fam17h.bin): the magic
 * number, a table from what CPUID says of a CPU to a number of patches' own, and patches, each for
 * one such number. Containers may follow each other in one file. All numbers are little endian.
 *
 *   container  magic 0x00414d44; u32 0, u32 size, table; { u32 1, u32 size, patch } ...
 *   table      { u32 signature (CPUID 1, EAX); u32, u32; u16 number; u16 } ..., the last all 0
 *   patch      64 bytes of header, then what only the CPU understands:
 *              0 u32 date; 4 u32 revision; 16 u32, 20 u32 chip sets, 0 if for all; 24 u16 number
 *
 * Such a file has no checksum; its digest in the LCM is one, and the CPU checks a patch's
 * signature.
 */
#ifndef HV_ARCH_X86_MICROCODE_CONTAINER_H
#define HV_ARCH_X86_MICROCODE_CONTAINER_H

#include <stddef.h>
#include <stdint.h>

struct microcode_patch {
    const void *data;  /* header first; NULL: none is for this CPU */
    size_t size;       /* bytes */
    uint32_t revision; /* the newest of those for this CPU */
};

/*
 * Look through the whole of it for patches for CPUs with this signature. -EINVAL: it isn't such a
 * container, or is damaged, and `why` is a sentence about it.
 */
int microcode_find(const void *data, size_t size, uint32_t signature, struct microcode_patch *patch,
                   const char **why);

#endif
