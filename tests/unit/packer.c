/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <string.h>

#include <cmocka.h>
#include <lz4hc.h>
#include <lzma.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "tests/unit/packer.h"

#define SETUP_SECTORS 2u
#define PAYLOAD_OFFSET (BZIMAGE_HEAD - (SETUP_SECTORS + 1) * 512)
#define LZ4_BLOCK ((size_t)8 << 20)
#define WINDOW_BITS 20 /* more would take memory for all of it */

static void store_le(uint8_t *bytes, size_t value)
{
    for (unsigned int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

size_t packer_room(size_t size)
{
    return size + size / 100 + 1024;
}

/* NOLINTNEXTLINE(readability-non-const-parameter): zlib writes through it */
static size_t pack_gzip(const uint8_t *data, size_t size, uint8_t *out, size_t room, int level,
                        int strategy)
{
    z_stream stream = {
        .next_in = data, .avail_in = (uInt)size, .next_out = out, .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&stream, level, Z_DEFLATED, 15 + 16, 8, strategy), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    return (size_t)stream.total_out;
}

/* As xz --check=crc32, with the options of the filters that the kernel's build gives and others. */
static size_t pack_xz(const uint8_t *data, size_t size, uint8_t *out, size_t room, bool x86,
                      bool other_bits)
{
    lzma_options_lzma options;
    lzma_filter filters[] = {
        {.id = LZMA_FILTER_X86}, {LZMA_FILTER_LZMA2, &options}, {.id = LZMA_VLI_UNKNOWN}};
    size_t at = 0;

    assert_false(lzma_lzma_preset(&options, 6));
    options.dict_size = 1u << WINDOW_BITS;
    if (other_bits) {
        options.lc = 0;
        options.lp = 3;
        options.pb = 4;
    }
    assert_int_equal(lzma_stream_buffer_encode(x86 ? filters : filters + 1, LZMA_CHECK_CRC32, NULL,
                                               data, size, out, &at, room),
                     LZMA_OK);
    return at;
}

static size_t pack_xz_blocks(const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
    lzma_options_lzma options;
    const lzma_filter filters[] = {
        {.id = LZMA_FILTER_X86}, {LZMA_FILTER_LZMA2, &options}, {.id = LZMA_VLI_UNKNOWN}};
    lzma_stream stream = LZMA_STREAM_INIT;
    const size_t half = size / 2;

    assert_false(lzma_lzma_preset(&options, 1));
    options.dict_size = 1u << WINDOW_BITS;
    assert_int_equal(lzma_stream_encoder(&stream, filters, LZMA_CHECK_CRC32), LZMA_OK);
    stream.next_out = out;
    stream.avail_out = room;
    stream.next_in = data;
    stream.avail_in = half;
    assert_int_equal(lzma_code(&stream, LZMA_FULL_FLUSH), LZMA_STREAM_END);
    stream.avail_in = size - half;
    assert_int_equal(lzma_code(&stream, LZMA_FINISH), LZMA_STREAM_END);
    room -= stream.avail_out;
    lzma_end(&stream);
    return room;
}

static size_t pack_lz4(const uint8_t *data, size_t size, uint8_t *out, size_t room, bool fast)
{
    size_t at = 4;

    memcpy(out, "\x02\x21\x4c\x18", 4);
    for (size_t from = 0; from < size; from += LZ4_BLOCK) {
        int part = (int)(size - from < LZ4_BLOCK ? size - from : LZ4_BLOCK);
        const char *in = (const char *)data + from;
        char *to = (char *)out + at + 4;
        int packed = fast ? LZ4_compress_default(in, to, part, (int)(room - at - 4))
                          : LZ4_compress_HC(in, to, part, (int)(room - at - 4), 9);

        assert_true(packed > 0);
        store_le(out + at, (size_t)packed);
        at += 4 + (size_t)packed;
    }
    return at;
}

/* As a stream its header doesn't say how long it is, as where the kernel's build pipes it. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the library writes through it */
static size_t pack_zstd(const uint8_t *data, size_t size, uint8_t *out, size_t room, int level,
                        bool as_stream)
{
    ZSTD_CCtx *context = ZSTD_createCCtx();
    ZSTD_outBuffer to = {out, room, 0};
    ZSTD_inBuffer first = {data, size / 2, 0}, all = {data, size, 0};

    ZSTD_CCtx_setParameter(context, ZSTD_c_compressionLevel, level);
    ZSTD_CCtx_setParameter(context, ZSTD_c_windowLog, WINDOW_BITS);
    ZSTD_CCtx_setParameter(context, ZSTD_c_checksumFlag, level > 1);
    if (as_stream) {
        ZSTD_CCtx_setParameter(context, ZSTD_c_contentSizeFlag, 0);
        ZSTD_CCtx_setPledgedSrcSize(context, size); /* or it takes tables for any size */
        assert_false(ZSTD_isError(ZSTD_compressStream2(context, &to, &first, ZSTD_e_flush)));
        all.pos = first.pos;
    }
    assert_int_equal(ZSTD_compressStream2(context, &to, &all, ZSTD_e_end), 0);
    ZSTD_freeCCtx(context);
    return to.pos;
}

static size_t pack(enum packer packer, const uint8_t *data, size_t size, uint8_t *out, size_t room)
{
    switch (packer) {
    case PACKER_XZ:
        return pack_xz(data, size, out, room, false, false);
    case PACKER_XZ_X86:
        return pack_xz(data, size, out, room, true, false);
    case PACKER_XZ_OTHER_BITS:
        return pack_xz(data, size, out, room, true, true);
    case PACKER_XZ_BLOCKS:
        return pack_xz_blocks(data, size, out, room);
    case PACKER_LZ4:
        return pack_lz4(data, size, out, room, false);
    case PACKER_LZ4_FAST:
        return pack_lz4(data, size, out, room, true);
    case PACKER_ZSTD:
        return pack_zstd(data, size, out, room, 19, false);
    case PACKER_ZSTD_FAST:
        return pack_zstd(data, size, out, room, 1, false);
    case PACKER_ZSTD_FASTER:
        return pack_zstd(data, size, out, room, -5, false);
    case PACKER_ZSTD_BEST:
        return pack_zstd(data, size, out, room, 22, true);
    case PACKER_ZSTD_STREAM:
    default:
        return pack_zstd(data, size, out, room, 3, true);
    }
}

size_t packer_pack(enum packer packer, const uint8_t *data, size_t size, uint8_t *payload,
                   size_t room)
{
    size_t packed;

    if (packer <= PACKER_GZIP_FIXED)
        return pack_gzip(data, size, payload, room,
                         packer == PACKER_GZIP_STORED ? 0
                         : packer == PACKER_GZIP_FAST ? 1
                                                      : 9,
                         packer == PACKER_GZIP_FIXED ? Z_FIXED : Z_DEFAULT_STRATEGY);
    packed = pack(packer, data, size, payload, room - 4);
    store_le(payload + packed, size);
    return packed + 4;
}

size_t packer_bzimage(const uint8_t *payload, size_t size, uint8_t *bzimage)
{
    memset(bzimage, 0, BZIMAGE_HEAD);
    memcpy(bzimage + BZIMAGE_HEAD, payload, size);
    bzimage[0x1f1] = SETUP_SECTORS;
    memcpy(bzimage + 0x202, "HdrS", 4);
    bzimage[0x206] = 0x0f;
    bzimage[0x207] = 0x02;
    store_le(bzimage + 0x248, PAYLOAD_OFFSET);
    store_le(bzimage + 0x24c, size);
    return BZIMAGE_HEAD + size;
}
