/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdint.h>
#include <string.h>

/* Staggered by the caller where it matters: see machine/memory.h on large copies. */
void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    void *result = to;

    uint64_t words = size / sizeof(uint64_t), rest = size % sizeof(uint64_t);

    __asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words) : : "memory");
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(rest) : : "memory");
    return result;
}

void *memmove(void *to, const void *from, size_t size)
{
    uint8_t *d = to;
    const uint8_t *s = from;

    if (d <= s || d >= s + size)
        return memcpy(to, from, size);
    while (size-- > 0)
        d[size] = s[size];
    return to;
}

void *memset(void *to, int value, size_t size)
{
    void *result = to;

    uint64_t words = size / sizeof(uint64_t), rest = size % sizeof(uint64_t);
    uint64_t pattern = (uint8_t)value * 0x0101010101010101ul;

    __asm__ volatile("rep stosq" : "+D"(to), "+c"(words) : "a"(pattern) : "memory");
    __asm__ volatile("rep stosb" : "+D"(to), "+c"(rest) : "a"(pattern) : "memory");
    return result;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const uint8_t *x = a, *y = b;

    for (size_t i = 0; i < size; i++) {
        if (x[i] != y[i])
            return x[i] < y[i] ? -1 : 1;
    }
    return 0;
}

void *memchr(const void *from, int value, size_t size)
{
    const uint8_t *s = from;

    for (size_t i = 0; i < size; i++) {
        if (s[i] == (uint8_t)value)
            return (void *)(uintptr_t)(s + i);
    }
    return NULL;
}

size_t strlen(const char *text)
{
    size_t n = 0;

    while (text[n] != '\0')
        n++;
    return n;
}

size_t strnlen(const char *text, size_t size)
{
    size_t n = 0;

    while (n < size && text[n] != '\0')
        n++;
    return n;
}

int strncmp(const char *a, const char *b, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        if (a[i] != b[i])
            return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
        if (a[i] == '\0')
            break;
    }
    return 0;
}

int strcmp(const char *a, const char *b)
{
    return strncmp(a, b, SIZE_MAX);
}

char *strchr(const char *text, int character)
{
    for (;; text++) {
        if (*text == (char)character)
            return (char *)(uintptr_t)text;
        if (*text == '\0')
            return NULL;
    }
}

char *strrchr(const char *text, int character)
{
    char *found = NULL;

    for (;; text++) {
        if (*text == (char)character)
            found = (char *)(uintptr_t)text;
        if (*text == '\0')
            return found;
    }
}
