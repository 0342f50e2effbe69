/* SPDX-License-Identifier: BSD-2-Clause */
/* The little of a C library that the probe needs. */
#ifndef PROBE_TEXT_H
#define PROBE_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void *memcpy(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

size_t text_length(const char *text);
bool text_equal(const char *a, const char *b);
bool text_starts(const char *text, const char *start);
bool is_blank(char c);

/* Decimal, 0x hexadecimal, either with a minus sign in front. False: `text` is no number. */
bool text_to_number(const char *text, uint64_t *value);

/*
 * Undo backslash escapes in place: \n \r \t \e \\ \xHH. Returns the new length: the text may hold
 * NUL bytes then.
 */
size_t text_unescape(char *text);

#endif
