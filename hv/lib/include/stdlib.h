/* SPDX-License-Identifier: BSD-2-Clause */
/* libfdt's headers include <stdlib.h>; its read-only functions use nothing of it. */
#ifndef HV_LIB_STDLIB_H
#define HV_LIB_STDLIB_H

#include <stddef.h>

#endif
