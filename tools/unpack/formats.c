/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/unpack/formats.h"

#include <string.h>

#define SIZE_SIZE 4u /* what follows the payload of all but gzip, whose own last field it is */

static const struct {
    const char *magic;
    size_t magic_size;
    bool (*unpack)(struct input in, struct output out);
    size_t size_size;
} formats[] = {
    {GZIP_MAGIC, sizeof(GZIP_MAGIC) - 1, unpack_gzip, 0},
    {XZ_MAGIC, sizeof(XZ_MAGIC) - 1, unpack_xz, SIZE_SIZE},
    {LZ4_MAGIC, sizeof(LZ4_MAGIC) - 1, unpack_lz4, SIZE_SIZE},
    {ZSTD_MAGIC, sizeof(ZSTD_MAGIC) - 1, unpack_zstd, SIZE_SIZE},
};

const char *unpack_payload(struct input payload, struct output out)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (input_left(&payload) < formats[i].magic_size + formats[i].size_size ||
            memcmp(payload.at, formats[i].magic, formats[i].magic_size) != 0)
            continue;
        payload.end -= formats[i].size_size;
        return formats[i].unpack(payload, out) ? NULL
                                               : "it is damaged: it doesn't unpack to what it says";
    }
    return "its compression is not gzip, xz, lz4 or zstd";
}
