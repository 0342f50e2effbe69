/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Xen's dom0less binding: domains, and what belongs to the launch, directly under /chosen. There is
 * much there that concerns others: only what is Xen's is looked at.
 */
#include <libfdt.h>
#include <string.h>

#include "lcm/node.h"

static void note_properties(const struct lcm_node *chosen)
{
    const void *fdt = chosen->walk->fdt;

    for (int at = fdt_first_property_offset(fdt, chosen->offset); at >= 0;
         at = fdt_next_property_offset(fdt, at)) {
        const char *name = NULL;

        if (fdt_getprop_by_offset(fdt, at, &name, NULL) && name && strncmp(name, "xen,", 4) == 0)
            lcm_node_notice(chosen, "property %s is for Xen itself: ignored", name);
    }
}

/* In Xen a module here that isn't a policy is Dom0's, whether it says what it is or not. */
static bool is_of_dom0(const struct lcm_node *node)
{
    return lcm_node_is_some(node, "multiboot,") || lcm_node_is_some(node, "xen,linux-") ||
           lcm_node_is(node, "xen,multiboot-module");
}

static void parse_other(const struct lcm_node *chosen, int offset)
{
    enum lcm_module_type type;
    const char *unknown;
    struct lcm_node node;

    lcm_node_child(chosen, offset, &node);
    type = lcm_node_module_type(&node, &unknown);
    if (type == LCM_XSM_POLICY || type == LCM_MICROCODE)
        lcm_parse_module(chosen, offset);
    else if (is_of_dom0(&node))
        lcm_node_fault(&node,
                       "is a module of a Dom0 beside the domains, which this version doesn't "
                       "launch: make it a domain of its own (compatible = \"xen,domain\", "
                       "capabilities = <7>)");
    else if (lcm_node_is_some(&node, "xen,"))
        lcm_node_notice(&node, "is not known to this version: ignored");
}

void lcm_parse_dom0less(const struct lcm_node *chosen)
{
    const void *fdt = chosen->walk->fdt;

    note_properties(chosen);
    for (int child = fdt_first_subnode(fdt, chosen->offset); child >= 0;
         child = fdt_next_subnode(fdt, child)) {
        struct lcm_node node;

        lcm_node_child(chosen, child, &node);
        if (lcm_node_is(&node, "xen,domain"))
            lcm_parse_domain(chosen, child);
        else
            parse_other(chosen, child);
    }
}
