/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The native binding: the hypervisor node, the config node, and the walk over the domains.
 */
#include <libfdt.h>

#include "lcm/node.h"

static const char *const hypervisor_properties[] = {
    "compatible", "#address-cells", "#size-cells", "phandle", NULL,
};
static const char *const config_properties[] = {
    "compatible", "#address-cells", "#size-cells", "phandle", NULL,
};

static void parse_config(const struct lcm_node *parent, int offset)
{
    const void *fdt = parent->walk->fdt;
    struct lcm_node node;

    lcm_node_child(parent, offset, &node);
    lcm_node_note_unknown(&node, config_properties);
    for (int child = fdt_first_subnode(fdt, offset); child >= 0;
         child = fdt_next_subnode(fdt, child))
        lcm_parse_module(&node, child);
}

static void parse_child(const struct lcm_node *hypervisor, int offset)
{
    struct lcm_node node;

    lcm_node_child(hypervisor, offset, &node);
    if (lcm_node_is(&node, "xen,domain"))
        lcm_parse_domain(hypervisor, offset);
    else if (lcm_node_is(&node, "xen,config"))
        parse_config(hypervisor, offset);
    else
        lcm_node_notice(&node, "is neither \"xen,domain\" nor \"xen,config\": ignored");
}

void lcm_parse_hyperlaunch(const struct lcm_node *hypervisor)
{
    const void *fdt = hypervisor->walk->fdt;

    if (!lcm_node_is(hypervisor, "hypervisor,xen"))
        lcm_node_fault(hypervisor, "has no compatible = \"hypervisor,xen\"");
    lcm_node_note_unknown(hypervisor, hypervisor_properties);
    for (int child = fdt_first_subnode(fdt, hypervisor->offset); child >= 0;
         child = fdt_next_subnode(fdt, child))
        parse_child(hypervisor, child);
    if (hypervisor->walk->lcm->nr_domains == 0)
        lcm_node_fault(hypervisor, "names no domain: add a node with compatible = \"xen,domain\"");
}
