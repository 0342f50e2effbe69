/* SPDX-License-Identifier: BSD-2-Clause */
/* What Linux's build does to a kernel, with the libraries that its tools are made of. */
#ifndef TESTS_PACKER_H
#define TESTS_PACKER_H

#include <stddef.h>
#include <stdint.h>

enum packer {
    PACKER_GZIP,
    PACKER_GZIP_FAST,
    PACKER_GZIP_STORED,
    PACKER_GZIP_FIXED,
    PACKER_XZ,
    PACKER_XZ_X86,
    PACKER_XZ_OTHER_BITS,
    PACKER_XZ_BLOCKS,
    PACKER_LZ4,
    PACKER_LZ4_FAST,
    PACKER_ZSTD,
    PACKER_ZSTD_FAST,
    PACKER_ZSTD_FASTER,
    PACKER_ZSTD_BEST,
    PACKER_ZSTD_STREAM,
    NR_PACKERS
};

/*
 * Pack as a bzImage's payload: gzip ends with the unpacked size itself, behind the others it is
 * added. Returns the payload's size.
 */
size_t packer_pack(enum packer packer, const uint8_t *data, size_t size, uint8_t *payload,
                   size_t room);
/* The room that is enough for `size` bytes. */
size_t packer_room(size_t size);
/* A bzImage with such a payload; returns its size. It needs BZIMAGE_HEAD bytes more. */
#define BZIMAGE_HEAD 0x700u
size_t packer_bzimage(const uint8_t *payload, size_t size, uint8_t *bzimage);

#endif
