/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "hv/machine/panic.h"

struct output {
    char *to;
    size_t size, length;
};

struct conversion {
    bool left, zero, has_precision, is_negative;
    int width, precision;
    char size; /* 0, 'l' (also for ll and z: all are 64 bits) */
    char type;
};

static void put(struct output *out, char c)
{
    if (out->length + 1 < out->size)
        out->to[out->length] = c;
    out->length++;
}

static void pad(struct output *out, char c, int n)
{
    while (n-- > 0)
        put(out, c);
}

static void put_padded(struct output *out, const struct conversion *c, const char *text, size_t n)
{
    int fill = c->width > (int)n ? c->width - (int)n : 0;

    if (!c->left)
        pad(out, ' ', fill);
    for (size_t i = 0; i < n; i++)
        put(out, text[i]);
    if (c->left)
        pad(out, ' ', fill);
}

static void put_number(struct output *out, const struct conversion *c, uint64_t value)
{
    const char *digits = c->type == 'X' ? "0123456789ABCDEF" : "0123456789abcdef";
    unsigned int base = c->type == 'x' || c->type == 'X' ? 16 : 10;
    char text[24];
    size_t at = sizeof(text);

    do {
        text[--at] = digits[value % base];
        value /= base;
    } while (value != 0);
    if (c->zero && !c->left) {
        const struct conversion plain = {0};
        int digit_count = (int)(sizeof(text) - at);

        if (c->is_negative)
            put(out, '-');
        pad(out, '0', c->width - digit_count - (c->is_negative ? 1 : 0));
        put_padded(out, &plain, text + at, (size_t)digit_count);
        return;
    }
    if (c->is_negative)
        text[--at] = '-';
    put_padded(out, c, text + at, sizeof(text) - at);
}

static const char *parse_number(const char *f, int *number, va_list *args)
{
    *number = 0;
    if (*f == '*') {
        *number = va_arg(*args, int);
        return f + 1;
    }
    while (*f >= '0' && *f <= '9')
        *number = *number * 10 + (*f++ - '0');
    return f;
}

static const char *parse_conversion(const char *f, struct conversion *c, va_list *args)
{
    *c = (struct conversion){.precision = -1};
    for (; *f == '-' || *f == '0'; f++) {
        c->left = c->left || *f == '-';
        c->zero = c->zero || *f == '0';
    }
    f = parse_number(f, &c->width, args);
    if (c->width < 0) { /* from an argument: the flag - and a width (7.21.6.1, 5) */
        c->left = true;
        c->width = -c->width;
    }
    if (*f == '.') {
        c->has_precision = true;
        f = parse_number(f + 1, &c->precision, args);
    }
    for (; *f == 'l' || *f == 'z'; f++)
        c->size = 'l';
    c->type = *f;
    return *f == '\0' ? f : f + 1;
}

static void convert_string(struct output *out, const struct conversion *c, const char *text)
{
    size_t limit = c->has_precision && c->precision >= 0 ? (size_t)c->precision : SIZE_MAX;

    put_padded(out, c, text, strnlen(text, limit));
}

static void convert_signed(struct output *out, struct conversion *c, int64_t value)
{
    c->is_negative = value < 0;
    put_number(out, c, value < 0 ? ~(uint64_t)value + 1 : (uint64_t)value);
}

static void convert(struct output *out, struct conversion *c, va_list *args)
{
    char character;

    switch (c->type) {
    case 's':
        convert_string(out, c, va_arg(*args, const char *));
        break;
    case 'c':
        character = (char)va_arg(*args, int);
        put_padded(out, c, &character, 1);
        break;
    case 'd':
    case 'i':
        convert_signed(out, c, c->size == 'l' ? va_arg(*args, long) : va_arg(*args, int));
        break;
    case 'u':
    case 'x':
    case 'X':
        put_number(out, c,
                   c->size == 'l' ? va_arg(*args, unsigned long) : va_arg(*args, unsigned int));
        break;
    case '%':
        put(out, '%');
        break;
    default:
        panic("printf: unknown conversion");
    }
}

int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list args)
{
    struct output out = {.to = to, .size = size};
    struct conversion c;
    va_list rest;

    va_copy(rest, args);
    while (*format != '\0') {
        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        format = parse_conversion(format + 1, &c, &rest);
        convert(&out, &c, &rest);
    }
    va_end(rest);
    if (size > 0)
        to[out.length < size ? out.length : size - 1] = '\0';
    return (int)out.length;
}

int snprintf(char *restrict to, size_t size, const char *restrict format, ...)
{
    va_list args;
    int length;

    va_start(args, format);
    length = vsnprintf(to, size, format, args);
    va_end(args);
    return length;
}
