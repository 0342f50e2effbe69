/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The clock: ns since start from the TSC, as ((tsc - base) << shift) * mul >> 32. Guests get the
 * same three numbers (struct vcpu_time_info of Xen's public xen.h) and compute the same time.
 */
#ifndef HV_ARCH_X86_CLOCK_H
#define HV_ARCH_X86_CLOCK_H

#include <stdbool.h>
#include <stdint.h>

struct clock_scale {
    uint64_t base; /* TSC at time 0 */
    uint32_t mul;
    int8_t shift;
};

/* Measure the TSC and the local APIC's timer against the PIT, read the board's clock. */
void clock_init(void);
const struct clock_scale *clock_scale(void);
uint64_t clock_tsc_khz(void);
/*
 * Wait until another CPU has written `value` to `word`, for `ns` at most: false when it has not.
 * Each CPU counts its own TSC, whatever that shows. Without `word`: wait for that long.
 */
bool clock_wait(uint64_t ns, const uint32_t *word, uint32_t value);
/* Compute mul and shift for a frequency. */
void clock_set_scale(struct clock_scale *scale, uint64_t khz);
uint64_t clock_scale_ticks(const struct clock_scale *scale, uint64_t ticks);

#endif
