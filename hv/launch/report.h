/* SPDX-License-Identifier: BSD-2-Clause */
/* What a launch says: its numbered steps, what it found, and why it is refused. */
#ifndef HV_LAUNCH_REPORT_H
#define HV_LAUNCH_REPORT_H

#include "lcm/lcm.h"

/* One step: " 4. guest-a: ... (0.412 s)". The numbers are those of the seed's appendix 1. */
void report_step(unsigned int number, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Print the findings that have not been printed yet, but not `except`, which may be NULL. */
void report_findings(const struct lcm_report *report, const struct lcm_finding *except);
/* The first finding that refuses the launch: an error of the LCM or of a required domain; or NULL.
 */
const struct lcm_finding *report_fatal(const struct lcm_report *report);
/* Say why, and take the crash path; without a crash domain nothing is started, and this stops. */
_Noreturn void report_refusal(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* What the launch was refused for; "" as long as it wasn't. */
const char *report_failure(void);
/* report_refusal() does this first. */
void report_note_failure(const char *why);

#endif
