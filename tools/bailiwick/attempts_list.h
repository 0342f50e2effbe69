/* SPDX-License-Identifier: BSD-2-Clause */
/* What attempts.h keeps; for attempts.c and attempts_lines.c. */
#ifndef BAILIWICK_ATTEMPTS_LIST_H
#define BAILIWICK_ATTEMPTS_LIST_H

#include "tools/bailiwick/attempt.h"

struct attempts {
    struct expect *expect;
    struct attempt *one;
    size_t count, room;
    json_t *lines;
};

#endif
