/* SPDX-License-Identifier: BSD-2-Clause */
/* Stretches of physical memory, in bytes: from `start` up to `end`, without it. */
#ifndef UNPACK_RANGES_H
#define UNPACK_RANGES_H

#include <stdbool.h>
#include <stdint.h>

#define MAX_RANGES 64u

struct range {
    uint64_t start, end;
};

struct ranges {
    unsigned int count;
    struct range range[MAX_RANGES];
};

/* Memory at a physical address; tests have theirs elsewhere. */
void *physical(uint64_t address);

static inline bool ranges_meet(struct range a, struct range b)
{
    return a.start < b.end && b.start < a.end;
}

/* False: there are too many. */
bool ranges_add(struct ranges *ranges, uint64_t start, uint64_t size);
/* Does it meet one of them? */
bool ranges_use(const struct ranges *ranges, struct range range);
/* Is it within one of them? */
bool ranges_hold(const struct ranges *ranges, struct range range);
/* The highest place in `memory` for so many bytes, in whole pages, away from `used`. False: none.
 */
bool ranges_find(const struct ranges *memory, const struct ranges *used, uint64_t size,
                 uint64_t *address);

#endif
