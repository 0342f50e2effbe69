/* SPDX-License-Identifier: BSD-2-Clause */
/* The discretionary key. */
#ifndef XSM_ROLES_ENGINE_H
#define XSM_ROLES_ENGINE_H

#include "xsm/hooks.h"

/*
 * Who may ask this, by the roles that the launch gave: XSM_ROLE_* and XSM_WHO_* of hooks.h.
 * `policy`: one is loaded, and is asked, too.
 */
static inline uint32_t xsm_roles_needed(bool policy, enum xsm_hook hook)
{
    return policy ? xsm_rows[hook].roles : xsm_rows[hook].alone;
}

/* Does the role key open for this query? */
static inline bool xsm_roles_allow(bool policy, const struct xsm_query *query)
{
    uint32_t needed = xsm_roles_needed(policy, query->hook);

    if ((needed & (XSM_WHO_ANYONE | XSM_WHO_PEERS)) != 0)
        return true;
    if ((needed & XSM_WHO_SELF) != 0 && query->self)
        return true;
    return (needed & query->caller.roles) != 0;
}

#endif
