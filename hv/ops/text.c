/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/ops/text.h"

#include <string.h>

int text_put(struct call *call, uint64_t at, uint32_t *size, const char *text)
{
    static const char nul = '\0';
    size_t length = strlen(text), room = *size;
    int error;

    *size = (uint32_t)length;
    if (room == 0)
        return 0;
    if (length >= room)
        length = room - 1;
    error = gate_copy_to(call->v, (gva_t){at}, text, length);
    return error != 0 ? error : gate_copy_to(call->v, (gva_t){at + length}, &nul, 1);
}
