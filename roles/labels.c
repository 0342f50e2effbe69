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

/* Without a security-id. */
static const xsm_sid sid_of_type[LCM_NR_MODULE_TYPES] = {
    [LCM_KERNEL] = XSM_INITIAL_BW_KERNEL,           [LCM_RAMDISK] = XSM_INITIAL_BW_RAMDISK,
    [LCM_DEVICE_TREE] = XSM_INITIAL_BW_DEVICE_TREE, [LCM_MICROCODE] = XSM_INITIAL_BW_MICROCODE,
    [LCM_XSM_POLICY] = XSM_INITIAL_BW_POLICY,       [LCM_CONFIG] = XSM_INITIAL_BW_CONFIG,
};

/* What is wrong with a domain that has failed has been said, and its nodes count no more. */
static bool counts(const struct lcm_module *module, unsigned int count)
{
    return module->boot_module >= 0 && (unsigned int)module->boot_module < count &&
           !(module->domain && module->domain->failed);
}

/* The path of the first node that names the same boot module. */
static const char *first_path(const struct lcm *lcm, const struct lcm_module *module,
                              unsigned int count)
{
    const struct lcm_module *first = lcm->module;

    while (first != module && (!counts(first, count) || first->boot_module != module->boot_module))
        first++;
    return first->path;
}

static int find_label(struct xsm_engine *engine, const struct lcm_module *module, xsm_sid *label,
                      struct lcm_report *report)
{
    struct xsm_error error = {0};

    *label = sid_of_type[module->type];
    if (!module->security_id || xsm_label_to_sid(engine, module->security_id, label, &error) == 0)
        return 0;
    lcm_find(report, LCM_ERROR, NULL, module->path, "the policy has no label %s: %s",
             module->security_id, error.text);
    return -EINVAL;
}

static int label_module(struct xsm_engine *engine, const struct lcm *lcm,
                        const struct lcm_module *module, unsigned int count, xsm_sid *sid,
                        struct lcm_report *report)
{
    xsm_sid label;

    if (find_label(engine, module, &label, report) != 0)
        return -EINVAL;
    if (*sid != XSM_SID_NONE && *sid != label) {
        lcm_find(report, LCM_ERROR, NULL, module->path,
                 "gives boot module %d another label than %s does: give both the same security-id",
                 module->boot_module, first_path(lcm, module, count));
        return -EINVAL;
    }
    *sid = label;
    return 0;
}

int roles_label_modules(struct xsm_engine *engine, const struct lcm *lcm, unsigned int count,
                        xsm_sid *sid, struct lcm_report *report)
{
    int result = 0;

    for (unsigned int i = 0; i < count; i++)
        sid[i] = XSM_SID_NONE;
    if (!engine->flask)
        return 0;
    for (unsigned int i = 0; i < lcm->nr_modules; i++) {
        const struct lcm_module *module = &lcm->module[i];

        if (counts(module, count) &&
            label_module(engine, lcm, module, count, &sid[module->boot_module], report) != 0)
            result = -EINVAL;
    }
    for (unsigned int i = 0; i < count; i++)
        if (sid[i] == XSM_SID_NONE)
            sid[i] = i ? XSM_INITIAL_UNLABELED : XSM_INITIAL_BW_LCM;
    return result;
}
