/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 8878, 4.2. */
#include "tools/unpack/zstd.h"

#define MOST_BITS 11u
#define MOST_SYMBOLS 256u
#define WEIGHTS_FSE_BITS 6u
#define WEIGHTS_FSE_SYMBOLS (MOST_BITS + 1)
#define DIRECT 128u /* the first value that says that weights are four bits each */
#define JUMPS_SIZE 6u
#define NR_STREAMS 4u

struct entry {
    uint8_t symbol, bits;
};

static struct {
    unsigned int bits; /* 0: there is none */
    struct entry entry[1u << MOST_BITS];
} tree;

void huffman_forget(void)
{
    tree.bits = 0;
}

/* Two states take turns until there are no bits left (4.2.1.2). */
static unsigned int take_weights(struct back_bits *b, const struct fse_table *table,
                                 uint8_t *weights)
{
    unsigned int state[2], n = 0;

    state[0] = back_take(b, table->bits);
    state[1] = back_take(b, table->bits);
    while (n < MOST_SYMBOLS - 2) {
        const struct fse_entry *entry = &table->state[state[n % 2]];

        weights[n++] = entry->symbol;
        state[(n - 1) % 2] = entry->base + back_take(b, entry->bits);
        if (b->left < 0) {
            weights[n] = table->state[state[n % 2]].symbol;
            return n + 1;
        }
    }
    return 0;
}

/* How many; 0: they are damaged. */
static unsigned int read_packed_weights(const struct input *in, uint8_t *weights)
{
    static struct fse_table table;
    struct input part = *in;
    struct back_bits b;

    if (!fse_read(&table, &part, WEIGHTS_FSE_BITS, WEIGHTS_FSE_SYMBOLS) || !back_open(&b, &part))
        return 0;
    return take_weights(&b, &table, weights);
}

static unsigned int read_direct_weights(const struct input *in, unsigned int count,
                                        uint8_t *weights)
{
    for (unsigned int i = 0; i < count; i++)
        weights[i] = i % 2 == 0 ? in->at[i / 2] >> 4 : in->at[i / 2] & 15;
    return count;
}

/* The last one isn't told: it makes the sum a power of two. False: none does. */
static bool add_last_weight(uint8_t *weights, unsigned int *count)
{
    uint32_t sum = 0, rest;
    unsigned int bits = 0;

    for (unsigned int i = 0; i < *count; i++) {
        if (weights[i] > MOST_BITS)
            return false;
        sum += weights[i] > 0 ? 1u << (weights[i] - 1) : 0;
    }
    while (sum >= 1u << bits)
        bits++;
    rest = (1u << bits) - sum;
    if (sum == 0 || bits > MOST_BITS || (rest & (rest - 1)) != 0)
        return false;
    weights[(*count)++] = (uint8_t)(__builtin_ctz(rest) + 1);
    tree.bits = bits;
    return true;
}

/* Symbols by their weights, which is by the lengths of their codes, the longest first. */
static void fill(const uint8_t *weights, unsigned int count)
{
    unsigned int at = 0;

    for (unsigned int weight = 1; weight <= tree.bits; weight++) {
        for (unsigned int i = 0; i < count; i++) {
            if (weights[i] != weight)
                continue;
            for (unsigned int n = 0; n < 1u << (weight - 1); n++)
                tree.entry[at++] = (struct entry){(uint8_t)i, (uint8_t)(tree.bits + 1 - weight)};
        }
    }
}

bool huffman_read(struct input *in)
{
    uint8_t weights[MOST_SYMBOLS] = {0};
    unsigned int first, count;
    struct input part;

    huffman_forget();
    if (in->at == in->end)
        return false;
    first = *in->at++;
    if (!input_part(in, first < DIRECT ? first : (first - DIRECT + 2) / 2, &part))
        return false;
    count = first < DIRECT ? read_packed_weights(&part, weights)
                           : read_direct_weights(&part, first - DIRECT + 1, weights);
    if (count == 0 || !add_last_weight(weights, &count))
        return false;
    fill(weights, count);
    return true;
}

static bool stream(const struct input *in, uint8_t *to, size_t size)
{
    struct back_bits b;

    if (!back_open(&b, in))
        return false;
    for (size_t i = 0; i < size; i++) {
        struct entry entry = tree.entry[back_peek(&b, tree.bits)];

        to[i] = entry.symbol;
        b.left -= entry.bits;
        if (b.left < 0)
            return false;
    }
    return b.left == 0;
}

/* The sizes of three streams are told; the fourth is the rest. */
static bool four_streams(struct input in, uint8_t *to, size_t size)
{
    size_t each = (size + NR_STREAMS - 1) / NR_STREAMS;
    struct input jumps, part;

    if (!input_part(&in, JUMPS_SIZE, &jumps) || size < each * (NR_STREAMS - 1))
        return false;
    for (unsigned int i = 0; i < NR_STREAMS - 1; i++) {
        uint64_t length = 0;

        if (!input_number(&jumps, 2, &length) || !input_part(&in, length, &part) ||
            !stream(&part, to, each))
            return false;
        to += each;
    }
    return stream(&in, to, size - each * (NR_STREAMS - 1));
}

bool huffman_unpack(struct input in, bool four, uint8_t *to, size_t size)
{
    if (tree.bits == 0)
        return false;
    return four ? four_streams(in, to, size) : stream(&in, to, size);
}
