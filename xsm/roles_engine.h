/* SPDX-License-Identifier: BSD-2-Clause */
/* The discretionary key. */
#ifndef XSM_ROLES_ENGINE_H
#define XSM_ROLES_ENGINE_H

#include "xsm/engine.h"

/* Who may ask this, by the roles that the launch gave: XSM_ROLE_* and XSM_WHO_* of hooks.h. */
uint32_t xsm_roles_needed(const struct xsm_engine *engine, enum xsm_hook hook);

/* Does the role key open for this query? */
bool xsm_roles_allow(const struct xsm_engine *engine, const struct xsm_query *query);

#endif
