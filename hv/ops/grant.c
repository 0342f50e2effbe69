/* SPDX-License-Identifier: BSD-2-Clause */
/* grant_table_op: Xen's public grant_table.h. So far a domain can only ask how large its
 * table is.
 */
#include "hv/gate/ops.h"

int grant_query_decode(struct call *call)
{
    const struct gnttab_query_size *q = (void *)call->header;

    gate_name_domain(call, q->dom, XSM_PARTY_target);
    return 0;
}

int64_t grant_query_act(struct call *call)
{
    struct gnttab_query_size *q = (void *)call->header;

    q->nr_frames = 1;
    q->max_nr_frames = GRANT_FRAMES;
    q->status = call->named == NULL ? GNTST_bad_domain : GNTST_okay;
    return 0;
}
