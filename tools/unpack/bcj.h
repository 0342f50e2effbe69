/* SPDX-License-Identifier: BSD-2-Clause */
/* The filter for x86 code that xz applies before it compresses. */
#ifndef UNPACK_BCJ_H
#define UNPACK_BCJ_H

#include <stddef.h>
#include <stdint.h>

/*
 * Make the targets of calls and jumps relative again, as they were. `origin` is the first byte's
 * address as the filter counts it.
 */
void bcj_x86_undo(uint8_t *code, size_t size, uint32_t origin);

#endif
