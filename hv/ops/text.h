/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HV_OPS_TEXT_H
#define HV_OPS_TEXT_H

#include "hv/gate/gate.h"

/*
 * As much of a text as the caller has room for at `at`, with a NUL. `*size` is how many bytes there
 * are, 0: none is wanted; and then the text's length. 0 or -EFAULT.
 */
int text_put(struct call *call, uint64_t at, uint32_t *size, const char *text);

#endif
