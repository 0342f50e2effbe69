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

/* Where the reader is in a map. */
struct cursor {
    uint32_t highbit, left; /* nodes */
    uint32_t next;          /* the lowest bit that the next node may start at */
    unsigned int limit;
};

static struct header read_header(struct flask_reader *reader, unsigned int limit)
{
    size_t start = reader->offset;
    struct header header = {0};

    if (flask_u32(reader) != MAP_SIZE)
        flask_fail_at(reader, start, "a bitmap's map size is not %u", MAP_SIZE);
    header.highbit = flask_u32(reader);
    header.count = flask_count(reader, limit / MAP_SIZE + 1, NODE_BYTES, "bitmap nodes");
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

static struct cursor start_map(struct flask_reader *reader, unsigned int limit)
{
    struct header header = read_header(reader, limit);

    return (struct cursor){.highbit = header.highbit, .left = header.count, .limit = limit};
}

/* The next node; false: there is none, or a fault was found. */
static bool next_node(struct flask_reader *reader, struct cursor *cursor, struct flask_node *node)
{
    size_t at = reader->offset;

    if (cursor->left == 0 || reader->status != 0) {
        if (cursor->next != cursor->highbit)
            flask_fail(reader, "a bitmap ends at bit %u instead of %u", cursor->next,
                       cursor->highbit);
        return false;
    }
    node->start = flask_u32(reader);
    node->map = flask_u64(reader);
    if (node->start % MAP_SIZE != 0 || node->start < cursor->next || node->map == 0)
        flask_fail_at(reader, at, "a bitmap's node is empty, misplaced or out of order");
    else if (passes_limit(node->start, node->map, cursor->limit))
        flask_fail_at(reader, at, "a bitmap has a bit that should be below %u", cursor->limit);
    cursor->left--;
    cursor->next = node->start + MAP_SIZE;
    return reader->status == 0;
}

static void fill_set(struct flask_reader *reader, struct cursor *cursor, struct flask_node *node,
                     struct flask_set *set)
{
    struct flask_node next;

    set->node = node;
    while (node != NULL && next_node(reader, cursor, &next))
        node[set->count++] = next;
}

void flask_read_set(struct flask_reader *reader, unsigned int limit, struct flask_set *set)
{
    struct cursor cursor = start_map(reader, limit);
    struct flask_node *node = flask_reader_keep(reader, cursor.left, sizeof(*node));

    *set = (struct flask_set){0};
    fill_set(reader, &cursor, node, set);
}

void flask_read_scratch_set(struct flask_reader *reader, unsigned int limit, struct flask_set *set)
{
    struct cursor cursor = start_map(reader, limit);
    struct flask_node *node = flask_reader_scratch(reader, cursor.left, sizeof(*node));

    *set = (struct flask_set){0};
    fill_set(reader, &cursor, node, set);
}

unsigned int flask_skip_set(struct flask_reader *reader, unsigned int limit)
{
    struct cursor cursor = start_map(reader, limit);
    struct flask_node node;
    unsigned int end = 0;

    while (next_node(reader, &cursor, &node))
        end = node.start + MAP_SIZE - (unsigned int)__builtin_clzll(node.map);
    return end;
}

void flask_read_map(struct flask_reader *reader, uint64_t *map)
{
    struct cursor cursor = start_map(reader, FLASK_MAX_CATEGORIES);
    struct flask_node node;

    memset(map, 0, FLASK_CATEGORY_WORDS * sizeof(*map));
    while (next_node(reader, &cursor, &node))
        map[node.start / MAP_SIZE] = node.map;
}
