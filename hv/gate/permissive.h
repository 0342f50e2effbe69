/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the policy denied and was done all the same. A policy's author who lets a system run like
 * this wants to know of everything, once: the first record of each (operation, check, subject,
 * object) is written whatever else is, and the same again isn't.
 */
#ifndef GATE_PERMISSIVE_H
#define GATE_PERMISSIVE_H

#include "xsm/engine.h"

/*
 * FIRST: it is to be written. AGAIN: it was. NEITHER: it isn't such a record, or there were too
 * many (XSM_COVERAGE_SLOTS) to know: it counts like others. Any CPU, at any time.
 */
enum permissive { PERMISSIVE_NEITHER, PERMISSIVE_FIRST, PERMISSIVE_AGAIN };
enum permissive permissive_record(const struct xsm_record *record);

/* The policy, a boolean or enforcement changed: what is done from now on is news again. */
void permissive_forget(void);

#endif
