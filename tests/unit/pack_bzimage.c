/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Usage: pack_bzimage FORMAT KERNEL BZIMAGE
 *
 * Make a bzImage of an ELF file, for tests. FORMAT is gzip, xz, lz4 or zstd.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/packer.h"

#define LARGEST ((size_t)64 << 20)

static const struct {
    const char *name;
    enum packer packer;
} formats[] = {
    {"gzip", PACKER_GZIP},
    {"xz", PACKER_XZ_X86},
    {"lz4", PACKER_LZ4},
    {"zstd", PACKER_ZSTD_BEST},
};

static size_t read_file(const char *path, uint8_t *data)
{
    FILE *file = fopen(path, "rb");
    size_t size = file != NULL ? fread(data, 1, LARGEST, file) : 0;

    if (file != NULL)
        (void)fclose(file);
    return size;
}

static int write_file(const char *path, const uint8_t *data, size_t size)
{
    FILE *file = fopen(path, "wb");
    size_t written = file != NULL ? fwrite(data, 1, size, file) : 0;

    return file != NULL && fclose(file) == 0 && written == size ? EXIT_SUCCESS : EXIT_FAILURE;
}

int main(int argc, char **argv)
{
    static uint8_t kernel[LARGEST], payload[LARGEST + LARGEST / 8], bzimage[sizeof(payload)];
    size_t size = argc == 4 ? read_file(argv[2], kernel) : 0;

    for (size_t i = 0; size > 0 && i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (strcmp(argv[1], formats[i].name) == 0) {
            size = packer_pack(formats[i].packer, kernel, size, payload, packer_room(size));
            return write_file(argv[3], bzimage, packer_bzimage(payload, size, bzimage));
        }
    }
    (void)fputs("usage: pack_bzimage gzip|xz|lz4|zstd KERNEL BZIMAGE\n", stderr);
    return EXIT_FAILURE;
}
