/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a blob to struct lcm: is it a device tree at all, which binding is it by, and what concerns
 * several of its domains.
 */
#include <errno.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "lcm/node.h"
#include "lcm/styles.h"

/* Before version 16, nodes had full paths for names. Every dtc since 2005 writes 17. */
#define OLDEST_VERSION 16u
#define ALIGNMENT 8u
#define MAGIC 0xd00dfeedu

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

static bool find_node(struct lcm_node *node, const char *path)
{
    node->offset = fdt_path_offset(node->walk->fdt, path);
    node->name = strrchr(path, '/') + 1;
    snprintf(node->path, sizeof(node->path), "%s", path);
    return node->offset >= 0;
}

static void refuse_style(const struct lcm_node *node, const char *style, const char *option)
{
    lcm_node_fault(node,
                   "describes a launch by %s, and this hypervisor was built without: build it with "
                   "%s, or write the LCM otherwise",
                   style, option);
}

static void parse_hypervisor(const struct lcm_node *hypervisor)
{
    if (LCM_HAS_HYPERLAUNCH)
        lcm_parse_hyperlaunch(hypervisor);
    else
        refuse_style(hypervisor, "Hyperlaunch's binding", "LAUNCH_HYPERLAUNCH");
}

/* Does a domain stand directly under /chosen? */
static bool has_domain(const struct lcm_node *chosen)
{
    const void *fdt = chosen->walk->fdt;

    for (int child = fdt_first_subnode(fdt, chosen->offset); child >= 0;
         child = fdt_next_subnode(fdt, child)) {
        if (fdt_node_check_compatible(fdt, child, "xen,domain") == 0)
            return true;
    }
    return false;
}

static void parse_chosen(const struct lcm_node *chosen)
{
    chosen->walk->lcm->dom0less = true;
    if (LCM_HAS_DOM0LESS)
        lcm_parse_dom0less(chosen);
    else
        refuse_style(chosen, "Xen's dom0less binding", "LAUNCH_DOM0LESS");
}

/* Below /chosen, as the binding says; at the root, as its examples have it; or dom0less. */
static void parse_tree(struct lcm_walk *walk)
{
    struct lcm_node node = {.walk = walk};

    if (find_node(&node, "/chosen/hypervisor") || find_node(&node, "/hypervisor"))
        parse_hypervisor(&node);
    else if (find_node(&node, "/chosen") && has_domain(&node))
        parse_chosen(&node);
    else
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
    check_only_one(&walk, LCM_FUNCTION_CONSOLE, "console");
    check_only_one(&walk, LCM_FUNCTION_XENSTORE, "xenstore");
    check_only_one(&walk, LCM_FUNCTION_LEGACY_DOM0, "legacy dom0");
    return report->nr_errors ? -EINVAL : 0;
}
