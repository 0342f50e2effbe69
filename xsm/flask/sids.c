/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SIDs, and the contexts that they number. The table is all that changes after loading: any CPU
 * may add to it while others read, and nobody waits.
 */
#include "xsm/flask/flask.h"

#include <errno.h>

static void set_type(const struct flask_policy *policy, xsm_sid sid, struct flask_context context)
{
    __atomic_store_n(&policy->sid_type[sid], context.type, __ATOMIC_RELAXED);
}

void flask_set_sid(const struct flask_policy *policy, xsm_sid sid, struct flask_context context)
{
    policy->sid[sid - 1] = flask_pack(context);
    set_type(policy, sid, context);
}

int flask_context_sid(const struct flask_policy *policy, struct flask_context context, xsm_sid *sid)
{
    uint64_t wanted = flask_pack(context);

    for (xsm_sid i = 0; i < FLASK_MAX_SIDS; i++) {
        uint64_t found = __atomic_load_n(&policy->sid[i], __ATOMIC_ACQUIRE);

        /* Who loses a race for a free slot finds in `found` what the winner put there. */
        if (found == 0 && __atomic_compare_exchange_n(&policy->sid[i], &found, wanted, false,
                                                      __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
            found = wanted;
        if (found == wanted) {
            /* Before anybody can ask with this SID, whoever made it. */
            set_type(policy, i + 1, context);
            *sid = i + 1;
            return 0;
        }
    }
    return -ENOSPC;
}

xsm_sid flask_find_sid(const struct flask_policy *policy, struct flask_context context)
{
    uint64_t wanted = flask_pack(context);

    for (xsm_sid i = 0; i < FLASK_MAX_SIDS; i++) {
        uint64_t found = __atomic_load_n(&policy->sid[i], __ATOMIC_ACQUIRE);

        if (found == wanted)
            return i + 1;
        if (found == 0)
            break;
    }
    return XSM_SID_NONE;
}

/* Of two CPUs that add a label each and then look for others, at least one sees both. */
void flask_add_domain_label(const struct flask_policy *policy, xsm_sid sid)
{
    if (sid >= 1 && sid <= FLASK_MAX_SIDS)
        __atomic_fetch_or(&policy->domain_label[(sid - 1) / 64], (uint64_t)1 << ((sid - 1) % 64),
                          __ATOMIC_SEQ_CST);
}

bool flask_is_domain_label(const struct flask_policy *policy, xsm_sid sid)
{
    uint64_t word = __atomic_load_n(&policy->domain_label[(sid - 1) / 64], __ATOMIC_SEQ_CST);

    return ((word >> ((sid - 1) % 64)) & 1u) != 0;
}
