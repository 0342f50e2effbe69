/* SPDX-License-Identifier: BSD-2-Clause */
/* What the portable parts and libfdt need of a C library, beyond what the probe has. */
#include "tools/guests/bw-boot/bare_libc.h"

#include <stdint.h>

#include "tools/probe/xen.h"

__attribute__((noreturn)) void __stack_chk_fail(void); // NOLINT: the compiler's name

void __stack_chk_fail(void) // NOLINT
{
    shutdown(SHUTDOWN_crash);
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    for (size_t i = 0; i < size && (uintptr_t)t <= (uintptr_t)f; i++)
        t[i] = f[i];
    for (size_t i = size; i > 0 && (uintptr_t)t > (uintptr_t)f; i--)
        t[i - 1] = f[i - 1];
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;

    for (size_t i = 0; i < size; i++)
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    return 0;
}

void *memchr(const void *bytes, int byte, size_t size)
{
    uintptr_t at = (uintptr_t)bytes;

    for (size_t i = 0; i < size; i++)
        if (((const uint8_t *)bytes)[i] == (uint8_t)byte)
            return (void *)(at + i);
    return NULL;
}

size_t strnlen(const char *text, size_t most)
{
    size_t n = 0;

    while (n < most && text[n] != '\0')
        n++;
    return n;
}

size_t strlen(const char *text)
{
    return strnlen(text, SIZE_MAX);
}

int strncmp(const char *a, const char *b, size_t most)
{
    size_t n = strnlen(a, most);

    return memcmp(a, b, n < most ? n + 1 : n);
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strrchr(const char *text, int c)
{
    uintptr_t at = (uintptr_t)text;

    for (size_t n = strlen(text) + 1; n > 0; n--)
        if (text[n - 1] == (char)c)
            return (char *)(at + n - 1);
    return NULL;
}

size_t strcspn(const char *text, const char *end)
{
    size_t n = 0;

    while (text[n] != '\0' && memchr(end, text[n], strlen(end)) == NULL)
        n++;
    return n;
}
