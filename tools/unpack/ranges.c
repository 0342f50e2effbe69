/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/unpack/ranges.h"

#define PAGE_MASK 0xffful

bool ranges_add(struct ranges *ranges, uint64_t start, uint64_t size)
{
    if (ranges->count == MAX_RANGES || size > UINT64_MAX - start)
        return false;
    ranges->range[ranges->count++] = (struct range){start, start + size};
    return true;
}

bool ranges_use(const struct ranges *ranges, struct range range)
{
    for (unsigned int i = 0; i < ranges->count; i++) {
        if (ranges_meet(ranges->range[i], range))
            return true;
    }
    return false;
}

bool ranges_hold(const struct ranges *ranges, struct range range)
{
    for (unsigned int i = 0; i < ranges->count; i++) {
        if (range.start >= ranges->range[i].start && range.end <= ranges->range[i].end)
            return true;
    }
    return false;
}

/* Below `end`, and better than what was found. */
static void try_below(const struct ranges *memory, const struct ranges *used, uint64_t end,
                      uint64_t size, uint64_t *best)
{
    struct range place = {0, end & ~PAGE_MASK};

    if (place.end < size)
        return;
    place.start = (place.end - size) & ~PAGE_MASK;
    if (place.start > *best && ranges_hold(memory, place) && !ranges_use(used, place))
        *best = place.start;
}

bool ranges_find(const struct ranges *memory, const struct ranges *used, uint64_t size,
                 uint64_t *address)
{
    *address = 0;
    for (unsigned int i = 0; i < memory->count; i++)
        try_below(memory, used, memory->range[i].end, size, address);
    for (unsigned int i = 0; i < used->count; i++)
        try_below(memory, used, used->range[i].start, size, address);
    return *address != 0;
}
