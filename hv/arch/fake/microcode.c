/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "hv/arch/arch.h"

/* This machine has none. */
int arch_load_microcode(const void *data, size_t size, char *text, size_t text_size)
{
    (void)data;
    (void)size;
    (void)snprintf(text, text_size, "it has nothing for this CPU");
    return 0;
}
