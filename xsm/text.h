/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that grows in a buffer of fixed size; what doesn't fit is cut off. */
#ifndef XSM_TEXT_H
#define XSM_TEXT_H

#include <stddef.h>

struct xsm_text {
    char *buffer;
    size_t size; /* with the NUL */
    size_t used; /* without */
};

/* An empty text in `buffer`. */
struct xsm_text xsm_text(char *buffer, size_t size);
void xsm_append(struct xsm_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

#endif
