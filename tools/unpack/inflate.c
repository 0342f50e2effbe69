/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 1951; section numbers are its. */
#include "tools/unpack/inflate.h"

#define LONGEST_CODE 15u
#define TABLE_SIZE (1u << LONGEST_CODE)
#define NR_LENGTH_CODES 19u
#define NR_LITERALS 288u
#define NR_DISTANCES 32u
#define END_OF_BLOCK 256u
#define LAST_LENGTH 285u
#define LAST_DISTANCE 29u

/*
 * The bits of a byte come from the lowest to the highest. Behind the input's end they are zeros,
 * which are counted.
 */
struct bits {
    struct input *in;
    uint64_t held;
    unsigned int nr_held, nr_missing;
};

/* What the next bits mean: symbol << 4 | number of bits; 0 where there is no code. */
static uint16_t literal_table[TABLE_SIZE], distance_table[TABLE_SIZE];

/* At least 56 bits are held then. */
static void refill(struct bits *b)
{
    while (b->nr_held <= 56) {
        if (b->in->at < b->in->end)
            b->held |= (uint64_t)*b->in->at++ << b->nr_held;
        else
            b->nr_missing += 8;
        b->nr_held += 8;
    }
}

static bool overran(const struct bits *b)
{
    return b->nr_missing > b->nr_held;
}

/* `count` of at most 16. */
static unsigned int take(struct bits *b, unsigned int count)
{
    unsigned int value;

    refill(b);
    value = (unsigned int)b->held & ((1u << count) - 1);
    b->held >>= count;
    b->nr_held -= count;
    return value;
}

/* The next symbol; -1: the bits are no code. */
static int take_symbol(struct bits *b, const uint16_t *table)
{
    unsigned int entry, length;

    refill(b);
    entry = table[b->held & (TABLE_SIZE - 1)];
    length = entry & 15;
    if (length == 0)
        return -1;
    b->held >>= length;
    b->nr_held -= length;
    return (int)(entry >> 4);
}

static unsigned int reversed(unsigned int code, unsigned int length)
{
    unsigned int result = 0;

    for (unsigned int i = 0; i < length; i++)
        result |= (code >> i & 1) << (length - 1 - i);
    return result;
}

/* 3.2.2. False: there are more codes than there can be. */
static bool make_table(uint16_t *table, const uint8_t *lengths, unsigned int nr_symbols)
{
    unsigned int count[LONGEST_CODE + 1] = {0}, next[LONGEST_CODE + 1] = {0}, code = 0;

    for (unsigned int i = 0; i < TABLE_SIZE; i++)
        table[i] = 0;
    for (unsigned int i = 0; i < nr_symbols; i++)
        count[lengths[i]]++;
    count[0] = 0;
    for (unsigned int length = 1; length <= LONGEST_CODE; length++) {
        code = (code + count[length - 1]) << 1;
        next[length] = code;
        if (code + count[length] > 1u << length)
            return false;
    }
    for (unsigned int i = 0; i < nr_symbols; i++) {
        if (lengths[i] == 0)
            continue;
        for (unsigned int at = reversed(next[lengths[i]]++, lengths[i]); at < TABLE_SIZE;
             at += 1u << lengths[i])
            table[at] = (uint16_t)(i << 4 | lengths[i]);
    }
    return true;
}

/* 3.2.6 */
static void make_fixed_tables(void)
{
    uint8_t lengths[NR_LITERALS];

    for (unsigned int i = 0; i < NR_LITERALS; i++)
        lengths[i] = i < 144 ? 8 : i < 256 ? 9 : i < 280 ? 7 : 8;
    (void)make_table(literal_table, lengths, NR_LITERALS);
    for (unsigned int i = 0; i < NR_DISTANCES; i++)
        lengths[i] = 5;
    (void)make_table(distance_table, lengths, NR_DISTANCES);
}

/* The lengths of the codes for lengths, in the order of 3.2.7. */
static bool take_length_table(struct bits *b, unsigned int count)
{
    static const uint8_t order[NR_LENGTH_CODES] = {16, 17, 18, 0, 8,  7, 9,  6, 10, 5,
                                                   11, 4,  12, 3, 13, 2, 14, 1, 15};
    uint8_t lengths[NR_LENGTH_CODES] = {0};

    for (unsigned int i = 0; i < count; i++)
        lengths[order[i]] = (uint8_t)take(b, 3);
    return make_table(literal_table, lengths, NR_LENGTH_CODES);
}

/* How often a code for lengths is repeated, and which length. False: it repeats what isn't there.
 */
