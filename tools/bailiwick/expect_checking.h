/* SPDX-License-Identifier: BSD-2-Clause */
/* An expectation being checked: what its names and rights stand for. */
#ifndef BAILIWICK_EXPECT_CHECKING_H
#define BAILIWICK_EXPECT_CHECKING_H

#include "tools/bailiwick/expect.h"

struct checking {
    struct expect *expect;
    struct expect_file *file;
    const struct expect_line *line;
    struct expect_set subjects;
    struct expect_objects objects;
    unsigned int label; /* party of `to LABEL` */
    unsigned int nr_words, nr_operations;
    const struct expect_word *word[EXPECT_MAX_WORDS];
    const struct xsm_row *operation[EXPECT_MAX_RIGHTS];
    uint64_t states[EXPECT_AFTER + 1]; /* of the booleans, by the phase in which it is to hold */
};

/*
 * expect_prepare.c: from `expect`, `file` and `line` find the rest; false: it is said what there
 * isn't.
 */
bool expect_prepare(struct checking *checking);

#endif
