/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blobs that dtc made of tests/unit/lcm/, in memory that ends where the blob does: the page after
 * it can't be read, so that a step beyond the end is seen, in libfdt too.
 */
#ifndef TESTS_LCM_BLOB_H
#define TESTS_LCM_BLOB_H

#include <stddef.h>
#include <stdint.h>

struct lcm_blob {
    uint8_t *data; /* 8-byte aligned */
    size_t size;
    void *map;
    size_t map_size;
};

/* Read build/tests/lcm/NAME.dtb; a failure fails the test. */
void lcm_blob_read(struct lcm_blob *blob, const char *name);
/* A copy of the first `size` bytes, which end at the end of readable memory (less alignment). */
void lcm_blob_copy(struct lcm_blob *blob, const void *data, size_t size);
void lcm_blob_free(struct lcm_blob *blob);

#endif
