/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LCM, a device tree (lcm/binding.md), by libfdt: which digest each boot module should have.
 * The hypervisor has compared them before it built anything, for those that have one; what is
 * compared here is what it measured.
 */
#include <string.h>

#include <libfdt.h>

#include "tools/guests/bw-boot/modules.h"
#include "tools/guests/bw-boot/scene.h"

struct walk {
    struct boot_scene *scene;
    struct boot_report *report;
};

/* A module node says which one it is by number or by name; one that says an address can't be told.
 */
static int32_t module_of(const struct boot_scene *scene, int node)
{
    int size;
    const void *index = fdt_getprop(scene->lcm, node, "mb-index", &size);
    const char *name;
    uint32_t cell;

    if (index != NULL && size == (int)sizeof(cell)) {
        memcpy(&cell, index, sizeof(cell));
        cell = fdt32_to_cpu(cell);
        return cell < scene->nr_modules ? (int32_t)cell : BOOT_NO_MODULE;
    }
    name = fdt_getprop(scene->lcm, node, "module-name", &size);
    return name != NULL && size > 0 && name[size - 1] == '\0' ? boot_find_module(scene, name)
                                                              : BOOT_NO_MODULE;
}

static const char *node_name(const struct boot_scene *scene, int node)
{
    const char *name = fdt_get_name(scene->lcm, node, NULL);

    return name == NULL ? "?" : name;
}

static void want_digest(const struct walk *w, int node, int32_t number)
{
    int size;
    const void *digest = fdt_getprop(w->scene->lcm, node, "digest", &size);
    struct boot_module *m;

    if (digest == NULL || number == BOOT_NO_MODULE)
        return;
    m = &w->scene->module[number];
    if (size != BW_DIGEST_SIZE)
        boot_fault(w->report, "node %s of the LCM: its digest has not 32 bytes",
                   node_name(w->scene, node));
    else if (m->has_wanted && memcmp(m->wanted, digest, BW_DIGEST_SIZE) != 0)
        boot_fault(w->report, "module %d has two digests in the LCM", number);
    else {
        memcpy(m->wanted, digest, BW_DIGEST_SIZE);
        m->has_wanted = true;
    }
}

/* The launch's own configuration is in the config node, not in a domain's. */
static void look_for_config(const struct walk *w, int node, int parent, int32_t number)
{
    if (parent >= 0 && fdt_node_check_compatible(w->scene->lcm, parent, "xen,config") == 0 &&
        fdt_node_check_compatible(w->scene->lcm, node, "module,config") == 0)
        w->scene->config = number;
}

/* Each node, with the one that it is in: device trees are walked without recursion. */
static void walk_tree(const struct walk *w)
{
    enum { MOST_DEPTH = 16 };
    int parent[MOST_DEPTH] = {0};
    int depth = -1; /* the root is at 0 */

    for (int node = fdt_next_node(w->scene->lcm, -1, &depth); node >= 0 && depth >= 0;
         node = fdt_next_node(w->scene->lcm, node, &depth)) {
        int32_t number = module_of(w->scene, node);

        if (depth >= MOST_DEPTH) {
            boot_fault(w->report, "the LCM has nodes in nodes, too deep");
            return;
        }
        parent[depth] = node;
        want_digest(w, node, number);
        look_for_config(w, node, depth > 0 ? parent[depth - 1] : -1, number);
    }
}

static void compare_digests(const struct boot_scene *scene, struct boot_report *report)
{
    for (unsigned int i = 0; i < scene->nr_modules; i++) {
        const struct boot_module *m = &scene->module[i];

        if (m->error == 0 && m->has_wanted && !boot_module_is_as_wanted(m))
            boot_fault(report,
                       "module %u (%.*s) is not the one that the LCM names: its digest differs", i,
                       (int)strcspn(m->line, " "), m->line);
    }
}

void boot_read_lcm(struct boot_scene *scene, struct boot_report *report)
{
    struct walk walk = {.scene = scene, .report = report};
    int64_t size = boot_read_module(0, scene->lcm, sizeof(scene->lcm));

    if (size < 0) {
        boot_fault(report, "reading the LCM: %s", boot_error((int)size));
        return;
    }
    scene->lcm_size = (size_t)size;
    if (fdt_check_full(scene->lcm, scene->lcm_size) != 0) {
        boot_fault(report, "the LCM is no device tree");
        return;
    }
    walk_tree(&walk);
    compare_digests(scene, report);
}
