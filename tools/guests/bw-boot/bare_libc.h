/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What bare_libc.c and bare_format.c have of the C library, as the C standard and POSIX say. Other
 * files have it from <string.h> and <stdio.h>.
 */
#ifndef BW_BOOT_BARE_LIBC_H
#define BW_BOOT_BARE_LIBC_H

#include <stdarg.h>
#include <stddef.h>

void *memmove(void *to, const void *from, size_t size);
int memcmp(const void *a, const void *b, size_t size);
void *memchr(const void *bytes, int byte, size_t size);
size_t strnlen(const char *text, size_t most);
size_t strlen(const char *text);
int strncmp(const char *a, const char *b, size_t most);
int strcmp(const char *a, const char *b);
char *strrchr(const char *text, int c);
size_t strcspn(const char *text, const char *end);

int vsnprintf(char *to, size_t room, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));
int snprintf(char *to, size_t room, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
