/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: the LZMA SDK's description of LZMA, and LZMA2's chunks as XZ Utils documents them. */
#include "tools/unpack/lzma.h"

#define END 0u
#define STORED_NEW_WINDOW 1u
#define STORED 2u
#define PACKED 0x80u
#define SIZE_HIGH 0x1fu
#define RESET_SHIFT 5
#define RESET_MASK 3u

/* What a packed chunk does first; each does what those before it do. */
enum reset { RESET_NOTHING, RESET_STATE, RESET_PROPERTIES, RESET_WINDOW };

/* What a chunk needs that an earlier one must have brought. */
struct had {
    bool window, properties, state;
};

/* Big endian. */
static bool size_of(struct input *in, size_t *size)
{
    uint64_t bytes;

    if (!input_number(in, 2, &bytes))
        return false;
    *size = (size_t)((bytes & 0xff) << 8 | bytes >> 8) + 1;
    return true;
}

static bool stored(struct input *in, struct output *out, bool new_window, struct had *had)
{
    size_t size;

    if (new_window) {
        out->start = out->at;
        had->window = true;
    }
    return had->window && size_of(in, &size) && output_copy(out, in, size);
}

static bool reset(enum reset what, struct input *in, struct output *out, struct had *had)
{
    if (what == RESET_WINDOW) {
        out->start = out->at;
        had->window = true;
    }
    if (what >= RESET_PROPERTIES) {
        if (in->at == in->end || !lzma_set_properties(*in->at++))
            return false;
        had->properties = true;
    }
    if (what >= RESET_STATE) {
        lzma_reset();
        had->state = true;
    }
    return had->window && had->properties && had->state;
}

static bool packed(unsigned int control, struct input *in, struct output *out, struct had *had)
{
    size_t size, packed_size;
    struct output part;
    struct input chunk;

    if (!size_of(in, &size) || !size_of(in, &packed_size) ||
        !reset(control >> RESET_SHIFT & RESET_MASK, in, out, had))
        return false;
    size += (size_t)(control & SIZE_HIGH) << 16;
    if (size > output_room(out) || !input_part(in, packed_size, &chunk))
        return false;
    part = (struct output){out->start, out->at, out->at + size};
    out->at += size;
    return lzma_chunk(chunk, &part);
}

bool lzma2_unpack(struct input *in, struct output *out)
{
    struct had had = {0};

    while (in->at < in->end) {
        unsigned int control = *in->at++;

        if (control == END)
            return true;
        if (control > STORED && control < PACKED)
            return false;
        if (control >= PACKED ? !packed(control, in, out, &had)
                              : !stored(in, out, control == STORED_NEW_WINDOW, &had))
            return false;
    }
    return false;
}
