/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a decompressor reads, and where it writes to. All of the output stays in memory, so that it
 * is the window, too: no format needs any other memory.
 */
#ifndef UNPACK_STREAM_H
#define UNPACK_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What is left to be read. */
struct input {
    const uint8_t *at, *end;
};

/* From `start` on it has been written up to `at`; there is room up to `end`. */
struct output {
    uint8_t *start, *at, *end;
};

static inline size_t input_left(const struct input *in)
{
    return (size_t)(in->end - in->at);
}

static inline size_t output_room(const struct output *out)
{
    return (size_t)(out->end - out->at);
}

/* Little endian, `size` of at most 8 bytes, which are there. */
static inline uint64_t load_le(const uint8_t *bytes, unsigned int size)
{
    uint64_t value = 0;

    for (unsigned int i = 0; i < size; i++)
        value |= (uint64_t)bytes[i] << (8 * i);
    return value;
}

/* Take a number of `size` bytes; false: they aren't there. */
static inline bool input_number(struct input *in, unsigned int size, uint64_t *value)
{
    if (input_left(in) < size)
        return false;
    *value = load_le(in->at, size);
    in->at += size;
    return true;
}

/* Take the next `size` bytes as an input of their own; false: they aren't there. */
static inline bool input_part(struct input *in, size_t size, struct input *part)
{
    if (input_left(in) < size)
        return false;
    *part = (struct input){in->at, in->at + size};
    in->at += size;
    return true;
}

/* Copy `size` bytes from the input; false: they aren't there, or there is no room for them. */
static inline bool output_copy(struct output *out, struct input *in, size_t size)
{
    if (size > input_left(in) || size > output_room(out))
        return false;
    for (size_t i = 0; i < size; i++)
        out->at[i] = in->at[i];
    out->at += size;
    in->at += size;
    return true;
}

/* `size` times the same byte; false: there is no room for them. */
static inline bool output_fill(struct output *out, uint8_t value, size_t size)
{
    if (size > output_room(out))
        return false;
    for (size_t i = 0; i < size; i++)
        out->at[i] = value;
    out->at += size;
    return true;
}

/* Repeat `size` bytes from `distance` back, which may be less; false: they can't be. */
static inline bool output_repeat(struct output *out, size_t distance, size_t size)
{
    if (distance == 0 || distance > (size_t)(out->at - out->start) || size > output_room(out))
        return false;
    for (size_t i = 0; i < size; i++)
        out->at[i] = *(out->at + i - distance);
    out->at += size;
    return true;
}

#endif
