/* SPDX-License-Identifier: BSD-2-Clause */
/* What the parts of the decompressor for Zstandard (RFC 8878) share. */
#ifndef UNPACK_ZSTD_H
#define UNPACK_ZSTD_H

#include "tools/unpack/stream.h"

#define ZSTD_LARGEST_BLOCK ((size_t)128 << 10) /* unpacked */

/* --- bits that are read from the end of the input to its beginning (4.1) --- */

struct back_bits {
    const uint8_t *start, *end;
    int64_t left; /* bits; negative: more were taken than there were, which are zeros */
};

/* False: the last byte has no bit that marks the end. */
bool back_open(struct back_bits *b, const struct input *in);
/* `count` of at most 32. */
uint32_t back_take(struct back_bits *b, unsigned int count);
/* The next ones, which stay. */
uint32_t back_peek(const struct back_bits *b, unsigned int count);

/* --- zstd_fse.c: finite state entropy (4.1) --- */

#define FSE_MOST_BITS 9u
#define FSE_MOST_SYMBOLS 53u

struct fse_entry {
    uint8_t symbol, bits;
    uint16_t base; /* the next state, but for so many bits */
};

struct fse_table {
    unsigned int bits; /* log2 of the number of states */
    struct fse_entry state[1u << FSE_MOST_BITS];
};

/*
 * A table from how often each symbol comes (-1: less than once). `bits` is at most FSE_MOST_BITS,
 * and the sum is 1 << bits.
 */
void fse_make(struct fse_table *table, const int16_t *counts, unsigned int nr_symbols,
              unsigned int bits);
/* A table as the input describes it. False: it is damaged, or has more than it may have. */
bool fse_read(struct fse_table *table, struct input *in, unsigned int most_bits,
              unsigned int most_symbols);
/* A table of one symbol, which takes no bits. */
void fse_make_single(struct fse_table *table, uint8_t symbol);

/* --- zstd_huffman.c (4.2) --- */

/* Read a description of a tree, for what follows. */
bool huffman_read(struct input *in);
/* There is no tree yet. */
void huffman_forget(void);
/* Unpack `size` bytes that are coded in one stream, or in four. */
bool huffman_unpack(struct input in, bool four, uint8_t *to, size_t size);

/* --- zstd_literals.c (3.1.1.3.1): what stays until the next block's are read --- */

bool literals_read(struct input *in, struct input *literals);

/* --- zstd_sequences.c (3.1.1.3.2) --- */

/* A frame begins. */
void sequences_reset(void);
/* The rest of a block: copy literals, and repeat what the output has. */
bool sequences_execute(struct input in, struct input literals, struct output *out);

/* --- zstd_hash.c: XXH64 with seed 0 (3.1.1) --- */

uint64_t xxh64_of(const uint8_t *bytes, size_t size);

#endif
