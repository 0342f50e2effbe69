/* SPDX-License-Identifier: BSD-2-Clause */
/* The kernel itself: an ELF file of 64 bits, with a note that says where PVH enters it. */
#ifndef UNPACK_ELF_H
#define UNPACK_ELF_H

#include "tools/unpack/stream.h"

#define ELF_MAX_SEGMENTS 16u

struct segment {
    const uint8_t *data; /* in the file */
    uint64_t data_size;
    uint64_t address, size; /* physical; doesn't wrap, and isn't less than data_size */
};

struct kernel {
    struct segment segment[ELF_MAX_SEGMENTS];
    unsigned int nr_segments;
    uint32_t entry;
};

/* NULL, or what is wrong with it: a text for people. */
const char *elf_read(struct input file, struct kernel *kernel);

#endif
