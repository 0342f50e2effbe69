/* SPDX-License-Identifier: BSD-2-Clause */
#include <lz4.h>
#include <lzma.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* next_in points to const */
#include <zlib.h>
#include <zstd.h>

#include "tools/bailiwick/unpack.h"

#define LARGEST_KERNEL ((size_t)512 << 20)
#define XZ_MEMORY ((uint64_t)512 << 20)
#define LZ4_MAGIC_SIZE 4u
#define LZ4_LARGEST_BLOCK ((size_t)8 << 20)
#define GZIP_WINDOW (15 + 16) /* the largest window, and a gzip header */

/* Each of these unpacks to exactly `out_size` bytes. */
typedef bool unpack_function(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size);

static bool unpack_none(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    if (in_size < out_size)
        return false;
    memcpy(out, in, out_size);
    return true;
}

static bool unpack_gzip(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    z_stream stream = {0};
    int result;

    stream.next_in = in;
    stream.avail_in = (uInt)in_size;
    stream.next_out = out;
    stream.avail_out = (uInt)out_size;
    if (inflateInit2(&stream, GZIP_WINDOW) != Z_OK)
        return false;
    result = inflate(&stream, Z_FINISH);
    inflateEnd(&stream);
    return result == Z_STREAM_END && stream.total_out == out_size;
}

static bool unpack_xz(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    uint64_t memory = XZ_MEMORY;
    size_t in_position = 0, out_position = 0;

    return lzma_stream_buffer_decode(&memory, 0, NULL, in, &in_position, in_size, out,
                                     &out_position, out_size) == LZMA_OK &&
           out_position == out_size;
}

static bool unpack_zstd(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    size_t frame = ZSTD_findFrameCompressedSize(in, in_size);

    return !ZSTD_isError(frame) && ZSTD_decompress(out, out_size, in, frame) == out_size;
}

/* LZ4's legacy format: blocks with their size in front, and nothing that says which is the last. */
static bool unpack_lz4(const uint8_t *in, size_t in_size, uint8_t *out, size_t out_size)
{
    size_t at = LZ4_MAGIC_SIZE, done = 0;

    while (done < out_size) {
        size_t room = out_size - done < LZ4_LARGEST_BLOCK ? out_size - done : LZ4_LARGEST_BLOCK;
        size_t block;
        int length;

        if (in_size - at < 4)
            return false;
        block = (size_t)in[at] | (size_t)in[at + 1] << 8 | (size_t)in[at + 2] << 16 |
                (size_t)in[at + 3] << 24;
        at += 4;
        if (block > in_size - at || block > LARGEST_KERNEL)
            return false;
        length =
            LZ4_decompress_safe((const char *)in + at, (char *)out + done, (int)block, (int)room);
        if (length <= 0)
            return false;
        at += block;
        done += (size_t)length;
    }
    return true;
}

static const struct {
    const char *magic;
    size_t magic_size;
    unpack_function *function;
} formats[] = {
    {"\x7f"
     "ELF",
     4, unpack_none},
    {"\x1f\x8b", 2, unpack_gzip},
    {"\xfd"
     "7zXZ",
     6, unpack_xz},
    {"\x28\xb5\x2f\xfd", 4, unpack_zstd},
    {"\x02\x21\x4c\x18", LZ4_MAGIC_SIZE, unpack_lz4},
};

static unpack_function *find_format(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        if (size >= formats[i].magic_size &&
            memcmp(data, formats[i].magic, formats[i].magic_size) == 0)
            return formats[i].function;
    }
    return NULL;
}

const char *unpack(const uint8_t *data, size_t size, struct bytes *unpacked)
{
    unpack_function *function = find_format(data, size);

    if (!function)
        return "its compression is not gzip, xz, lz4 or zstd";
    if (unpacked->size == 0 || unpacked->size > LARGEST_KERNEL || size > LARGEST_KERNEL)
        return "its unpacked size is not believable";
    unpacked->data = malloc(unpacked->size);
    if (!unpacked->data)
        return "there is not enough memory to unpack it";
    if (function(data, size, unpacked->data, unpacked->size))
        return NULL;
    bytes_free(unpacked);
    return "it is damaged: it doesn't unpack to what its header says";
}
