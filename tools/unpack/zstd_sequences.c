/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 8878, 3.1.1.3.2 and appendix A (the default distributions). */
#include "tools/unpack/zstd.h"

#define NR_REPEATS 3u
#define MOST_OFFSET_BITS 31u

/* In the order of their tables' descriptions. */
enum part { LITERALS, OFFSET, MATCH, NR_PARTS };
enum mode { MODE_DEFAULT, MODE_SINGLE, MODE_DESCRIBED, MODE_SAME };

static const int16_t default_literals[] = {4, 3, 2, 2, 2, 2, 2, 2, 2,  2,  2,  2,
                                           2, 1, 1, 1, 2, 2, 2, 2, 2,  2,  2,  2,
                                           2, 3, 2, 1, 1, 1, 1, 1, -1, -1, -1, -1};
static const int16_t default_offsets[] = {1, 1, 1, 1, 1, 1, 2, 2, 2, 1,  1,  1,  1,  1, 1,
                                          1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1};
static const int16_t default_matches[] = {
    1, 4, 3, 2, 2, 2, 2, 2, 2, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,  1,  1,  1,  1,  1,  1, 1,
    1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, -1, -1, -1, -1, -1, -1, -1};

static const struct {
    const int16_t *counts; /* of the default */
    unsigned int default_bits, most_bits, nr_symbols, most_symbols;
} parts[NR_PARTS] = {
    [LITERALS] = {default_literals, 6, 9, 36, 36},
    [OFFSET] = {default_offsets, 5, 8, 29, MOST_OFFSET_BITS + 1},
    [MATCH] = {default_matches, 6, 9, 53, 53},
};

/* A code stands for a number from `base` on, and bits that are added to it. */
struct code {
    uint32_t base;
    uint8_t bits;
};

static const struct code literals_codes[] = {
    {0, 0},     {1, 0},      {2, 0},      {3, 0},     {4, 0},   {5, 0},     {6, 0},     {7, 0},
    {8, 0},     {9, 0},      {10, 0},     {11, 0},    {12, 0},  {13, 0},    {14, 0},    {15, 0},
    {16, 1},    {18, 1},     {20, 1},     {22, 1},    {24, 2},  {28, 2},    {32, 3},    {40, 3},
    {48, 4},    {64, 6},     {128, 7},    {256, 8},   {512, 9}, {1024, 10}, {2048, 11}, {4096, 12},
    {8192, 13}, {16384, 14}, {32768, 15}, {65536, 16}};
/* From 32 on; those below are themselves. */
static const struct code match_codes[] = {
    {35, 1},    {37, 1},    {39, 1},    {41, 1},    {43, 2},     {47, 2},     {51, 3},
    {59, 3},    {67, 4},    {83, 4},    {99, 5},    {131, 7},    {259, 8},    {515, 9},
    {1027, 10}, {2051, 11}, {4099, 12}, {8195, 13}, {16387, 14}, {32771, 15}, {65539, 16}};
#define FIRST_MATCH_CODE 32u
#define LEAST_MATCH 3u

static struct fse_table table[NR_PARTS];
static bool had_table[NR_PARTS];
static size_t repeats[NR_REPEATS]; /* the last offsets, the newest first */

void sequences_reset(void)
{
    huffman_forget();
    for (unsigned int i = 0; i < NR_PARTS; i++)
        had_table[i] = false;
    repeats[0] = 1;
    repeats[1] = 4;
    repeats[2] = 8;
}

static bool read_table(enum part part, enum mode mode, struct input *in)
{
    switch (mode) {
    case MODE_DEFAULT:
        fse_make(&table[part], parts[part].counts, parts[part].nr_symbols,
                 parts[part].default_bits);
        break;
    case MODE_SINGLE:
        if (in->at == in->end || *in->at >= parts[part].most_symbols)
            return false;
        fse_make_single(&table[part], *in->at++);
        break;
    case MODE_DESCRIBED:
        if (!fse_read(&table[part], in, parts[part].most_bits, parts[part].most_symbols))
            return false;
        break;
    case MODE_SAME:
    default:
        return had_table[part];
    }
    had_table[part] = true;
    return true;
}

