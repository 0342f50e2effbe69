/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Source: the LZMA specification of the LZMA SDK (Igor Pavlov, public domain). Each bit is coded
 * with the probability that bits in its place have had so far, by a range coder.
 */
#include "tools/unpack/lzma.h"

#define PROBABILITY_BITS 11
#define PROBABILITY_HALF (1u << (PROBABILITY_BITS - 1))
#define PROBABILITY_SHIFT 5
#define RANGE_LEAST (1u << 24)
#define FIRST_BYTES 5u

#define NR_STATES 12u
#define STATES_AFTER_LITERAL 7u
#define MOST_POSITION_BITS 4u
#define NR_POSITIONS (1u << MOST_POSITION_BITS)
#define MOST_LITERAL_BITS 4u /* LZMA2: of lc + lp */
#define LITERAL_SIZE 0x300u
#define LEAST_MATCH 2u
#define NR_DISTANCES 4u /* that can be repeated */

#define LENGTH_BITS 3u
#define LENGTH_HIGH_BITS 8u
#define NR_LENGTH_STATES 4u
#define SLOT_BITS 6u
#define FIRST_SLOT_WITH_BITS 4u
#define FIRST_SLOT_WITH_DIRECT_BITS 14u
#define ALIGN_BITS 4u
#define NR_SPECIAL 115u

typedef uint16_t probability;

struct lengths {
    probability beyond_low, beyond_middle;
    probability low[NR_POSITIONS][1u << LENGTH_BITS];
    probability middle[NR_POSITIONS][1u << LENGTH_BITS];
    probability high[1u << LENGTH_HIGH_BITS];
};

/* Only probabilities. */
struct model {
    probability match[NR_STATES][NR_POSITIONS];
    probability repeat[NR_STATES];
    probability older[NR_DISTANCES - 1][NR_STATES]; /* than distance number so and so */
    probability repeat_long[NR_STATES][NR_POSITIONS];
    struct lengths match_length, repeat_length;
    probability slot[NR_LENGTH_STATES][1u << SLOT_BITS];
    probability special[NR_SPECIAL];
    probability align[1u << ALIGN_BITS];
    probability literal[1u << MOST_LITERAL_BITS][LITERAL_SIZE];
};

_Static_assert(sizeof(struct model) % sizeof(probability) == 0, "probabilities alone");

static struct model model;
static struct {
    unsigned int state;                       /* what the last few symbols were */
    uint32_t distance[NR_DISTANCES];          /* the last ones, less one; the newest first */
    unsigned int literal_bits;                /* lc: of the byte before a literal, which count */
    unsigned int literal_mask, position_mask; /* lp, pb: of the position, which count */
} now;

/* The range coder. Behind the input's end it reads zeros, which `bad` tells. */
static struct {
    struct input in;
    uint32_t range, code;
    bool bad;
} coder;

void lzma_reset(void)
{
    probability *p = (probability *)&model;

    for (size_t i = 0; i < sizeof(model) / sizeof(probability); i++)
        p[i] = PROBABILITY_HALF;
    now.state = 0;
    for (unsigned int i = 0; i < NR_DISTANCES; i++)
        now.distance[i] = 0;
}

bool lzma_set_properties(uint8_t properties)
{
    unsigned int lc = properties % 9, lp = properties / 9 % 5, pb = properties / 45;

    if (pb > MOST_POSITION_BITS || lc + lp > MOST_LITERAL_BITS)
        return false;
    now.literal_bits = lc;
    now.literal_mask = (1u << lp) - 1;
    now.position_mask = (1u << pb) - 1;
    return true;
}

static void normalise(void)
{
    if (coder.range >= RANGE_LEAST)
        return;
    coder.range <<= 8;
    coder.code <<= 8;
    if (coder.in.at < coder.in.end)
        coder.code |= *coder.in.at++;
    else
        coder.bad = true;
}

static unsigned int bit(probability *p)
{
    uint32_t bound;

    normalise();
    bound = (coder.range >> PROBABILITY_BITS) * *p;
    if (coder.code < bound) {
        coder.range = bound;
        *p = (probability)(*p + (((1u << PROBABILITY_BITS) - *p) >> PROBABILITY_SHIFT));
        return 0;
    }
    coder.range -= bound;
    coder.code -= bound;
    *p = (probability)(*p - (*p >> PROBABILITY_SHIFT));
    return 1;
}

/* Bits of even chance, the highest first. */
static uint32_t direct_bits(unsigned int count)
{
    uint32_t value = 0;

    for (; count > 0; count--) {
        normalise();
        coder.range >>= 1;
        value <<= 1;
        if (coder.code >= coder.range) {
            coder.code -= coder.range;
            value |= 1;
        }
    }
    return value;
}

/* A number whose bits depend on those before them, the highest first. */
static unsigned int tree(probability *p, unsigned int bits)
{
    unsigned int at = 1;

    for (unsigned int i = 0; i < bits; i++)
        at = at << 1 | bit(&p[at]);
    return at - (1u << bits);
}

