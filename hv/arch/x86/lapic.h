/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's own local APIC and its timer (APM2 chapter 16). */
#ifndef HV_ARCH_X86_LAPIC_H
#define HV_ARCH_X86_LAPIC_H

#include <stdint.h>

void lapic_init(void);
void lapic_eoi(void);
/* One interrupt after `count` ticks of the timer's own clock. */
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_current(void);
/* Start counting down from the largest value, without an interrupt. */
void lapic_timer_measure(void);

#endif