static bool read_count(struct input *in, unsigned int *count)
{
    uint64_t value = 0;

    if (in->at == in->end)
        return false;
    *count = *in->at++;
    if (*count < 128)
        return true;
    if (*count < 255) {
        if (!input_number(in, 1, &value))
            return false;
        *count = ((*count - 128) << 8) + (unsigned int)value;
        return true;
    }
    if (!input_number(in, 2, &value))
        return false;
    *count = (unsigned int)value + 0x7f00;
    return true;
}

static bool read_tables(struct input *in)
{
    unsigned int modes;

    if (in->at == in->end)
        return false;
    modes = *in->at++;
    return (modes & 3) == 0 && read_table(LITERALS, (enum mode)(modes >> 6), in) &&
           read_table(OFFSET, (enum mode)(modes >> 4 & 3), in) &&
           read_table(MATCH, (enum mode)(modes >> 2 & 3), in);
}

/* The offset that a value stands for: one of the last ones, or a new one. 0: it is damaged. */
static size_t take_offset(uint32_t value, bool no_literals)
{
    unsigned int index;
    size_t offset;

    if (value > NR_REPEATS) {
        index = NR_REPEATS - 1;
        offset = value - NR_REPEATS;
    } else {
        index = value - 1 + (no_literals ? 1 : 0);
        offset = index < NR_REPEATS ? repeats[index] : repeats[0] - 1;
        index = index < NR_REPEATS ? index : NR_REPEATS - 1;
    }
    for (; index > 0; index--)
        repeats[index] = repeats[index - 1];
    repeats[0] = offset;
    return offset;
}

static bool execute_one(struct back_bits *b, const unsigned int *state, struct input *literals,
                        struct output *out)
{
    unsigned int offset_bits = table[OFFSET].state[state[OFFSET]].symbol;
    unsigned int match_code = table[MATCH].state[state[MATCH]].symbol;
    const struct code *literals_code =
        &literals_codes[table[LITERALS].state[state[LITERALS]].symbol];
    uint32_t value = (1u << offset_bits) + back_take(b, offset_bits);
    size_t length, nr_literals;

    if (match_code < FIRST_MATCH_CODE) {
        length = match_code + LEAST_MATCH;
    } else {
        const struct code *code = &match_codes[match_code - FIRST_MATCH_CODE];

        length = code->base + back_take(b, code->bits);
    }
    nr_literals = literals_code->base + back_take(b, literals_code->bits);
    return output_copy(out, literals, nr_literals) &&
           output_repeat(out, take_offset(value, nr_literals == 0), length);
}

static void next_state(struct back_bits *b, unsigned int *state, enum part part)
{
    const struct fse_entry *entry = &table[part].state[state[part]];

    state[part] = entry->base + back_take(b, entry->bits);
}

bool sequences_execute(struct input in, struct input literals, struct output *out)
{
    unsigned int count, state[NR_PARTS];
    struct back_bits b;

    if (!read_count(&in, &count))
        return false;
    if (count == 0)
        return in.at == in.end && output_copy(out, &literals, input_left(&literals));
    if (!read_tables(&in) || !back_open(&b, &in))
        return false;
    for (enum part part = LITERALS; part < NR_PARTS; part++)
        state[part] = back_take(&b, table[part].bits);
    for (; count > 0; count--) {
        if (b.left < 0 || !execute_one(&b, state, &literals, out))
            return false;
        if (count == 1)
            break;
        next_state(&b, state, LITERALS);
        next_state(&b, state, MATCH);
        next_state(&b, state, OFFSET);
    }
    return b.left == 0 && output_copy(out, &literals, input_left(&literals));
}
