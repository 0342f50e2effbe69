/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where each number and name of a compiled policy for Xen stands, by a reader of the format that
 * has nothing in common with ours, and trusts the file.
 */
#ifndef TESTS_POLICY_FIELDS_H
#define TESTS_POLICY_FIELDS_H

#include <stddef.h>

#define MAX_FIELDS 4096u

struct field {
    const char *section, *part; /* "types", "a name": together its kind */
    size_t offset;
    unsigned int width; /* bytes; a name's and a target's length, else 2, 4 or 8 */
    int is_name;
};

/* Returns how many there are; the test fails if the file doesn't end where the last one does. */
unsigned int find_fields(const unsigned char *image, size_t size, struct field *fields);

#endif
