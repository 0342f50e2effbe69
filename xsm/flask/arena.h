/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory of one policy load. What is kept grows from the bottom, what only loading needs from the
 * top; the top is the caller's again when loading is over.
 */
#ifndef XSM_FLASK_ARENA_H
#define XSM_FLASK_ARENA_H

#include <stddef.h>

struct flask_arena {
    unsigned char *base;
    size_t low;  /* first byte that is free */
    size_t high; /* first byte after those that are free */
};

/* Zeroed and 16-byte aligned memory for `count` objects of `size` bytes; NULL: none left. */
void *flask_keep(struct flask_arena *arena, size_t count, size_t size);
void *flask_scratch(struct flask_arena *arena, size_t count, size_t size);

/* A copy of `length` bytes with a NUL after them; NULL: no memory left. */
char *flask_keep_text(struct flask_arena *arena, const void *text, size_t length);

#endif
