/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The discretionary key: the role bits that the launch gave the caller. While a policy is loaded
 * a row's `roles` mask is asked beside it; without one the `alone` mask decides by itself.
 */
#include "xsm/roles_engine.h"

void xsm_init_roles_engine(struct xsm_engine *engine)
{
    engine->flask = NULL;
    engine->permissive = false;
    engine->coverage = NULL;
}
