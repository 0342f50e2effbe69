/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The discretionary key: the role bits that the launch gave the caller. While a policy is loaded
 * a row's `roles` mask is asked beside it; without one the `alone` mask decides by itself.
 */
#include "xsm/roles_engine.h"

#include "xsm/hooks.h"

void xsm_init_roles_engine(struct xsm_engine *engine)
{
    engine->flask = NULL;
}

uint32_t xsm_roles_needed(const struct xsm_engine *engine, enum xsm_hook hook)
{
    return engine->flask != NULL ? xsm_rows[hook].roles : xsm_rows[hook].alone;
}

bool xsm_roles_allow(const struct xsm_engine *engine, const struct xsm_query *query)
{
    uint32_t needed = xsm_roles_needed(engine, query->hook);

    if ((needed & (XSM_WHO_ANYONE | XSM_WHO_PEERS)) != 0)
        return true;
    if ((needed & XSM_WHO_SELF) != 0 && query->self)
        return true;
    return (needed & query->caller.roles) != 0;
}
