/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 8878, 4.1. */
#include "tools/unpack/zstd.h"

#define LEAST_BITS 5u

static unsigned int highest_bit(uint32_t value)
{
    return 31u - (unsigned int)__builtin_clz(value);
}

bool back_open(struct back_bits *b, const struct input *in)
{
    if (in->at == in->end || in->end[-1] == 0)
        return false;
    *b = (struct back_bits){in->at, in->end,
                            (int64_t)(input_left(in) - 1) * 8 + highest_bit(in->end[-1])};
    return true;
}

/* 64 bits or what there is, from a byte on. */
static uint64_t load_some(const struct back_bits *b, size_t byte)
{
    size_t there = (size_t)(b->end - b->start) - byte;

    if (there >= 8)
        return load_le(b->start + byte, 8);
    return load_le(b->start + byte, (unsigned int)there);
}

uint32_t back_peek(const struct back_bits *b, unsigned int count)
{
    int64_t from = b->left - (int64_t)count;
    uint64_t mask = (1ul << count) - 1, missing;

    if (from >= 0)
        return (uint32_t)(load_some(b, (size_t)from / 8) >> (from % 8) & mask);
    if (b->left <= 0)
        return 0;
    missing = (uint64_t)-from;
    return (uint32_t)((load_some(b, 0) & ((1ul << b->left) - 1)) << missing);
}

uint32_t back_take(struct back_bits *b, unsigned int count)
{
    uint32_t value = back_peek(b, count);

    b->left -= (int64_t)count;
    return value;
}

void fse_make_single(struct fse_table *table, uint8_t symbol)
{
    table->bits = 0;
    table->state[0] = (struct fse_entry){.symbol = symbol};
}

/* Symbols that come less than once have a state each, at the end. Gives where the others end. */
static unsigned int place_rare(struct fse_table *table, const int16_t *counts,
                               unsigned int nr_symbols)
{
    unsigned int end = 1u << table->bits;

    for (unsigned int i = 0; i < nr_symbols; i++)
        if (counts[i] == -1)
            table->state[--end].symbol = (uint8_t)i;
    return end;
}

static void spread(struct fse_table *table, const int16_t *counts, unsigned int nr_symbols,
                   unsigned int end)
{
    unsigned int size = 1u << table->bits, step = (size >> 1) + (size >> 3) + 3, at = 0;

    for (unsigned int i = 0; i < nr_symbols; i++) {
        for (int n = 0; n < counts[i]; n++) {
            table->state[at].symbol = (uint8_t)i;
            do
                at = (at + step) & (size - 1);
            while (at >= end);
        }
    }
}

void fse_make(struct fse_table *table, const int16_t *counts, unsigned int nr_symbols,
              unsigned int bits)
{
    unsigned int size = 1u << bits;
    uint16_t next[FSE_MOST_SYMBOLS];

    table->bits = bits;
    spread(table, counts, nr_symbols, place_rare(table, counts, nr_symbols));
    for (unsigned int i = 0; i < nr_symbols; i++)
        next[i] = counts[i] == -1 ? 1 : (uint16_t)counts[i];
    for (unsigned int i = 0; i < size; i++) {
        struct fse_entry *entry = &table->state[i];
        unsigned int number = next[entry->symbol]++;

        entry->bits = (uint8_t)(bits - highest_bit(number));
        entry->base = (uint16_t)((number << entry->bits) - size);
    }
}

/* Bits from the lowest of the first byte on; behind the end they are zeros. */
struct bits {
    const struct input *in;
    size_t at;
};

static unsigned int peek(const struct bits *b, unsigned int count)
{
    size_t byte = b->at / 8, left = input_left(b->in);
    size_t there = byte < left ? left - byte : 0;

    if (there == 0)
        return 0;
    return (unsigned int)(load_le(b->in->at + byte, there < 4 ? (unsigned int)there : 4) >>
                          (b->at % 8)) &
           ((1u << count) - 1);
}

static unsigned int take(struct bits *b, unsigned int count)
{
    unsigned int value = peek(b, count);

    b->at += count;
    return value;
}

/*
 * How much of `left` a symbol has, plus one. A value of so many bits that it can be more than that
 * has one bit less while it is small.
 */
static unsigned int take_count(struct bits *b, unsigned int left)
{
    unsigned int bits = highest_bit(left + 1) + 1, value = peek(b, bits);
    unsigned int half = 1u << (bits - 1), small = (1u << bits) - 1 - (left + 1);

    if ((value & (half - 1)) < small) {
        b->at += bits - 1;
        return value & (half - 1);
    }
    b->at += bits;
    return value >= half ? value - small : value;
}

/* Behind a symbol that doesn't come: how many more don't. */
static unsigned int take_zeros(struct bits *b, unsigned int most)
{
    unsigned int zeros = 0, more;

    do {
        more = take(b, 2);
        zeros += more;
    } while (more == 3 && zeros <= most);
    return zeros;
}

bool fse_read(struct fse_table *table, struct input *in, unsigned int most_bits,
              unsigned int most_symbols)
{
    struct bits b = {.in = in};
    unsigned int bits = take(&b, 4) + LEAST_BITS, left = 1u << bits, n = 0;
    int16_t counts[FSE_MOST_SYMBOLS] = {0};

    if (bits > most_bits)
        return false;
    while (left > 0 && n < most_symbols) {
        int count = (int)take_count(&b, left) - 1;

        left -= count == -1 ? 1 : (unsigned int)count;
        counts[n++] = (int16_t)count;
        if (count == 0)
            n += take_zeros(&b, most_symbols);
    }
    if (left > 0 || n > most_symbols || (b.at + 7) / 8 > input_left(in))
        return false;
    in->at += (b.at + 7) / 8;
    fse_make(table, counts, n, bits);
    return true;
}
