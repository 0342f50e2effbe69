/* SPDX-License-Identifier: BSD-2-Clause */
/* An LCM that asks for the policy to be sealed when the launch is finalised. */
#include <errno.h>

#include "roles/roles.h"

int roles_check_seal(const struct xsm_engine *engine, const struct lcm *lcm,
                     struct lcm_report *report)
{
    if (!lcm->policy || !lcm->policy->seal || !engine->flask || xsm_refuses_all(engine))
        return 0;
    lcm_find(report, LCM_ERROR, NULL, lcm->policy->path,
             "a policy with permissive types can't be sealed: leave out seal, or those types");
    return -EINVAL;
}
