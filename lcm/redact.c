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

/* Other names and places of nodes: dtc's table of labels (dtc -@), and aliases. */
static int hide_names(void *copy)
{
    static const char *const paths[] = {"/__symbols__", "/aliases"};
    int result = 0;

    for (unsigned int i = 0; i < sizeof(paths) / sizeof(paths[0]) && !result; i++) {
        int offset = fdt_path_offset(copy, paths[i]);

        if (offset >= 0)
            result = hide(copy, offset);
    }
    return result;
}

static bool is_hidden_with_domain(const struct lcm *lcm, const struct lcm_module *module,
                                  const bool hidden_domain[LCM_MAX_DOMAINS])
{
    return module->domain && hidden_domain[module->domain - lcm->domain];
}

int lcm_redact(void *copy, const struct lcm *lcm, const bool hidden_domain[LCM_MAX_DOMAINS],
               const bool hidden_module[LCM_MAX_MODULES])
{
    bool any = false;
    int result = 0;

    for (unsigned int i = 0; i < lcm->nr_domains && !result; i++)
        if (hidden_domain[i])
            result = hide(copy, lcm->domain[i].offset);
    for (unsigned int i = 0; i < lcm->nr_modules && !result; i++)
        if (hidden_module[i] && !is_hidden_with_domain(lcm, &lcm->module[i], hidden_domain))
            result = hide(copy, lcm->module[i].offset);
    for (unsigned int i = 0; i < lcm->nr_domains; i++)
        any |= hidden_domain[i];
    for (unsigned int i = 0; i < lcm->nr_modules; i++)
        any |= hidden_module[i];
    return result || !any ? result : hide_names(copy);
}
