/* SPDX-License-Identifier: BSD-2-Clause */
/* The part of C17 <limits.h> (5.2.4.2.1) that freestanding code here uses. */
#ifndef HV_LIB_LIMITS_H
#define HV_LIB_LIMITS_H

#define CHAR_BIT 8
#define INT_MAX __INT_MAX__
#define INT_MIN (-INT_MAX - 1)
#define UINT_MAX (INT_MAX * 2u + 1)
#define LONG_MAX __LONG_MAX__
#define ULONG_MAX (LONG_MAX * 2ul + 1)

#endif
