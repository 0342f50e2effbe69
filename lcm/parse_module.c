/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Module nodes: what a boot module is for.
 */
#include <string.h>

#include "lcm/node.h"

/* What comes before the type: ours, and what the dom0less binding has for domains' modules. */
static const char *const native_prefixes[] = {"module,", NULL};
static const char *const dom0less_prefixes[] = {"module,", "multiboot,", NULL};

#define DOM0LESS_POLICY "xen,xsm-policy"

/* `source` is for `bailiwick build`, which strips it: no harm where it is left. */
static const char *const known_properties[] = {
    "compatible", "mb-index", "module-addr", "module-name", "bootargs", "digest", "security-id",
    "source",     "publish",  "seal",        "reg",         "phandle",  NULL,
};

static enum lcm_module_type type_of(const char *name)
{
    enum lcm_module_type type = LCM_KERNEL;

    while (type < LCM_NR_MODULE_TYPES && strcmp(name, lcm_module_type_name(type)) != 0)
        type++;
    return type;
}

enum lcm_module_type lcm_node_module_type(const struct lcm_node *node, const char **unknown)
{
    const char *const *prefix = node->walk->lcm->dom0less ? dom0less_prefixes : native_prefixes;

    *unknown = NULL;
    if (node->walk->lcm->dom0less && lcm_node_is(node, DOM0LESS_POLICY))
        return LCM_XSM_POLICY;
    for (; *prefix; prefix++) {
        const char *compatible = lcm_node_is_some(node, *prefix);
        enum lcm_module_type type;

        if (!compatible)
            continue;
        type = type_of(compatible + strlen(*prefix));
        if (type != LCM_NR_MODULE_TYPES)
            return type;
        *unknown = compatible;
    }
    return LCM_NR_MODULE_TYPES;
}

static struct lcm_module **config_slot(struct lcm *lcm, enum lcm_module_type type)
{
    switch (type) {
    case LCM_MICROCODE:
        return &lcm->microcode;
    case LCM_XSM_POLICY:
        return &lcm->policy;
    case LCM_CONFIG:
        return &lcm->config;
    case LCM_KERNEL:
    case LCM_RAMDISK:
    case LCM_DEVICE_TREE:
    case LCM_NR_MODULE_TYPES:
    default:
        return NULL;
    }
}

static struct lcm_module **domain_slot(struct lcm_domain *domain, enum lcm_module_type type)
{
    switch (type) {
    case LCM_KERNEL:
        return &domain->kernel;
    case LCM_RAMDISK:
        return &domain->ramdisk;
    case LCM_DEVICE_TREE:
        return &domain->device_tree;
    case LCM_CONFIG:
        return &domain->config;
    case LCM_MICROCODE:
    case LCM_XSM_POLICY:
    case LCM_NR_MODULE_TYPES:
    default:
        return NULL;
    }
}

static void read_digest(const struct lcm_node *node, struct lcm_module *module)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "digest", &size);

    if (!bytes)
        return;
    if (size != LCM_DIGEST_SIZE) {
        lcm_node_fault(node, "digest has %zu bytes: SHA-256 has %u", size,
                       (unsigned int)LCM_DIGEST_SIZE);
        return;
    }
    memcpy(module->digest, bytes, LCM_DIGEST_SIZE);
    module->has_digest = true;
}

/* What a domain's config says may be for those who start after it. */
static void read_publish(const struct lcm_node *node, struct lcm_module *module)
{
    if (!lcm_node_flag(node, "publish", &module->publish))
        return;
    if (module->type == LCM_CONFIG && module->domain)
        return;
    lcm_node_notice(node, "publish is for a domain's config: ignored");
    module->publish = false;
}

/* From when the launch is finalised, nobody is to change the policy. */
static void read_seal(const struct lcm_node *node, struct lcm_module *module)
{
    if (!lcm_node_flag(node, "seal", &module->seal) || module->type == LCM_XSM_POLICY)
        return;
    lcm_node_notice(node, "seal is for the xsm-policy: ignored");
    module->seal = false;
}

static void read_properties(const struct lcm_node *node, const struct lcm_node *parent,
                            struct lcm_module *module)
{
    lcm_node_note_unknown(node, known_properties);
    lcm_parse_locator(node, parent, module);
    read_digest(node, module);
    lcm_node_string(node, "security-id", &module->security_id);
    lcm_node_string(node, "bootargs", &module->bootargs);
    if (module->bootargs && module->type != LCM_KERNEL)
        lcm_node_notice(node, "bootargs is for kernels: ignored");
    read_publish(node, module);
    read_seal(node, module);
}

static struct lcm_module *new_module(const struct lcm_node *node, enum lcm_module_type type)
{
    struct lcm *lcm = node->walk->lcm;
    struct lcm_module *module;

    if (lcm->nr_modules == LCM_MAX_MODULES) {
        lcm_node_fault(node, "is one module too many: at most %u are possible", LCM_MAX_MODULES);
        return NULL;
    }
    module = &lcm->module[lcm->nr_modules++];
    memcpy(module->path, node->path, sizeof(module->path));
    module->offset = node->offset;
    module->domain = node->domain;
    module->type = type;
    module->locator = LCM_NOWHERE;
    module->boot_module = -1;
    return module;
}

/* Where a module of this type belongs here; NULL, with a fault, if nowhere. */
static struct lcm_module **find_slot(const struct lcm_node *node, enum lcm_module_type type)
{
    const char *name = lcm_module_type_name(type);
    struct lcm_module **slot =
        node->domain ? domain_slot(node->domain, type) : config_slot(node->walk->lcm, type);

    if (!slot) {
        lcm_node_fault(node, "a %s module has no place here: it belongs to %s", name,
                       node->domain ? "the config node" : "a domain");
        return NULL;
    }
    if (*slot) {
        lcm_node_fault(node, "is a second %s: %s is the first, remove one of them", name,
                       (*slot)->path);
        return NULL;
    }
    return slot;
}

void lcm_parse_module(const struct lcm_node *parent, int offset)
{
    struct lcm_node node;
    struct lcm_module **slot;
    enum lcm_module_type type;
    const char *unknown;

    lcm_node_child(parent, offset, &node);
    type = lcm_node_module_type(&node, &unknown);
    if (type == LCM_NR_MODULE_TYPES && !unknown)
        lcm_node_notice(&node, "is not a module (compatible = \"module,TYPE\"): ignored");
    else if (type == LCM_NR_MODULE_TYPES)
        lcm_node_notice(&node,
                        "\"%s\" is not known to this version (kernel, ramdisk, device-tree, "
                        "microcode, xsm-policy and config are): ignored",
                        unknown);
    if (type == LCM_NR_MODULE_TYPES)
        return;
    slot = find_slot(&node, type);
    if (!slot)
        return;
    *slot = new_module(&node, type);
    if (*slot)
        read_properties(&node, parent, *slot);
}
