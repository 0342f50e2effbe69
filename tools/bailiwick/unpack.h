/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The compressed formats that Linux kernels come in.
 */
#ifndef BAILIWICK_UNPACK_H
#define BAILIWICK_UNPACK_H

#include "tools/bailiwick/files.h"

/*
 * Unpack `size` bytes, in the format that they begin with, to exactly `unpacked->size` bytes.
 * NULL, or what is wrong: a text for people.
 */
const char *unpack(const uint8_t *data, size_t size, struct bytes *unpacked);

#endif
