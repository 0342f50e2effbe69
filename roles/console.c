/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The console role: its domain has the console's input. When the LCM names none, or the one that it
 * names isn't there, the input goes where people expect it: to whoever could set the machine right.
 */
#include "roles/roles.h"

struct rule {
    uint32_t permission, function; /* LCM bits, of which one is looked for; neither: any domain */
    const char *why;
};

static const struct rule rules[] = {
    {0, LCM_FUNCTION_CONSOLE, "it has the function console"},
    {LCM_PERMISSION_CONTROL, 0,
     "none with the function console starts: the first with the permission control"},
    {LCM_PERMISSION_HARDWARE, 0,
     "none with the function console or the permission control starts: the first with the "
     "permission hardware"},
    {0, 0, "none with the function console or a permission starts: the first of all"},
};

static bool fits(const struct lcm_domain *domain, const struct rule *rule)
{
    if (rule->permission == 0 && rule->function == 0)
        return true;
    return (domain->permissions & rule->permission) != 0 ||
           (domain->functions & rule->function) != 0;
}

_Static_assert(LCM_MAX_DOMAINS <= 64, "each domain has a bit of `there`");

int roles_find_console(const struct lcm *lcm, uint64_t there, const char **why)
{
    for (size_t r = 0; r < sizeof(rules) / sizeof(rules[0]); r++) {
        for (unsigned int i = 0; i < lcm->nr_domains; i++) {
            if ((there >> i & 1) == 0 || !roles_starts(&lcm->domain[i]) ||
                !fits(&lcm->domain[i], &rules[r]))
                continue;
            *why = rules[r].why;
            return (int)i;
        }
    }
    return -1;
}
