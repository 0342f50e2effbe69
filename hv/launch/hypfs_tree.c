/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/launch/hypfs_tree.h"

#include <stdio.h>

#include <xen/hypfs.h>

#include "hv/launch/plan.h"
#include "hv/launch/record.h"
#include "hv/machine/time.h"

/* The rows of hypfs_tree.def, in their order. */
static const struct {
    enum hypfs_place in, is;
    const char *name;
    uint8_t type;
    enum hypfs_which value;
} rows[] = {
#define DIRECTORY(in, name, is) {HYPFS_##in, HYPFS_##is, name, XEN_HYPFS_TYPE_DIR, HYPFS_NR_VALUES},
#define VALUE(in, name, type, value)                                                               \
    {HYPFS_##in, HYPFS_nowhere, name, XEN_HYPFS_TYPE_##type, HYPFS_VALUE_##value},
#include "hv/launch/hypfs_tree.def"
#undef DIRECTORY
#undef VALUE
};

void hypfs_root(struct hypfs_node *root)
{
    *root = (struct hypfs_node){.place = HYPFS_root, .type = XEN_HYPFS_TYPE_DIR};
}

static void name_node(struct hypfs_node *node, const char *name)
{
    (void)snprintf(node->name, sizeof(node->name), "%s", name);
}

/* A domain that is no more has the label that it was built with. */
static void name_domain(struct call *entry, const struct record_domain *recorded)
{
    gate_name_domain(entry, recorded->domid, XSM_PARTY_target);
    if (entry->named != NULL && entry->named->generation == record_generation(recorded))
        return;
    entry->named = NULL;
    entry->query.self = false;
    entry->query.sid[XSM_PARTY_target] = record_label(&recorded->label);
}

bool hypfs_sees_domain(const struct call *call, const struct record_domain *recorded,
                       struct domain **d)
{
    struct call entry;

    gate_begin_entry(call, XSM_HOOK_hypfs_domain, &entry);
    name_domain(&entry, recorded);
    *d = entry.named;
    return gate_shows(&entry);
}

static bool sees_module(const struct call *call, const struct record_module *recorded)
{
    struct call entry;

    gate_begin_entry(call, XSM_HOOK_hypfs_module, &entry);
    entry.query.sid[XSM_PARTY_module] = record_label(&recorded->label);
    return gate_shows(&entry);
}

/* Is there something published, and is it for the caller? */
static bool sees_config(const struct call *call, const struct record_domain *recorded)
{
    const struct record_module *module;
    struct call entry;

    if (recorded->config == NULL)
        return false;
    module = record_module(recorded->config_module);
    gate_begin_entry(call, XSM_HOOK_hypfs_config, &entry);
    name_domain(&entry, recorded);
    entry.query.sid[XSM_PARTY_module] =
        module == NULL ? XSM_INITIAL_UNLABELED : record_label(&module->label);
    return gate_shows(&entry);
}

/* What the launch calls its steps, with their numbers in front. */
static const char *const step_names[RECORD_STEPS] = {
    [STEP_START] = "01-start",
    [STEP_LCM] = "02-lcm",
    [STEP_POLICY] = "03-policy",
    [STEP_DOMAIN] = "04-domains",
    [STEP_BOOT_DOMAIN] = "05-boot-domain",
    [STEP_CAME_UP] = "06-came-up",
    [STEP_PREPARE] = "07-prepare",
    [STEP_FINALISED] = "09-finalised",
    [STEP_FINALISE] = "10-finalise",
    [STEP_CONSOLE] = "11-console",
    [STEP_RECLAIM] = "12-reclaim",
    [STEP_UNPAUSE] = "13-unpause",
};

/* Those that are done. */
static bool next_step(unsigned int *next, struct hypfs_node *child)
{
    while (*next < RECORD_STEPS) {
        unsigned int number = (*next)++;

        if (step_names[number] == NULL || record_time_of_step(number) == NEVER)
            continue;
        *child = (struct hypfs_node){
            .type = XEN_HYPFS_TYPE_UINT, .value = HYPFS_VALUE_step, .number = number};
        name_node(child, step_names[number]);
        return true;
    }
    return false;
}

static bool next_domain(const struct call *call, unsigned int *next, struct hypfs_node *child)
{
    const struct record_domain *recorded;
    struct domain *d;

    while ((recorded = record_domain(*next)) != NULL) {
        unsigned int number = (*next)++;

        if (!hypfs_sees_domain(call, recorded, &d))
            continue;
        *child = (struct hypfs_node){
            .type = XEN_HYPFS_TYPE_DIR, .place = HYPFS_domain, .number = number};
        name_node(child, recorded->name);
        return true;
    }
    return false;
}

static bool next_module(const struct call *call, unsigned int *next, struct hypfs_node *child)
{
    const struct record_module *recorded;

    while ((recorded = record_module(*next)) != NULL) {
        unsigned int number = (*next)++;

        if (!sees_module(call, recorded))
            continue;
        *child = (struct hypfs_node){
            .type = XEN_HYPFS_TYPE_DIR, .place = HYPFS_module, .number = number};
        (void)snprintf(child->name, sizeof(child->name), "%u", number);
        return true;
    }
    return false;
}

/* What a domain has published is there or not, and text or not. */
static bool complete(const struct call *call, struct hypfs_node *node)
{
    const struct record_domain *recorded;

    if (node->value != HYPFS_VALUE_domain_config)
        return true;
    recorded = record_domain(node->number);
    if (recorded == NULL || !sees_config(call, recorded))
        return false;
    if (!recorded->config_is_text)
        node->type = XEN_HYPFS_TYPE_BLOB;
    return true;
}

static bool next_row(const struct call *call, const struct hypfs_node *directory,
                     unsigned int *next, struct hypfs_node *child)
{
    while (*next < ARRAY_SIZE(rows)) {
        unsigned int row = (*next)++;

        if (rows[row].in != directory->place)
            continue;
        *child = (struct hypfs_node){.type = rows[row].type,
                                     .in = rows[row].in,
                                     .place = rows[row].is,
                                     .value = rows[row].value,
                                     .number = directory->number};
        name_node(child, rows[row].name);
        if (complete(call, child))
            return true;
    }
    return false;
}

bool hypfs_next(const struct call *call, const struct hypfs_node *directory, unsigned int *next,
                struct hypfs_node *child)
{
    switch (directory->place) {
    case HYPFS_steps:
        return next_step(next, child);
    case HYPFS_domains:
        return next_domain(call, next, child);
    case HYPFS_modules:
        return next_module(call, next, child);
    case HYPFS_root:
    case HYPFS_launch:
    case HYPFS_policy:
    case HYPFS_domain:
    case HYPFS_module:
        return next_row(call, directory, next, child);
    case HYPFS_nowhere:
    default:
        return false;
    }
}
