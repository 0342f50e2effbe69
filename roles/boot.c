/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The boot role: its domain runs first, prepares the launch, and is gone when it has finalised.
 */
#include "roles/roles.h"

int roles_find_boot(const struct lcm *lcm)
{
    for (unsigned int i = 0; i < lcm->nr_domains; i++)
        if ((lcm->domain[i].functions & LCM_FUNCTION_BOOT) != 0 && !lcm->domain[i].failed)
            return (int)i;
    return -1;
}
