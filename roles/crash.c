/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crash role: its domain is the one that is there when the launch fails. One that has no other
 * role waits for that.
 */
#include "roles/roles.h"
#include "xsm/policy.h"

bool roles_starts(const struct lcm_domain *domain)
{
    bool only_crash = domain->functions == LCM_FUNCTION_CRASH && domain->permissions == 0;

    return !domain->failed && !only_crash;
}

int roles_find_crash(const struct lcm *lcm)
{
    for (unsigned int i = 0; i < lcm->nr_domains; i++)
        if ((lcm->domain[i].functions & LCM_FUNCTION_CRASH) != 0)
            return (int)i;
    return -1;
}

int roles_assign_crash(struct xsm_engine *engine, struct lcm_domain *domain,
                       struct roles_assignment *assignment, struct roles_records *records,
                       struct lcm_report *report)
{
    domain->permissions = 0;
    domain->functions = LCM_FUNCTION_CRASH;
    if (xsm_table(engine) != NULL)
        return roles_assign(engine, domain, assignment, records, report);
    *assignment = (struct roles_assignment){.sid = XSM_SID_NONE, .roles = XSM_ROLE_CRASH};
    return 0;
}
