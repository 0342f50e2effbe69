/* SPDX-License-Identifier: BSD-2-Clause */
/* What compile.c and share.c know of a table that is being made. */
#ifndef XSM_FLASK_COMPILE_H
#define XSM_FLASK_COMPILE_H

#include "xsm/flask/partition.h"
#include "xsm/policy.h"

struct flask_compiler {
    struct flask_reader *reader; /* for its memory, and for what goes wrong */
    const struct flask_policy *policy;
    struct flask_table *table; /* NULL while measuring: rules count whatever conditions come to */
    uint16_t *zeros;           /* the row, and the column, of every type where there is but one */
};

/* The rules of one kind on one class, as a matrix of groups of types. */
struct plane {
    unsigned int class_value, kind;
    struct flask_partition rows, columns;
    uint32_t *cell;
};

/* share.c: keep the matrix, with equal rows and equal columns in it once. */
void flask_share(struct flask_compiler *compiler, struct plane *plane, struct flask_matrix *matrix);

/* glance.c: what one look shall tell, from the planes of all classes. */
void flask_make_glance(struct flask_compiler *compiler);

#endif
