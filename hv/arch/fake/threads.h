/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs that are threads, for the other files of this folder. */
#ifndef HV_ARCH_FAKE_THREADS_H
#define HV_ARCH_FAKE_THREADS_H

#include <stdbool.h>
#include <stdint.h>

/* Are there any? */
bool threads_exist(void);
/* Real time, in ns. */
uint64_t threads_now(void);
/* Take the interrupts of the CPU that this thread is. */
void threads_take_interrupts(void);
/* Wait for one and take it; or end the thread. */
void threads_idle(void);
/* The machine stops, and the process with it. */
_Noreturn void threads_halt(void);

#endif
