/* SPDX-License-Identifier: BSD-2-Clause */
/* Roles under another label: whoever gives the label must be allowed to give it the roles, too. */
#include "roles/roles.h"

struct role {
    uint32_t role;
    enum xsm_hook hook;
};

static const struct role roles[] = {
#define ROLE(name, NAME, source, bit) {XSM_ROLE_##NAME, XSM_HOOK_role_##name},
#include "roles/roles.def"
#undef ROLE
};

int roles_ask_again(const struct xsm_engine *engine, struct xsm_subject caller, uint16_t domid,
                    uint32_t held, xsm_sid label, bool finalised, bool sealed,
                    struct roles_records *records)
{
    int result = 0;

    records->nr_records = 0;
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        struct xsm_verdict verdict;
        struct xsm_query query;
        int error;

        if ((held & roles[i].role) == 0)
            continue;
        xsm_start_query(&query, roles[i].hook, caller);
        query.sid[XSM_PARTY_label] = label;
        query.target_domid = domid;
        query.finalised = finalised;
        query.sealed = sealed;
        error = xsm_ask(engine, &query, &verdict);
        roles_keep_records(records, &verdict);
        if (error != 0)
            result = error;
    }
    return result;
}
