/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The commands of bw, by which a Linux domain asks Bailiwick itself. Each says what was wrong and
 * returns the exit status.
 */
#ifndef BW_BW_H
#define BW_BW_H

#include <stdbool.h>
#include <stdio.h>

#define BW_DONE 0
#define BW_REFUSED 1
#define BW_USAGE 2

struct bw {
    FILE *out; /* what was asked for */
    FILE *err; /* what is wrong or missing */
    bool json, follow, reset;
};

int bw_audit(const struct bw *bw);
int bw_changes(const struct bw *bw);
int bw_coverage(const struct bw *bw);
int bw_ready(const struct bw *bw);
int bw_seal(const struct bw *bw);

#endif
