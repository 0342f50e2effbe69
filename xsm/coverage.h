/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which decisions were ever made: each (operation, check, subject, object, verdict) once. For who
 * tests a policy, and wants to know what the test didn't reach.
 */
#ifndef XSM_COVERAGE_H
#define XSM_COVERAGE_H

#include "xsm/engine.h"

#define XSM_COVERAGE_SLOTS 8192u

/* Zeroed to begin with; any CPU adds to it while others do and read. */
struct xsm_coverage {
    uint32_t lost; /* additions that found no room */
    uint64_t slot[XSM_COVERAGE_SLOTS];
};

enum xsm_covered_verdict { XSM_COVERED_DENIED, XSM_COVERED_ALLOWED, XSM_COVERED_PERMISSIVE };

struct xsm_covered {
    enum xsm_hook hook;
    unsigned int check;
    xsm_sid subject, object;
    enum xsm_covered_verdict verdict;
};

/* Add one. true: it wasn't there; of those that find no room, none is. */
bool xsm_cover(struct xsm_coverage *coverage, const struct xsm_covered *covered);
/* Is it there? */
bool xsm_is_covered(const struct xsm_coverage *coverage, const struct xsm_covered *covered);

/* The next from slot `*next` on, which then is that of the one after it. false: there are none. */
bool xsm_next_covered(const struct xsm_coverage *coverage, uint64_t *next,
                      struct xsm_covered *covered);

/* Forget all. */
void xsm_forget_covered(struct xsm_coverage *coverage);

/*
 * As a line of text, which XSM_MAX_AUDIT bytes hold:
 *   covered:  denied  { bind } for hook=evtchn_alloc_unbound scontext=... tcontext=... tclass=event
 *   check=1
 * where check= is the number of the row's check, from 0; or "granted", or "permissive". Returns its
 * length.
 */
size_t xsm_format_covered(const struct xsm_engine *engine, const struct xsm_covered *covered,
                          char *text, size_t size);

#endif
