/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"

/* This machine's microcode is a word. */
int arch_load_microcode(const void *data, size_t size, char *text, size_t text_size)
{
    if (size < sizeof(FAKE_MICROCODE) - 1 ||
        memcmp(data, FAKE_MICROCODE, sizeof(FAKE_MICROCODE) - 1) != 0) {
        (void)snprintf(text, text_size, "it doesn't begin with " FAKE_MICROCODE);
        return -EINVAL;
    }
    (void)snprintf(text, text_size, "it was offered");
    return 0;
}
