/* SPDX-License-Identifier: BSD-2-Clause */
/* The CPU's own local APIC and its timer (APM2 chapter 16). */
#ifndef HV_ARCH_X86_LAPIC_H
#define HV_ARCH_X86_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

/* On the boot CPU: choose the mode, x2APIC where it exists. */
void lapic_init(void);
/* On another CPU: the same mode. */
void lapic_join(void);
uint32_t lapic_id(void);
void lapic_eoi(void);

/* Messages of the interrupt command register (APM2 16.5); SIPI and FIXED want a vector added. */
#define LAPIC_FIXED 0x4000u
#define LAPIC_NMI 0x4400u
#define LAPIC_INIT 0x4500u
#define LAPIC_SIPI 0x4600u

/* Can the CPU with this APIC ID be sent messages? xAPIC has but 8 bits for it. */
bool lapic_reaches(uint32_t id);
/* Send one to it. On each CPU one at a time: not from interrupts, but for an NMI on the way out. */
void lapic_send(uint32_t id, uint32_t message);

/* An interrupt each `count` ticks of the timer's own clock, 0 for none. */
void lapic_timer_start(uint32_t count);
uint32_t lapic_timer_current(void);
/* Start counting down from the largest value, without an interrupt. */
void lapic_timer_measure(void);

#endif