static bool repetition(struct bits *b, int symbol, uint8_t *length, unsigned int *count)
{
    switch (symbol) {
    case 16:
        *count = 3 + take(b, 2);
        return true;
    case 17:
        *length = 0;
        *count = 3 + take(b, 3);
        return true;
    case 18:
        *length = 0;
        *count = 11 + take(b, 7);
        return true;
    default:
        *length = (uint8_t)symbol;
        *count = 1;
        return symbol >= 0;
    }
}

static bool take_lengths(struct bits *b, uint8_t *lengths, unsigned int wanted)
{
    unsigned int have = 0, count = 0;
    uint8_t length = 0;

    while (have < wanted) {
        int symbol = take_symbol(b, literal_table);

        if ((symbol == 16 && have == 0) || !repetition(b, symbol, &length, &count) ||
            count > wanted - have)
            return false;
        for (; count > 0; count--)
            lengths[have++] = length;
    }
    return true;
}

/* 3.2.7 */
static bool take_tables(struct bits *b)
{
    uint8_t lengths[NR_LITERALS + NR_DISTANCES] = {0};
    unsigned int nr_literals = take(b, 5) + 257, nr_distances = take(b, 5) + 1;
    unsigned int nr_lengths = take(b, 4) + 4;

    return nr_literals <= NR_LITERALS && take_length_table(b, nr_lengths) &&
           take_lengths(b, lengths, nr_literals + nr_distances) && lengths[END_OF_BLOCK] != 0 &&
           make_table(literal_table, lengths, nr_literals) &&
           make_table(distance_table, lengths + nr_literals, nr_distances);
}

/* A length and a distance (3.2.5). */
static bool take_repeat(struct bits *b, unsigned int symbol, struct output *out)
{
    static const uint16_t length_base[] = {3,  4,  5,  6,   7,   8,   9,   10,  11, 13,
                                           15, 17, 19, 23,  27,  31,  35,  43,  51, 59,
                                           67, 83, 99, 115, 131, 163, 195, 227, 258};
    static const uint16_t distance_base[] = {
        1,   2,   3,   4,   5,   7,    9,    13,   17,   25,   33,   49,   65,    97,    129,
        193, 257, 385, 513, 769, 1025, 1537, 2049, 3073, 4097, 6145, 8193, 12289, 16385, 24577};
    unsigned int code = symbol - (END_OF_BLOCK + 1), length, extra;
    int distance;

    if (symbol > LAST_LENGTH)
        return false;
    extra = code < 8 || symbol == LAST_LENGTH ? 0 : code / 4 - 1;
    length = length_base[code] + take(b, extra);
    distance = take_symbol(b, distance_table);
    if (distance < 0 || distance > (int)LAST_DISTANCE)
        return false;
    extra = distance < 4 ? 0 : (unsigned int)distance / 2 - 1;
    return output_repeat(out, distance_base[distance] + take(b, extra), length);
}

static bool take_symbols(struct bits *b, struct output *out)
{
    for (;;) {
        int symbol = take_symbol(b, literal_table);

        if (symbol < 0 || overran(b))
            return false;
        if (symbol == (int)END_OF_BLOCK)
            return true;
        if (symbol < (int)END_OF_BLOCK ? !output_fill(out, (uint8_t)symbol, 1)
                                       : !take_repeat(b, (unsigned int)symbol, out))
            return false;
    }
}

/* Whole bytes that are held go back to the input; the rest of a byte is dropped. */
static bool to_byte(struct bits *b)
{
    if (overran(b))
        return false;
    b->in->at -= (b->nr_held - b->nr_missing) / 8;
    *b = (struct bits){.in = b->in};
    return true;
}

/* 3.2.4 */
static bool take_stored(struct bits *b, struct output *out)
{
    uint64_t size, complement;

    return to_byte(b) && input_number(b->in, 2, &size) && input_number(b->in, 2, &complement) &&
           (size ^ complement) == UINT16_MAX && output_copy(out, b->in, size);
}

static bool take_block(struct bits *b, struct output *out)
{
    switch (take(b, 2)) {
    case 0:
        return take_stored(b, out);
    case 1:
        make_fixed_tables();
        return take_symbols(b, out);
    case 2:
        return take_tables(b) && take_symbols(b, out);
    default:
        return false;
    }
}

bool inflate(struct input *in, struct output *out)
{
    struct bits b = {.in = in};
    bool last = false;

    while (!last) {
        last = take(&b, 1) != 0;
        if (!take_block(&b, out))
            return false;
    }
    return to_byte(&b);
}
