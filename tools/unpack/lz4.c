/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: LZ4's block format, and the legacy frame of its frame format. */
#include "tools/unpack/formats.h"

#define MAGIC_SIZE 4u
#define SIZE_SIZE 4u
#define LARGEST_BLOCK ((size_t)8 << 20) /* unpacked */
#define LONG_LENGTH 15u
#define LEAST_MATCH 4u

/* What follows a length of 15: bytes to add, up to the first that isn't 255. */
static bool add_length(struct input *in, size_t *length)
{
    uint8_t more;

    if (*length != LONG_LENGTH)
        return true;
    do {
        if (in->at == in->end)
            return false;
        more = *in->at++;
        *length += more;
    } while (more == UINT8_MAX);
    return true;
}

/* Literals, and a repetition, which the last sequence of a block doesn't have. */
static bool sequence(struct input *in, struct output *out)
{
    unsigned int token = *in->at++;
    size_t length = token >> 4;
    uint64_t distance;

    if (!add_length(in, &length) || !output_copy(out, in, length))
        return false;
    if (in->at == in->end)
        return true;
    length = token & LONG_LENGTH;
    return input_number(in, 2, &distance) && add_length(in, &length) &&
           output_repeat(out, (size_t)distance, length + LEAST_MATCH);
}

static bool block(struct input in, struct output *out)
{
    while (in.at < in.end) {
        if (!sequence(&in, out))
            return false;
    }
    return true;
}

bool unpack_lz4(struct input in, struct output out)
{
    struct output part = out;
    struct input packed;
    uint64_t size;

    in.at += MAGIC_SIZE;
    while (in.at < in.end) {
        part.start = part.at;
        part.end = (size_t)(out.end - part.at) > LARGEST_BLOCK ? part.at + LARGEST_BLOCK : out.end;
        if (!input_number(&in, SIZE_SIZE, &size) || !input_part(&in, size, &packed) ||
            !block(packed, &part))
            return false;
    }
    return part.at == out.end;
}