/* The same, the lowest first. Place 1 of the tree is p[first]. */
static unsigned int reverse_tree(probability *p, unsigned int first, unsigned int bits)
{
    unsigned int at = 1, value = 0;

    for (unsigned int i = 0; i < bits; i++) {
        unsigned int b = bit(&p[first + at - 1]);

        at = at << 1 | b;
        value |= b << i;
    }
    return value;
}

static unsigned int take_length(struct lengths *lengths, unsigned int position)
{
    if (!bit(&lengths->beyond_low))
        return tree(lengths->low[position], LENGTH_BITS);
    if (!bit(&lengths->beyond_middle))
        return (1u << LENGTH_BITS) + tree(lengths->middle[position], LENGTH_BITS);
    return (2u << LENGTH_BITS) + tree(lengths->high, LENGTH_HIGH_BITS);
}

static uint32_t take_distance(unsigned int length)
{
    unsigned int state = length < NR_LENGTH_STATES ? length : NR_LENGTH_STATES - 1;
    unsigned int slot = tree(model.slot[state], SLOT_BITS), bits = (slot >> 1) - 1;
    uint32_t distance;

    if (slot < FIRST_SLOT_WITH_BITS)
        return slot;
    distance = (2 | (slot & 1)) << bits;
    if (slot < FIRST_SLOT_WITH_DIRECT_BITS)
        return distance + reverse_tree(model.special, distance - slot, bits);
    distance += direct_bits(bits - ALIGN_BITS) << ALIGN_BITS;
    return distance + reverse_tree(model.align, 1, ALIGN_BITS);
}

/* The byte that a repetition would have had is a hint, as far as the bits agree with it. */
static unsigned int literal_after_match(probability *p, unsigned int hint)
{
    unsigned int symbol = 1;

    while (symbol < 0x100) {
        unsigned int hint_bit = hint >> 7 & 1, b;

        hint <<= 1;
        b = bit(&p[((1 + hint_bit) << 8) + symbol]);
        symbol = symbol << 1 | b;
        if (b != hint_bit)
            break;
    }
    return symbol;
}

static bool take_literal(struct output *out, size_t position)
{
    unsigned int before = position > 0 ? out->at[-1] : 0, symbol = 1;
    probability *p = model.literal[((position & now.literal_mask) << now.literal_bits) +
                                   (before >> (8 - now.literal_bits))];

    if (now.state >= STATES_AFTER_LITERAL) {
        if (now.distance[0] >= position)
            return false;
        symbol = literal_after_match(p, *(out->at - now.distance[0] - 1));
    }
    while (symbol < 0x100)
        symbol = symbol << 1 | bit(&p[symbol]);
    now.state = now.state < 4 ? 0 : now.state < 10 ? now.state - 3 : now.state - 6;
    return output_fill(out, (uint8_t)symbol, 1);
}

/* Make distance number `index` the newest. */
static void renew(unsigned int index)
{
    uint32_t distance = now.distance[index];

    for (; index > 0; index--)
        now.distance[index] = now.distance[index - 1];
    now.distance[0] = distance;
}

static bool after_literal(void)
{
    return now.state < STATES_AFTER_LITERAL;
}

/* How many bytes an earlier distance is repeated for. */
static size_t take_repeated(unsigned int position)
{
    unsigned int index = 0;

    if (!bit(&model.older[0][now.state])) {
        if (!bit(&model.repeat_long[now.state][position])) {
            now.state = after_literal() ? 9 : 11;
            return 1;
        }
    } else {
        index = 1;
        if (bit(&model.older[1][now.state]))
            index = 2 + bit(&model.older[2][now.state]);
    }
    renew(index);
    now.state = after_literal() ? 8 : 11;
    return take_length(&model.repeat_length, position) + LEAST_MATCH;
}

static size_t take_match(unsigned int position)
{
    unsigned int length = take_length(&model.match_length, position);

    renew(NR_DISTANCES - 1);
    now.distance[0] = take_distance(length);
    now.state = after_literal() ? 7 : 10;
    return length + LEAST_MATCH;
}

static bool take_symbol(struct output *out)
{
    size_t position = (size_t)(out->at - out->start);
    unsigned int place = (unsigned int)position & now.position_mask;
    size_t length;

    if (!bit(&model.match[now.state][place]))
        return take_literal(out, position);
    length = bit(&model.repeat[now.state]) ? take_repeated(place) : take_match(place);
    return output_repeat(out, (size_t)now.distance[0] + 1, length);
}

bool lzma_chunk(struct input in, struct output *out)
{
    if (input_left(&in) < FIRST_BYTES || in.at[0] != 0)
        return false;
    coder.range = UINT32_MAX;
    coder.code = 0;
    for (unsigned int i = 1; i < FIRST_BYTES; i++)
        coder.code = coder.code << 8 | in.at[i];
    coder.in = (struct input){in.at + FIRST_BYTES, in.end};
    coder.bad = false;
    while (out->at < out->end) {
        if (!take_symbol(out) || coder.bad)
            return false;
    }
    normalise();
    return !coder.bad && coder.code == 0 && coder.in.at == coder.in.end;
}
