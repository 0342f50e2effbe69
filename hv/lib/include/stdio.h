/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The part of C17 <stdio.h> that freestanding code here uses: formatting into a buffer.
 * Conversions: %s %c %d %i %u %x %X %%, with l, ll, z; flags 0 and -; width and precision
 * (precision for %s only), both also as *. Anything else stops the machine: it is our mistake.
 */
#ifndef HV_LIB_STDIO_H
#define HV_LIB_STDIO_H

#include <stdarg.h>
#include <stddef.h>

int snprintf(char *restrict to, size_t size, const char *restrict format, ...)
    __attribute__((format(printf, 3, 4)));
int vsnprintf(char *restrict to, size_t size, const char *restrict format, va_list args)
    __attribute__((format(printf, 3, 0)));

#endif
