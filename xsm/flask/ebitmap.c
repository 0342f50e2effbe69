/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Ebitmaps: u32 mapsize (64), u32 highbit, u32 count, then `count` nodes of { u32 startbit,
 * u64 map }, in ascending order.
 */
#include "xsm/flask/reader.h"

#include <string.h>

#define MAP_SIZE 64u
#define NODE_BYTES 12u

struct header {
    uint32_t highbit, count;
};

static struct header read_header(struct flask_reader *reader)
{
    size_t start = reader->offset;
    struct header header = {0};

    if (flask_u32(reader) != MAP_SIZE)
        flask_fail_at(reader, start, "a bitmap's map size is not %u", MAP_SIZE);
    header.highbit = flask_u32(reader);
    header.count = flask_count(reader, FLASK_SET_WORDS + 1, NODE_BYTES, "bitmap nodes");
    if (header.highbit % MAP_SIZE != 0 || (header.highbit != 0) != (header.count != 0))
        flask_fail_at(reader, start, "a bitmap ends at bit %u but has %u nodes", header.highbit,
                      header.count);
    return header;
}

/* Bits from `limit` on that are set in the map which starts at bit `start`. */
static bool passes_limit(uint32_t start, uint64_t map, unsigned int limit)
{
    if (start >= limit)
        return true;
    return limit - start < MAP_SIZE && map >> (limit - start) != 0;
}

void flask_read_set(struct flask_reader *reader, unsigned int limit, struct flask_set *set)
{
    struct header header = read_header(reader);
    uint32_t next = 0;

    memset(set, 0, sizeof(*set));
    for (uint32_t i = 0; i < header.count && reader->status == 0; i++) {
        size_t at = reader->offset;
        uint32_t start = flask_u32(reader);
        uint64_t map = flask_u64(reader);

        if (start % MAP_SIZE != 0 || start < next || map == 0)
            flask_fail_at(reader, at, "a bitmap's node is empty, misplaced or out of order");
        else if (passes_limit(start, map, limit))
            flask_fail_at(reader, at, "a bitmap has a bit that should be below %u", limit);
        else
            set->word[start / MAP_SIZE] = map;
        next = start + MAP_SIZE;
    }
    if (next != header.highbit)
        flask_fail(reader, "a bitmap ends at bit %u instead of %u", next, header.highbit);
}

void flask_read_empty(struct flask_reader *reader, const char *what)
{
    size_t start = reader->offset;
    struct header header = read_header(reader);

    if (header.count != 0)
        flask_fail_at(reader, start, "%s are not supported", what);
}

void flask_read_no_level(struct flask_reader *reader)
{
    flask_number(reader, 0, 0, "a sensitivity without MLS");
    flask_read_empty(reader, "categories without MLS");
}

void flask_read_no_range(struct flask_reader *reader)
{
    flask_number(reader, 1, 1, "the number of levels of a range without MLS");
    flask_read_no_level(reader);
}
