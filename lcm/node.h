/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading nodes and properties of the LCM. Internal to lcm/.
 *
 * What is wrong with a property is reported once, by the function that reads it, as the fault of
 * the node's domain or, outside of domains, of the whole LCM.
 */
#ifndef LCM_NODE_H
#define LCM_NODE_H

#include "lcm/lcm.h"

/* What all nodes of a walk have in common. */
struct lcm_walk {
    const void *fdt;
    struct lcm *lcm;
    struct lcm_report *report;
};

struct lcm_node {
    const struct lcm_walk *walk;
    int offset;                /* in the blob */
    struct lcm_domain *domain; /* whose faults these are; NULL: the LCM's */
    const char *name;
    char path[LCM_MAX_PATH];
};

/* Fill in `child`, which is at `offset` below `parent` and belongs to the same domain. */
void lcm_node_child(const struct lcm_node *parent, int offset, struct lcm_node *child);

/* Report a fault of this node, with the severity that it has here; or a notice. */
void lcm_node_fault(const struct lcm_node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void lcm_node_notice(const struct lcm_node *node, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Is this string in the node's `compatible` list? */
bool lcm_node_is(const struct lcm_node *node, const char *compatible);
/* The first string of the `compatible` list that begins with `prefix`, or NULL. */
const char *lcm_node_is_some(const struct lcm_node *node, const char *prefix);

/* The bytes of a property, or NULL. */
const uint8_t *lcm_node_bytes(const struct lcm_node *node, const char *property, size_t *size);

/*
 * Typed properties. True: it is there and well-formed. Otherwise `value` is left as it was, and if
 * the property is there, a fault is reported. Flags are cells that are 0 or 1.
 */
bool lcm_node_u32(const struct lcm_node *node, const char *property, uint32_t *value);
bool lcm_node_flag(const struct lcm_node *node, const char *property, bool *value);
bool lcm_node_string(const struct lcm_node *node, const char *property, const char **value);

/* Cells of `bytes`, which are big-endian. */
uint32_t lcm_cell(const uint8_t *bytes);
uint64_t lcm_two_cells(const uint8_t *bytes);

/* A notice for each property that isn't in `known`, a list that ends with NULL. */
void lcm_node_note_unknown(const struct lcm_node *node, const char *const *known);

/*
 * The type of module that a node's `compatible` names; LCM_NR_MODULE_TYPES, and `unknown` is the
 * string that names one which this version doesn't have, or NULL if it is no module at all.
 */
enum lcm_module_type lcm_node_module_type(const struct lcm_node *node, const char **unknown);
/* Where a module node of `parent` says that its module is. */
void lcm_parse_locator(const struct lcm_node *node, const struct lcm_node *parent,
                       struct lcm_module *module);
/* A module node of `parent`: of a domain, or of the config node. */
void lcm_parse_module(const struct lcm_node *parent, int offset);
/* How the domain of a node gets CPUs: `cpus`, `scheduling`, `weight` and `cap`. */
void lcm_parse_scheduling(const struct lcm_node *node);
/* Of a domain node, what Xen's dom0less binding knows and no domain is given, and `seclabel`. */
void lcm_parse_requests(const struct lcm_node *node);
/* The same for a node below it. False: it isn't one of these. */
bool lcm_parse_request_node(const struct lcm_node *parent, int offset);
/* The node /chosen/hypervisor, and /chosen with domains directly below. */
void lcm_parse_hyperlaunch(const struct lcm_node *hypervisor);
void lcm_parse_dom0less(const struct lcm_node *chosen);
/* A domain node. */
void lcm_parse_domain(const struct lcm_node *parent, int offset);

/* Find each module among what the bootloader loaded, and compare digests. */
void lcm_check_modules(struct lcm *lcm, const struct lcm_environment *environment,
                       struct lcm_report *report);
/* Memory, CPUs, and domains at once: is there enough for all? */
void lcm_check_budget(struct lcm *lcm, const struct lcm_environment *environment,
                      struct lcm_report *report);

#endif
