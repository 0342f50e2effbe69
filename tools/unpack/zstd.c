/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 8878, 3.1.1. */
#include "tools/unpack/formats.h"
#include "tools/unpack/zstd.h"

#define MAGIC_SIZE 4u
#define FLAG_CHECKSUM 0x04u
#define FLAG_RESERVED 0x08u
#define FLAG_SINGLE_SEGMENT 0x20u
#define DICTIONARY_MASK 3u
#define SIZE_SHIFT 6
#define BLOCK_HEADER_SIZE 3u
#define BLOCK_LAST 1u
#define BLOCK_KIND_MASK 3u
#define CHECKSUM_SIZE 4u

enum kind { RAW, REPEATED, PACKED };

/* The sizes in it are known. False: it wants a dictionary, or is damaged. */
static bool take_header(struct input *in, bool *checksum)
{
    static const unsigned int size_sizes[] = {0, 2, 4, 8};
    unsigned int flags, size;
    struct input skipped;

    if (input_left(in) <= MAGIC_SIZE)
        return false;
    flags = in->at[MAGIC_SIZE];
    in->at += MAGIC_SIZE + 1;
    size = size_sizes[flags >> SIZE_SHIFT];
    if (!(flags & FLAG_SINGLE_SEGMENT))
        size++; /* the window's size */
    else if (size == 0)
        size = 1;
    *checksum = (flags & FLAG_CHECKSUM) != 0;
    return !(flags & (FLAG_RESERVED | DICTIONARY_MASK)) && input_part(in, size, &skipped);
}

static bool take_packed(struct input in, struct output *out)
{
    struct output part = *out;
    struct input literals;

    if (output_room(out) > ZSTD_LARGEST_BLOCK)
        part.end = part.at + ZSTD_LARGEST_BLOCK;
    if (!literals_read(&in, &literals) || !sequences_execute(in, literals, &part))
        return false;
    out->at = part.at;
    return true;
}

static bool take_block(struct input *in, struct output *out, bool *last)
{
    struct input packed;
    uint64_t header;
    size_t size;

    if (!input_number(in, BLOCK_HEADER_SIZE, &header))
        return false;
    *last = (header & BLOCK_LAST) != 0;
    size = (size_t)(header >> 3);
    if (size > ZSTD_LARGEST_BLOCK)
        return false;
    switch (header >> 1 & BLOCK_KIND_MASK) {
    case RAW:
        return output_copy(out, in, size);
    case REPEATED:
        return in->at < in->end && output_fill(out, *in->at++, size);
    case PACKED:
        return input_part(in, size, &packed) && take_packed(packed, out);
    default:
        return false;
    }
}

bool unpack_zstd(struct input in, struct output out)
{
    bool last = false, checksum;
    uint64_t sum;

    if (!take_header(&in, &checksum))
        return false;
    sequences_reset();
    while (!last) {
        if (!take_block(&in, &out, &last))
            return false;
    }
    if (out.at != out.end)
        return false;
    if (checksum && (!input_number(&in, CHECKSUM_SIZE, &sum) ||
                     sum != (uint32_t)xxh64_of(out.start, (size_t)(out.end - out.start))))
        return false;
    return in.at == in.end;
}
