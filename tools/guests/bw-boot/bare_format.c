/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of vsnprintf that is used here: %s %d %u %lu %x and %%, with a width, `-` and `0`, and
 * with `.*` for %s.
 */
#include "tools/guests/bw-boot/bare_libc.h"

#include <stdbool.h>
#include <stdint.h>

struct text {
    char *to;
    size_t room, size; /* bytes; `size` is what it would have with enough room */
};

struct directive {
    bool left, zeros, is_long;
    size_t width, most;
};

static void put(struct text *text, char c)
{
    if (text->size + 1 < text->room)
        text->to[text->size] = c;
    text->size++;
}

static void put_padded(struct text *text, const struct directive *d, const char *from, size_t size)
{
    size_t padding = d->width > size ? d->width - size : 0;

    for (size_t i = 0; i < padding && !d->left; i++)
        put(text, d->zeros ? '0' : ' ');
    for (size_t i = 0; i < size; i++)
        put(text, from[i]);
    for (size_t i = 0; i < padding && d->left; i++)
        put(text, ' ');
}

static void put_number(struct text *text, const struct directive *d, uint64_t value, bool negative,
                       unsigned int base)
{
    char digits[24];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value != 0);
    if (negative)
        digits[--at] = '-';
    put_padded(text, d, digits + at, sizeof(digits) - at);
}

static const char *read_directive(const char *format, struct directive *d, int most)
{
    *d = (struct directive){.most = SIZE_MAX};
    for (; *format == '-' || *format == '0'; format++) {
        d->left |= *format == '-';
        d->zeros |= *format == '0';
    }
    for (; *format >= '0' && *format <= '9'; format++)
        d->width = d->width * 10 + (size_t)(*format - '0');
    if (format[0] == '.' && format[1] == '*') {
        d->most = (size_t)most;
        format += 2;
    }
    for (; *format == 'l'; format++)
        d->is_long = true;
    return format;
}

static bool takes_most(const char *format)
{
    return format[strcspn(format, "*sdux%")] == '*';
}

int vsnprintf(char *to, size_t room, const char *format, va_list arguments)
{
    struct text text = {.to = to, .room = room};

    for (; *format != '\0'; format++) {
        struct directive d;

        if (*format != '%') {
            put(&text, *format);
            continue;
        }
        format++;
        format = read_directive(format, &d, takes_most(format) ? va_arg(arguments, int) : 0);
        if (*format == 's') {
            const char *s = va_arg(arguments, const char *);

            put_padded(&text, &d, s, strnlen(s, d.most));
        } else if (*format == 'd') {
            int value = va_arg(arguments, int);

            put_number(&text, &d, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, value < 0, 10);
        } else if (*format == 'u' || *format == 'x') {
            uint64_t value =
                d.is_long ? va_arg(arguments, unsigned long) : va_arg(arguments, unsigned int);

            put_number(&text, &d, value, false, *format == 'x' ? 16 : 10);
        } else {
            put(&text, *format);
        }
    }
    if (room != 0)
        to[text.size < room ? text.size : room - 1] = '\0';
    return (int)text.size;
}

int snprintf(char *to, size_t room, const char *format, ...)
{
    va_list arguments;
    int size;

    va_start(arguments, format);
    size = vsnprintf(to, room, format, arguments);
    va_end(arguments);
    return size;
}
