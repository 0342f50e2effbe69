/* SPDX-License-Identifier: BSD-2-Clause */
/* What to do when an invariant of ours is broken: say so and stop the machine. */
#ifndef HV_MACHINE_PANIC_H
#define HV_MACHINE_PANIC_H

/*
 * Print "[bailiwick] stopped: <text>" and stop. For our own mistakes and for what cannot be
 * survived, never for a guest's or a file's input.
 */
_Noreturn void panic(const char *format, ...) __attribute__((format(printf, 1, 2)));

#define assert(condition)                                                                          \
    ((condition) ? (void)0 : panic("%s:%d: %s", __FILE__, __LINE__, #condition))

#endif
