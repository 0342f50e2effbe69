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

/*
 * On this CPU: deliver what is due to the vCPUs whose deadlines it watches, look after the console
 * if that is its task, set the timer for what is next, end of the slice included.
 */
void time_poll(void);
/* The console has more to do: look after it soon, if this CPU does. */
void time_poll_console_soon(void);
/* Have this CPU's timer fire at `deadline` (ns) at the latest. */
void time_arm(uint64_t deadline);

#endif
