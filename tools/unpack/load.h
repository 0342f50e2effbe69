/* SPDX-License-Identifier: BSD-2-Clause */
/* From a bzImage among the modules to a kernel that can be entered. */
#ifndef UNPACK_LOAD_H
#define UNPACK_LOAD_H

#include "tools/unpack/start_info.h"

/*
 * Unpack the first module, and put the kernel in it where it belongs. Other modules are moved out
 * of its way. `own` isn't written to. NULL, or what is wrong: a text for people.
 */
const char *load_kernel(struct start *start, struct range own, uint32_t *entry);

#endif
