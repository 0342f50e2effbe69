/* SPDX-License-Identifier: BSD-2-Clause */
/* bw seal. */
#include <stddef.h>

#include "hv/public/bailiwick_op.h"
#include "tools/guests/bw/bw.h"
#include "tools/guests/bw/hypercall.h"
#include "tools/guests/bw/refusal.h"

int bw_seal(const struct bw *bw)
{
    int error = bw_call(BW_OP_policy_seal, NULL);

    if (error == 0)
        return BW_DONE;
    fprintf(bw->err, "bw: %s\n", bw_refusal(BW_OP_policy_seal, error));
    return BW_REFUSED;
}
