/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crash role: a domain that has no other is kept for the day when the launch or another fails.
 */
#include "roles/roles.h"

bool roles_starts(const struct lcm_domain *domain)
{
    bool only_crash = domain->functions == LCM_FUNCTION_CRASH && domain->permissions == 0;

    return !domain->failed && !only_crash;
}
