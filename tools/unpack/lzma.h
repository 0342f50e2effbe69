/* SPDX-License-Identifier: BSD-2-Clause */
/* LZMA2: chunks, most of them compressed by LZMA. */
#ifndef UNPACK_LZMA_H
#define UNPACK_LZMA_H

#include "tools/unpack/stream.h"

/* --- lzma.c: one LZMA chunk --- */

/* The probabilities of what comes next are as at the beginning. */
void lzma_reset(void);
/* From the byte that says how positions and literals are told apart; false: LZMA2 allows no such.
 */
bool lzma_set_properties(uint8_t properties);
/* Fill all of the output from all of the input; what is before `out->at` can be repeated. */
bool lzma_chunk(struct input in, struct output *out);

/* --- lzma2.c --- */

/* Unpack chunks up to their end marker; `in` then begins behind it. */
bool lzma2_unpack(struct input *in, struct output *out);

#endif
