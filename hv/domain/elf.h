/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels: ELF files of 64 bits (the ELF-64 object file format). */
#ifndef HV_DOMAIN_ELF_H
#define HV_DOMAIN_ELF_H

#include "hv/types.h"

struct elf_segment {
    uint64_t offset, file_size; /* bytes, in the file */
    uint64_t address, size;     /* bytes, physical */
};

struct elf {
    const uint8_t *image;
    size_t size;
    uint16_t machine, nr_headers;
    uint64_t headers;
};

/* NULL, or a sentence about what is wrong with the file. */
const char *elf_open(struct elf *elf, const void *image, size_t size);
/*
 * Loadable segment number `index`, counting program headers; false: this one isn't loadable. What
 * it says lies within the file and does not wrap.
 */
bool elf_segment(const struct elf *elf, unsigned int index, struct elf_segment *segment);
/* A number from a note of this owner and type, of 4 or 8 bytes; false: there is none. */
bool elf_note(const struct elf *elf, const char *owner, uint32_t type, uint64_t *value);

#endif
