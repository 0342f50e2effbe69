/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 8878, 3.1.1.3.1. */
#include "tools/unpack/zstd.h"

enum kind { RAW, REPEATED, PACKED, PACKED_SAME_TREE };

static uint8_t unpacked[ZSTD_LARGEST_BLOCK];

/* What isn't packed: bytes, or one byte for all. */
static bool read_plain(enum kind kind, unsigned int format, struct input *in,
                       struct input *literals)
{
    static const unsigned int header_size[] = {1, 2, 1, 3}, shift[] = {3, 4, 3, 4};
    uint64_t size;

    if (!input_number(in, header_size[format], &size))
        return false;
    size >>= shift[format];
    if (kind == RAW)
        return input_part(in, size, literals);
    if (size > sizeof(unpacked) || in->at == in->end)
        return false;
    for (size_t i = 0; i < size; i++)
        unpacked[i] = *in->at;
    in->at++;
    *literals = (struct input){unpacked, unpacked + size};
    return true;
}

static bool read_packed(enum kind kind, unsigned int format, struct input *in,
                        struct input *literals)
{
    static const unsigned int header_size[] = {3, 3, 4, 5}, size_bits[] = {10, 10, 14, 18};
    uint64_t header, mask = (1ul << size_bits[format]) - 1, size;
    struct input part;

    if (!input_number(in, header_size[format], &header) ||
        !input_part(in, header >> 4 >> size_bits[format] & mask, &part))
        return false;
    size = header >> 4 & mask;
    if (size > sizeof(unpacked) || (kind == PACKED && !huffman_read(&part)))
        return false;
    *literals = (struct input){unpacked, unpacked + size};
    return huffman_unpack(part, format != 0, unpacked, size);
}

bool literals_read(struct input *in, struct input *literals)
{
    enum kind kind;
    unsigned int format;

    if (in->at == in->end)
        return false;
    kind = (enum kind)(*in->at & 3);
    format = *in->at >> 2 & 3;
    return kind <= REPEATED ? read_plain(kind, format, in, literals)
                            : read_packed(kind, format, in, literals);
}
