/* SPDX-License-Identifier: BSD-2-Clause */
/* Time since the hypervisor started, in ns, and the one timer behind all deadlines. */
#ifndef HV_MACHINE_TIME_H
#define HV_MACHINE_TIME_H

#include <stdint.h>

#define MICROSECOND 1000ul
#define MILLISECOND 1000000ul
#define SECOND 1000000000ul
#define NEVER UINT64_MAX

/* The console's input has no interrupt of its own: it is polled this often, in ns. */
#define CONSOLE_POLL_INTERVAL (10 * MILLISECOND)
/* The same while output waits for the serial port. */
#define CONSOLE_BUSY_INTERVAL MILLISECOND

/* ns since start. Guests compute the same from the TSC (pvclock). */
uint64_t now(void);

/* Deliver what is due to vCPUs, move the console's input and output, set the timer for what is
 * next. */
void time_poll(void);
/* Have the timer fire at `deadline` (ns) at the latest. */
void time_arm(uint64_t deadline);

#endif
