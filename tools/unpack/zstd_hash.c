/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: the XXH64 algorithm as doc/xxhash_spec.md of xxHash describes it. */
#include "tools/unpack/zstd.h"

#define PRIME1 0x9e3779b185ebca87ul
#define PRIME2 0xc2b2ae3d27d4eb4ful
#define PRIME3 0x165667b19e3779f9ul
#define PRIME4 0x85ebca77c2b2ae63ul
#define PRIME5 0x27d4eb2f165667c5ul
#define NR_LANES 4ul
#define STRIPE (NR_LANES * 8)

static uint64_t rotate(uint64_t value, unsigned int bits)
{
    return value << bits | value >> (64 - bits);
}

static uint64_t mix(uint64_t lane, uint64_t value)
{
    return rotate(lane + value * PRIME2, 31) * PRIME1;
}

static uint64_t take_stripes(struct input *in)
{
    uint64_t lane[NR_LANES] = {PRIME1 + PRIME2, PRIME2, 0, 0 - PRIME1}, hash;

    while (input_left(in) >= STRIPE) {
        for (unsigned int i = 0; i < NR_LANES; i++, in->at += 8)
            lane[i] = mix(lane[i], load_le(in->at, 8));
    }
    hash = rotate(lane[0], 1) + rotate(lane[1], 7) + rotate(lane[2], 12) + rotate(lane[3], 18);
    for (unsigned int i = 0; i < NR_LANES; i++)
        hash = (hash ^ mix(0, lane[i])) * PRIME1 + PRIME4;
    return hash;
}

static uint64_t take_rest(struct input *in, uint64_t hash)
{
    for (; input_left(in) >= 8; in->at += 8)
        hash = rotate(hash ^ mix(0, load_le(in->at, 8)), 27) * PRIME1 + PRIME4;
    for (; input_left(in) >= 4; in->at += 4)
        hash = rotate(hash ^ load_le(in->at, 4) * PRIME1, 23) * PRIME2 + PRIME3;
    for (; in->at < in->end; in->at++)
        hash = rotate(hash ^ *in->at * PRIME5, 11) * PRIME1;
    return hash;
}

uint64_t xxh64_of(const uint8_t *bytes, size_t size)
{
    struct input in = {bytes, bytes + size};
    uint64_t hash = size >= STRIPE ? take_stripes(&in) : PRIME5;

    hash = take_rest(&in, hash + size);
    hash = (hash ^ hash >> 33) * PRIME2;
    hash = (hash ^ hash >> 29) * PRIME3;
    return hash ^ hash >> 32;
}
