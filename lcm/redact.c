/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * An LCM for those who may not see all of it.
 */
#include <errno.h>
#include <libfdt.h>

#include "lcm/lcm.h"

static int hide(void *copy, int offset)
{
    return fdt_nop_node(copy, offset) == 0 ? 0 : -EINVAL;
}

static bool is_hidden_with_domain(const struct lcm *lcm, const struct lcm_module *module,
                                  const bool hidden_domain[LCM_MAX_DOMAINS])
{
    return module->domain && hidden_domain[module->domain - lcm->domain];
}

int lcm_redact(void *copy, const struct lcm *lcm, const bool hidden_domain[LCM_MAX_DOMAINS],
               const bool hidden_module[LCM_MAX_MODULES])
{
    int result = 0;

    for (unsigned int i = 0; i < lcm->nr_domains && !result; i++)
        if (hidden_domain[i])
            result = hide(copy, lcm->domain[i].offset);
    for (unsigned int i = 0; i < lcm->nr_modules && !result; i++)
        if (hidden_module[i] && !is_hidden_with_domain(lcm, &lcm->module[i], hidden_domain))
            result = hide(copy, lcm->module[i].offset);
    return result;
}
