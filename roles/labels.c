/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The labels that an LCM names.
 */
#include <errno.h>

#include "roles/roles.h"

bool roles_need_policy(const struct lcm *lcm)
{
    if (lcm->policy)
        return true;
    for (unsigned int i = 0; i < lcm->nr_domains; i++) {
        if (lcm->domain[i].security_id)
            return true;
    }
    for (unsigned int i = 0; i < lcm->nr_modules; i++) {
        if (lcm->module[i].security_id)
            return true;
    }
    return false;
}

int roles_check_labels(struct xsm_engine *engine, const struct lcm *lcm, struct lcm_report *report)
{
    int result = 0;

    for (unsigned int i = 0; i < lcm->nr_modules; i++) {
        const struct lcm_module *module = &lcm->module[i];
        struct xsm_error error = {0};
        xsm_sid sid;

        if (module->domain || !module->security_id)
            continue;
        if (xsm_label_to_sid(engine, module->security_id, &sid, &error) == 0)
            continue;
        lcm_find(report, LCM_ERROR, NULL, module->path, "the policy has no label %s: %s",
                 module->security_id, error.text);
        result = -EINVAL;
    }
    return result;
}
