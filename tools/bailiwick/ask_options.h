/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line of query, why, table and dump. */
#ifndef BAILIWICK_ASK_OPTIONS_H
#define BAILIWICK_ASK_OPTIONS_H

#include <stdbool.h>

#define ASK_MAX_ARGUMENTS 5

/* Options that a command has, beside --json and --root. */
#define ASK_BOOLEANS 1u
#define ASK_ALL_STATES 2u
#define ASK_MATRIX 4u

struct ask_options {
    bool json, all_states, matrix;
    const char *root, *booleans;             /* NULL: not given */
    const char *argument[ASK_MAX_ARGUMENTS]; /* NULL after the last */
    int nr_arguments;
};

/* false: it isn't `most` arguments at most and `least` at least, or has another option; said. */
bool ask_read_options(int argc, char **argv, unsigned int has, int least, int most,
                      struct ask_options *options);

#endif
