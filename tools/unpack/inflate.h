/* SPDX-License-Identifier: BSD-2-Clause */
/* The deflate format (RFC 1951). */
#ifndef UNPACK_INFLATE_H
#define UNPACK_INFLATE_H

#include "tools/unpack/stream.h"

/* Unpack all blocks. `in` then begins behind them. False: it is damaged, or there is no room. */
bool inflate(struct input *in, struct output *out);

#endif
