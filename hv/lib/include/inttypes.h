/* SPDX-License-Identifier: BSD-2-Clause */
/* The conversions of C17 <inttypes.h> (7.8.1) that freestanding code here uses; LP64 only. */
#ifndef HV_LIB_INTTYPES_H
#define HV_LIB_INTTYPES_H

#include <stdint.h>

#define PRId32 "d"
#define PRIu32 "u"
#define PRIx32 "x"
#define PRIu16 "u"
#define PRIx16 "x"
#define PRIu8 "u"
#define PRIx8 "x"
#define PRId64 "ld"
#define PRIu64 "lu"
#define PRIx64 "lx"
#define PRIX64 "lX"

#endif
