/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Equal rows of a matrix become one, then equal columns. Lines are compared where their hashes are
 * equal; should different ones with one hash stand in each other's way, some stay apart that
 * could have been shared, and nothing else comes of it.
 */
#include "xsm/flask/compile.h"

#include <string.h>

#define LINE_BITS 16u
#define LINE_MASK ((1u << LINE_BITS) - 1)

/* The rows of a matrix, or its columns. */
struct lines {
    const uint32_t *cell;
    uint32_t count, length;
    size_t stride, step; /* from line to line, and from cell to cell of a line */
};

static uint64_t hash_line(const struct lines *lines, uint32_t line)
{
    const uint32_t *cell = lines->cell + line * lines->stride;
    uint64_t hash = 0xcbf29ce484222325u;

    for (uint32_t i = 0; i < lines->length; i++)
        hash = (hash ^ cell[i * lines->step]) * 0x100000001b3u;
    return hash;
}

static bool same_line(const struct lines *lines, uint32_t a, uint32_t b)
{
    for (uint32_t i = 0; i < lines->length; i++)
        if (lines->cell[a * lines->stride + i * lines->step] !=
            lines->cell[b * lines->stride + i * lines->step])
            return false;
    return true;
}

/* `first` of each line becomes the lowest line equal to it. */
static void find_equal(struct flask_reader *reader, const struct lines *lines, uint16_t *first)
{
    uint64_t *key = flask_reader_scratch(reader, lines->count, sizeof(*key));
    uint32_t leader = 0;

    if (key == NULL)
        return;
    for (uint32_t i = 0; i < lines->count; i++)
        key[i] = hash_line(lines, i) << LINE_BITS | i;
    flask_sort(key, lines->count);
    for (uint32_t i = 0; i < lines->count; i++) {
        uint32_t line = (uint32_t)(key[i] & LINE_MASK);

        if (i == 0 || key[i] >> LINE_BITS != key[i - 1] >> LINE_BITS ||
            !same_line(lines, leader, line))
            leader = line;
        first[line] = (uint16_t)leader;
    }
}

/* Number what is left from 0; `kept` has the old number of each new one. Returns how many. */
static uint32_t renumber(uint16_t *first, uint32_t count, uint16_t *kept)
{
    uint32_t next = 0;

    for (uint32_t i = 0; i < count; i++) {
        if (first[i] == i) {
            kept[next] = (uint16_t)i;
            first[i] = (uint16_t)next++;
        } else {
            first[i] = first[first[i]];
        }
    }
    return next;
}

/* The new numbers of lines, for all types. Returns how many lines are left. */
static uint32_t share_lines(struct flask_compiler *compiler, const struct lines *lines,
                            uint16_t *number, uint16_t *kept)
{
    struct flask_reader *reader = compiler->reader;
    size_t scratch = reader->arena->high;
    uint16_t *first = flask_reader_scratch(reader, lines->count, sizeof(*first));
    uint32_t left;

    if (first == NULL)
        return 0;
    find_equal(reader, lines, first);
    left = renumber(first, lines->count, kept);
    for (unsigned int i = 0; i < compiler->policy->nr_types; i++)
        number[i] = first[number[i]];
    reader->arena->high = scratch;
    return left;
}

void flask_share(struct flask_compiler *compiler, struct plane *plane, struct flask_matrix *matrix)
{
    struct flask_reader *reader = compiler->reader;
    uint32_t rows = plane->rows.count, columns = plane->columns.count;
    struct lines row = {plane->cell, rows, columns, columns, 1};
    struct lines column = {plane->cell, columns, rows, 1, columns};
    uint16_t *kept_row = flask_reader_scratch(reader, rows, sizeof(*kept_row));
    uint16_t *kept_column = flask_reader_scratch(reader, columns, sizeof(*kept_column));
    uint32_t *cell;

    if (reader->status != 0)
        return;
    matrix->rows = share_lines(compiler, &row, plane->rows.number, kept_row);
    matrix->columns = share_lines(compiler, &column, plane->columns.number, kept_column);
    matrix->row = plane->rows.number;
    matrix->column = plane->columns.number;
    cell = flask_reader_keep(reader, (size_t)matrix->rows * matrix->columns, sizeof(*cell));
    if (cell == NULL)
        return;
    matrix->cell = cell;
    for (uint32_t i = 0; i < matrix->rows; i++)
        for (uint32_t j = 0; j < matrix->columns; j++)
            *cell++ = plane->cell[(size_t)kept_row[i] * columns + kept_column[j]];
}
