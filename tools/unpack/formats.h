/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The formats that Linux kernels are compressed in. Each function fills all of the output from all
 * of the input, magic number included; false: it can't, and what has been written is worth nothing.
 * Not reentrant: tables are static.
 */
#ifndef UNPACK_FORMATS_H
#define UNPACK_FORMATS_H

#include "tools/unpack/stream.h"

/*
 * Unpack a bzImage's payload, whose last four bytes are the size of the output, in the format that
 * it begins with. NULL, or what is wrong: a text for people.
 */
const char *unpack_payload(struct input payload, struct output out);

#define GZIP_MAGIC "\x1f\x8b"
#define LZ4_MAGIC "\x02\x21\x4c\x18"
#define XZ_MAGIC "\xfd\x37\x7a\x58\x5a\x00"
#define ZSTD_MAGIC "\x28\xb5\x2f\xfd"

/* RFC 1951 and 1952. */
bool unpack_gzip(struct input in, struct output out);
/* The legacy frame of LZ4's frame format: blocks with their sizes in front. */
bool unpack_lz4(struct input in, struct output out);
/* The .xz file format 1.1.0, with LZMA2, CRC32 and the filter for x86 code, as Linux has it. */
bool unpack_xz(struct input in, struct output out);
/* RFC 8878, one frame. */
bool unpack_zstd(struct input in, struct output out);

#endif
