/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: the .xz file format, version 1.1.0; section numbers are its. Each block's data has a
 * CRC32, so that the sizes in the index aren't compared.
 */
#include "tools/unpack/bcj.h"
#include "tools/unpack/crc32.h"
#include "tools/unpack/formats.h"
#include "tools/unpack/lzma.h"

#define MAGIC_SIZE 6u
#define FLAGS_SIZE 2u
#define CRC_SIZE 4u
#define CHECK_CRC32 1u
#define INDEX 0u /* in place of a block */
#define UNIT 4u  /* of the sizes of headers, blocks and the index */
#define FOOTER_SIZE 12u
#define FOOTER_INDEX 4u /* how large it is */
#define FOOTER_MAGIC 10u
#define FLAG_FILTERS 0x03u /* how many there are, less one */
#define FLAG_PACKED_SIZE 0x40u
#define FLAG_SIZE 0x80u
#define FLAGS_RESERVED 0x3cu
#define FILTER_X86 0x04u
#define FILTER_LZMA2 0x21u
#define MOST_NUMBER_BYTES 9u

struct block {
    bool x86;
    uint32_t origin; /* of the filter for x86 */
};

/* 1.2: seven bits in each byte, the lowest first; the highest bit says that there are more. */
static bool take_number(struct input *in, uint64_t *value)
{
    *value = 0;
    for (unsigned int i = 0; i < MOST_NUMBER_BYTES && in->at < in->end; i++) {
        uint8_t byte = *in->at++;

        *value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

/* The CRC32 that follows is that of the bytes from `start` on. */
static bool check_crc(struct input *in, const uint8_t *start)
{
    uint32_t crc = crc32_of(start, (size_t)(in->at - start));
    uint64_t told;

    return input_number(in, CRC_SIZE, &told) && told == crc;
}

/* 2.1.1 */
static bool take_stream_header(struct input *in)
{
    const uint8_t *flags = in->at + MAGIC_SIZE;
    struct input skipped;

    return input_part(in, MAGIC_SIZE + FLAGS_SIZE, &skipped) && flags[0] == 0 &&
           flags[1] == CHECK_CRC32 && check_crc(in, flags);
}

/* 3.1.5 and 5.3. The last filter must be LZMA2; before it there may be the one for x86. */
static bool take_filter(struct input *in, bool last, struct block *block)
{
    uint64_t id, size, origin = 0;

    if (!take_number(in, &id) || !take_number(in, &size))
        return false;
    if (last) {
        struct input properties;

        return id == FILTER_LZMA2 && size == 1 && input_part(in, size, &properties);
    }
    block->x86 = true;
    if (id != FILTER_X86 || (size != 0 && size != 4) ||
        !input_number(in, (unsigned int)size, &origin))
        return false;
    block->origin = (uint32_t)origin;
    return true;
}

/* 3.1. The sizes in it are told by LZMA2, too. */
static bool take_block_header(struct input *in, struct block *block)
{
    const uint8_t *start = in->at;
    struct input header;
    uint64_t ignored;
    unsigned int flags, filters;

    if (!input_part(in, (*start + 1u) * UNIT - CRC_SIZE, &header) || !check_crc(in, start))
        return false;
    flags = header.at[1];
    filters = (flags & FLAG_FILTERS) + 1;
    header.at += 2;
    if (flags & FLAGS_RESERVED || filters > 2 ||
        (flags & FLAG_PACKED_SIZE && !take_number(&header, &ignored)) ||
        (flags & FLAG_SIZE && !take_number(&header, &ignored)))
        return false;
    for (unsigned int i = 1; i <= filters; i++)
        if (!take_filter(&header, i == filters, block))
            return false;
    return true;
}

/* 3 */
static bool take_block(struct input *in, struct output *out)
{
    const uint8_t *start = in->at;
    struct block block = {0};
    struct input padding;
    struct output part;
    uint64_t crc;

    if (!take_block_header(in, &block))
        return false;
    part = (struct output){out->at, out->at, out->end};
    if (!lzma2_unpack(in, &part) || !input_part(in, -(size_t)(in->at - start) % UNIT, &padding) ||
        !input_number(in, CRC_SIZE, &crc))
        return false;
    if (block.x86)
        bcj_x86_undo(out->at, (size_t)(part.at - out->at), block.origin);
    if (crc != crc32_of(out->at, (size_t)(part.at - out->at)))
        return false;
    out->at = part.at;
    return true;
}

/* 4 and 2.1.2: the index, whose size the footer tells, and the footer. */
static bool check_end(struct input in)
{
    struct input footer, part;
    uint64_t crc, size;

    if (input_left(&in) < FOOTER_SIZE || !input_part(&in, input_left(&in) - FOOTER_SIZE, &part) ||
        !input_part(&in, FOOTER_SIZE, &footer))
        return false;
    size = (load_le(footer.at + FOOTER_INDEX, 4) + 1) * UNIT;
    if (footer.at[FOOTER_MAGIC] != 'Y' || footer.at[FOOTER_MAGIC + 1] != 'Z' ||
        load_le(footer.at, CRC_SIZE) != crc32_of(footer.at + CRC_SIZE, FOOTER_MAGIC - CRC_SIZE) ||
        size != input_left(&part) || size <= CRC_SIZE)
        return false;
    crc = load_le(part.end - CRC_SIZE, CRC_SIZE);
    return crc == crc32_of(part.at, (size_t)size - CRC_SIZE);
}

bool unpack_xz(struct input in, struct output out)
{
    if (!take_stream_header(&in))
        return false;
    while (in.at < in.end && *in.at != INDEX) {
        if (!take_block(&in, &out))
            return false;
    }
    return out.at == out.end && check_end(in);
}
