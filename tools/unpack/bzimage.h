/* SPDX-License-Identifier: BSD-2-Clause */
/* The setup header of a bzImage. */
#ifndef UNPACK_BZIMAGE_H
#define UNPACK_BZIMAGE_H

#include "tools/unpack/stream.h"

struct payload {
    struct input packed; /* with the four bytes of its unpacked size, at the end */
    size_t size;         /* unpacked */
};

/* NULL, or what is wrong with the image: a text for people. */
const char *bzimage_payload(struct input image, struct payload *payload);

#endif
