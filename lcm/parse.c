/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a blob to struct lcm: the hypervisor node, the config node and the walk over the domains.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "lcm/node.h"

/* Before version 16, nodes had full paths for names. Every dtc since 2005 writes 17. */
#define OLDEST_VERSION 16u
#define ALIGNMENT 8u
#define MAGIC 0xd00dfeedu

static const char *const hypervisor_properties[] = {
    "compatible", "#address-cells", "#size-cells", "phandle", NULL,
};
static const char *const config_properties[] = {
    "compatible", "#address-cells", "#size-cells", "phandle", NULL,
};

bool lcm_is_lcm(const void *blob, size_t size)
{
    return size >= sizeof(struct fdt_header) && lcm_cell(blob) == MAGIC;
}

/*
 * Does each tag end behind its beginning? libfdt 1.6.1 computes the end of a property in 32 bits,
 * and fdt_check_full() would stay for ever at one whose length leads back to where it begins.
 */
static int check_progress(const void *fdt)
{
    int offset = 0, next;
    uint32_t tag;

    do {
        tag = fdt_next_tag(fdt, offset, &next);
        if (next < 0)
            return next;
        if (next <= offset)
            return -FDT_ERR_BADSTRUCTURE;
        offset = next;
    } while (tag != FDT_END);
    return 0;
}

/* Is the blob a whole and well-formed device tree? After this, libfdt can walk it without care. */
static int check_tree(const void *blob, size_t size)
{
    int error = fdt_version(blob) < OLDEST_VERSION ? -FDT_ERR_BADVERSION : fdt_check_header(blob);

    if (!error)
        error = check_progress(blob);
    return error ? error : fdt_check_full(blob, size);
}

static bool check_blob(const void *blob, size_t size, struct lcm_report *report)
{
    int error;

    if (!lcm_is_lcm(blob, size)) {
        lcm_find(report, LCM_ERROR, NULL, "", "is not a device tree blob (%zu bytes)", size);
        return false;
    }
    if ((uintptr_t)blob % ALIGNMENT) {
        lcm_find(report, LCM_ERROR, NULL, "", "is not 8-byte aligned in memory");
        return false;
    }
    if (fdt_totalsize(blob) > size) {
        lcm_find(report, LCM_ERROR, NULL, "", "is cut short: %zu bytes of %u", size,
                 fdt_totalsize(blob));
        return false;
    }
    error = check_tree(blob, size);
    if (error)
        lcm_find(report, LCM_ERROR, NULL, "", "is a damaged device tree blob (libfdt error %d)",
                 error);
    return error == 0;
}

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

/* Under /chosen there is much that concerns others: only what is ours is looked at. */
static void parse_dom0less(const struct lcm_node *chosen)
{
    const void *fdt = chosen->walk->fdt;

    for (int child = fdt_first_subnode(fdt, chosen->offset); child >= 0;
         child = fdt_next_subnode(fdt, child)) {
        const char *unknown;
        struct lcm_node node;

        lcm_node_child(chosen, child, &node);
        if (lcm_node_is(&node, "xen,domain"))
            lcm_parse_domain(chosen, child);
        else if (lcm_node_module_type(&node, &unknown) == LCM_XSM_POLICY)
            lcm_parse_module(chosen, child);
    }
}

static void check_unique_names(const struct lcm_walk *walk)
{
    const struct lcm *lcm = walk->lcm;

    for (unsigned int i = 1; i < lcm->nr_domains; i++) {
        unsigned int first = 0;

        while (first < i && strcmp(lcm->domain[first].name, lcm->domain[i].name) != 0)
            first++;
        if (first < i)
            lcm_find(walk->report, LCM_ERROR, NULL, lcm->domain[i].path,
                     "has the same name as %s: rename one of them", lcm->domain[first].path);
    }
}

static void check_only_one(const struct lcm_walk *walk, uint32_t function, const char *name)
{
    const struct lcm_domain *first = NULL;

    for (unsigned int i = 0; i < walk->lcm->nr_domains; i++) {
        const struct lcm_domain *domain = &walk->lcm->domain[i];

        if (!(domain->functions & function))
            continue;
        if (first)
            lcm_find(walk->report, LCM_ERROR, NULL, domain->path,
                     "is a second %s domain: %s is the first, and there can be one", name,
                     first->path);
        else
            first = domain;
    }
}

static void parse_hypervisor(struct lcm_node *node)
{
    const void *fdt = node->walk->fdt;

    if (!lcm_node_is(node, "hypervisor,xen"))
        lcm_node_fault(node, "has no compatible = \"hypervisor,xen\"");
    lcm_node_note_unknown(node, hypervisor_properties);
    for (int child = fdt_first_subnode(fdt, node->offset); child >= 0;
         child = fdt_next_subnode(fdt, child))
        parse_child(node, child);
    if (node->walk->lcm->nr_domains == 0)
        lcm_node_fault(node, "names no domain: add a node with compatible = \"xen,domain\"");
}

static bool find_node(struct lcm_node *node, const char *path)
{
    node->offset = fdt_path_offset(node->walk->fdt, path);
    node->name = strrchr(path, '/') + 1;
    snprintf(node->path, sizeof(node->path), "%s", path);
    return node->offset >= 0;
}

/* Below /chosen, as the binding says; at the root, as its examples have it; or dom0less. */
static void parse_tree(struct lcm_walk *walk)
{
    struct lcm_node node = {.walk = walk};

    if (find_node(&node, "/chosen/hypervisor") || find_node(&node, "/hypervisor")) {
        parse_hypervisor(&node);
        return;
    }
    walk->dom0less = true;
    walk->lcm->dom0less = true;
    if (find_node(&node, "/chosen"))
        parse_dom0less(&node);
    if (walk->lcm->nr_domains == 0)
        lcm_find(walk->report, LCM_ERROR, NULL, "",
                 "has no node /chosen/hypervisor, and no domain under /chosen: no LCM");
}

int lcm_parse(const void *blob, size_t size, struct lcm *lcm, struct lcm_report *report)
{
    struct lcm_walk walk = {.fdt = blob, .lcm = lcm, .report = report};

    memset(lcm, 0, sizeof(*lcm));
    if (!check_blob(blob, size, report))
        return -EINVAL;
    lcm->blob = blob;
    lcm->blob_size = fdt_totalsize(blob);
    parse_tree(&walk);
    check_unique_names(&walk);
    check_only_one(&walk, LCM_FUNCTION_BOOT, "boot");
    check_only_one(&walk, LCM_FUNCTION_CRASH, "crash");
    return report->nr_errors ? -EINVAL : 0;
}
