/* SPDX-License-Identifier: BSD-2-Clause */
#include "xsm/text.h"

#include <stdarg.h>
#include <stdio.h>

struct xsm_text xsm_text(char *buffer, size_t size)
{
    if (size > 0)
        buffer[0] = '\0';
    return (struct xsm_text){.buffer = buffer, .size = size};
}

void xsm_append(struct xsm_text *text, const char *format, ...)
{
    size_t left = text->size - text->used;
    va_list arguments;
    int length;

    if (left <= 1)
        return;
    va_start(arguments, format);
    length = vsnprintf(text->buffer + text->used, left, format, arguments);
    va_end(arguments);
    if (length > 0)
        text->used += (size_t)length < left ? (size_t)length : left - 1;
}
