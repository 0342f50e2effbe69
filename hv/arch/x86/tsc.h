/* SPDX-License-Identifier: BSD-2-Clause */
/* Do two CPUs' time stamp counters agree? Time is computed from them, by guests too. */
#ifndef HV_ARCH_X86_TSC_H
#define HV_ARCH_X86_TSC_H

#include <stdbool.h>
#include <stdint.h>

struct tsc_check;

/*
 * Both CPUs call this on the same zeroed `check`, the boot CPU with `side` 0 and the other with 1:
 * each reads its TSC in turn. 0; -ERANGE: a later value was smaller than an earlier one by more
 * than the tolerance; -ETIMEDOUT: the other CPU has left its turn out for a second.
 */
int tsc_compare(struct tsc_check *check, uint32_t side);

#endif
