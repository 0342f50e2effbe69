/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one may ask of the policy itself, beside decisions on hooks.def: the computations of Xen's
 * public xsm/flask_op.h, on SIDs and on the policy's own numbers of classes, which count from 1 in
 * the order of the policy's source.
 *
 * Functions return 0 or a negative errno; -ENOENT from all of them: no policy is loaded; -EINVAL: a
 * SID that nobody has been given, or a class that the policy lacks. Those that may make SIDs must
 * not run while a policy takes another one's place.
 */
#ifndef XSM_COMPUTE_H
#define XSM_COMPUTE_H

#include "xsm/engine.h"

/* Has anybody been given this SID? */
bool xsm_sid_is_known(const struct xsm_engine *engine, xsm_sid sid);

/*
 * The SID of a full context of `length` bytes, which need no NUL. Contexts that have none get one
 * as long as `*left`, which counts down, isn't 0. -EINVAL: it is no valid context; -ENOSPC: it has
 * no SID, and `left` or the policy's room for SIDs or levels is used up.
 */
int xsm_context_to_sid(struct xsm_engine *engine, const char *context, size_t length,
                       uint32_t *left, xsm_sid *sid);

/* Permissions of a class, by the policy's own bits. */
struct xsm_access {
    uint32_t allowed, auditallow, auditdeny;
};
int xsm_compute_access(const struct xsm_engine *engine, xsm_sid source, xsm_sid target,
                       uint32_t class_value, struct xsm_access *access);

enum xsm_new { XSM_NEW_TRANSITION, XSM_NEW_MEMBER, XSM_NEW_CHANGE };
/*
 * The label of a new object made by `source` in or for `target`, of a member of a polyinstantiated
 * one, or of one that is to be relabelled. `left` as above. -EINVAL also: the policy leads to no
 * valid context.
 */
int xsm_compute_new(struct xsm_engine *engine, enum xsm_new kind, xsm_sid source, xsm_sid target,
                    uint32_t class_value, uint32_t *left, xsm_sid *sid);

#endif
