/* SPDX-License-Identifier: BSD-2-Clause */
#include "xsm/flask/arena.h"

#include <stdint.h>
#include <string.h>

#define ALIGNMENT 16u

/* Bytes that `count` objects take, rounded up; 0: more than any arena has. */
static size_t bytes_needed(size_t count, size_t size)
{
    if (size == 0 || count > (SIZE_MAX - ALIGNMENT) / size)
        return 0;
    if (count == 0)
        return ALIGNMENT;
    return (count * size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
}

void *flask_keep(struct flask_arena *arena, size_t count, size_t size)
{
    size_t bytes = bytes_needed(count, size);
    size_t start = (arena->low + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);

    if (bytes == 0 || start > arena->high || bytes > arena->high - start)
        return NULL;
    arena->low = start + bytes;
    return memset(arena->base + start, 0, bytes);
}

void *flask_scratch(struct flask_arena *arena, size_t count, size_t size)
{
    size_t bytes = bytes_needed(count, size);

    if (bytes == 0 || bytes > arena->high - arena->low)
        return NULL;
    arena->high = (arena->high - bytes) & ~(size_t)(ALIGNMENT - 1);
    if (arena->high < arena->low)
        return NULL;
    return memset(arena->base + arena->high, 0, bytes);
}

char *flask_keep_text(struct flask_arena *arena, const void *text, size_t length)
{
    char *copy;

    if (length >= arena->high - arena->low)
        return NULL;
    copy = (char *)arena->base + arena->low;
    arena->low += length + 1;
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}
