/* SPDX-License-Identifier: BSD-2-Clause */
#include "text.h"

void *memcpy(void *to, const void *from, size_t size)
{
    uint8_t *t = to;
    const uint8_t *f = from;

    while (size--)
        *t++ = *f++;
    return to;
}

void *memset(void *to, int byte, size_t size)
{
    uint8_t *t = to;

    while (size--)
        *t++ = (uint8_t)byte;
    return to;
}

size_t text_length(const char *text)
{
    size_t n = 0;

    while (text[n])
        n++;
    return n;
}

bool text_equal(const char *a, const char *b)
{
    while (*a && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

bool text_starts(const char *text, const char *start)
{
    while (*start && *text == *start) {
        text++;
        start++;
    }
    return !*start;
}

bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* The value of a digit, or 16 for what is none. */
static unsigned int digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned int)(c - 'A') + 10;
    return 16;
}

bool text_to_number(const char *text, uint64_t *value)
{
    bool negative = *text == '-';
    unsigned int base = 10;
    uint64_t sum = 0;

    if (negative)
        text++;
    if (text[0] == '0' && text[1] == 'x') {
        base = 16;
        text += 2;
    }
    if (!*text)
        return false;
    for (; *text; text++) {
        if (digit(*text) >= base)
            return false;
        sum = sum * base + digit(*text);
    }
    *value = negative ? 0 - sum : sum;
    return true;
}

/* One escape after its backslash. Returns how many characters it takes. */
static size_t unescape(const char *text, char *out)
{
    static const char names[] = "nrte", bytes[] = "\n\r\t\033";
    unsigned int i;

    for (i = 0; names[i]; i++) {
        if (text[0] == names[i]) {
            *out = bytes[i];
            return 1;
        }
    }
    if (text[0] == 'x' && digit(text[1]) < 16 && digit(text[2]) < 16) {
        *out = (char)(digit(text[1]) * 16 + digit(text[2]));
        return 3;
    }
    *out = text[0];
    return 1;
}

size_t text_unescape(char *text)
{
    char *out = text;
    const char *in = text;

    while (*in) {
        if (in[0] == '\\' && in[1])
            in += 1 + unescape(in + 1, out);
        else
            *out = *in++;
        out++;
    }
    *out = '\0';
    return (size_t)(out - text);
}
