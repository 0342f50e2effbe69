/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The crash role: its domain is the one that is there when the launch fails. One that has no other
 * role waits for that.
 */
#include "roles/roles.h"

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

void roles_leave_only_crash(struct lcm *lcm, unsigned int number, bool with_labels)
{
    struct lcm_domain *domain = &lcm->domain[number];

    domain->permissions = 0;
    domain->functions = LCM_FUNCTION_CRASH;
    /* An initial domain would take its input by the call for which it has the role no more. */
    domain->initial_domain_hint = false;
    if (with_labels)
        return;
    domain->security_id = NULL;
    for (unsigned int i = 0; i < lcm->nr_modules; i++)
        if (lcm->module[i].domain == domain)
            lcm->module[i].security_id = NULL;
}
