/* SPDX-License-Identifier: BSD-2-Clause */
/* What the two files of xsm_op have in common. */
#ifndef HV_OPS_XSM_H
#define HV_OPS_XSM_H

#include "hv/gate/ops.h"

static inline struct xen_flask_op *xsm_header(struct call *call)
{
    return (void *)call->header;
}

/* What an operation answers: -ENOSYS for all if there is no policy. */
int64_t xsm_result(int error);

/* Between this and policy_end(), if true; else the vCPU has given its time away: -GATE_RETRY. */
bool xsm_has_turn(void);
/*
 * The same for what a seal forbids: until policy_end() nobody seals the policy. 0, -GATE_RETRY, or
 * -GATE_CHANGED: it was sealed after this call was decided.
 */
int xsm_turn_to_change(void);

/*
 * A text of `size` bytes from the guest, which may or may not end with a NUL; `length` is without.
 * -EINVAL, -ENAMETOOLONG, -EFAULT.
 */
int xsm_copy_text(struct call *call, const char *from, size_t size, char *text, size_t most,
                  size_t *length);

/* Which boolean the header names. */
int xsm_find_boolean_of(struct call *call, unsigned int *boolean, bool *by_name);

#endif
