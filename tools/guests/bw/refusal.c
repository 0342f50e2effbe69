/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw/refusal.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "hv/public/bailiwick_op.h"

static const struct {
    unsigned int operation;
    int error;
    const char *text;
} refusals[] = {
    {BW_OP_audit_read, -EPERM,
     "the policy doesn't let this domain read the audit ring (bw_audit read)"},
    {BW_OP_coverage_read, -EPERM,
     "the policy doesn't let this domain see what was decided (bw_coverage read)"},
    {BW_OP_coverage_read, -EAGAIN, "nothing is collected; `bw coverage --reset` begins"},
    {BW_OP_coverage_reset, -EPERM,
     "the policy doesn't let this domain collect decisions (bw_coverage reset)"},
    {BW_OP_coverage_reset, -EOPNOTSUPP, "this hypervisor collects no decisions (RELEASE)"},
    {BW_OP_policy_seal, -EPERM,
     "this domain may not seal the policy, which needs bw_policy seal in the policy and the role "
     "control"},
    {BW_OP_policy_seal, -EBUSY, "the policy isn't enforced, or has permissive types"},
    {BW_OP_policy_seal, -EEXIST, "the policy is sealed already"},
    {BW_OP_policy_seal, -ENOSYS, "there is no policy to seal"},
};

const char *bw_refusal(unsigned int operation, int error)
{
    for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++)
        if (refusals[i].operation == operation && refusals[i].error == error)
            return refusals[i].text;
    return error == -ENOSYS ? "this hypervisor has no such call: is it Bailiwick?"
                            : strerror(-error);
}
