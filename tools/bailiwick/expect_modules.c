/* SPDX-License-Identifier: BSD-2-Clause */
/* Boot modules, by what they are called and how they are labelled. */
#include <string.h>

#include "tools/bailiwick/expect.h"

/* Initial SIDs of modules without a security-id, by their types. */
static const xsm_sid module_sids[LCM_NR_MODULE_TYPES] = {
    [LCM_KERNEL] = XSM_INITIAL_BW_KERNEL,           [LCM_RAMDISK] = XSM_INITIAL_BW_RAMDISK,
    [LCM_DEVICE_TREE] = XSM_INITIAL_BW_DEVICE_TREE, [LCM_MICROCODE] = XSM_INITIAL_BW_MICROCODE,
    [LCM_XSM_POLICY] = XSM_INITIAL_BW_POLICY,       [LCM_CONFIG] = XSM_INITIAL_BW_CONFIG,
};

struct flask_context expect_module_context(const struct asked *asked,
                                           const struct lcm_module *module)
{
    struct xsm_error error = {0};
    xsm_sid sid = module_sids[module->type];

    if (module->security_id &&
        xsm_label_to_sid(asked->engine, module->security_id, &sid, &error) != 0)
        sid = XSM_INITIAL_UNLABELED;
    return flask_sid_context(asked->policy, sid);
}

/* DOMAIN/TYPE, launch/TYPE, or the name of its file. */
bool expect_is_module(const struct asked *asked, const struct lcm_module *module, const char *name)
{
    const struct system *system = asked->system;
    const char *owner = module->domain ? module->domain->name : "launch";
    size_t length = strlen(owner);

    if (strncmp(name, owner, length) == 0 && name[length] == '/' &&
        strcmp(name + length + 1, lcm_module_type_name(module->type)) == 0)
        return true;
    return module->boot_module > 0 && (unsigned int)module->boot_module <= system->nr_files &&
           strcmp(system->module[module->boot_module - 1].name, name) == 0;
}
