/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree of hypfs: what there is is in hypfs_tree.def, and made when it is asked for. Who asks is
 * the caller of a hypercall that is being acted on; what he may not see isn't there for him, in a
 * list as little as by its name.
 */
#ifndef HV_LAUNCH_HYPFS_TREE_H
#define HV_LAUNCH_HYPFS_TREE_H

#include "hv/gate/gate.h"
#include "lcm/lcm.h"

/* With its NUL. */
#define HYPFS_MAX_NAME LCM_MAX_NAME
/* The longest value that isn't what a domain has published. */
#define HYPFS_MAX_TEXT LCM_MAX_LINE

enum hypfs_place {
    HYPFS_nowhere, /* no directory, but a value */
    HYPFS_root,
#define DIRECTORY(in, name, is) HYPFS_##is,
#define VALUE(in, name, type, value)
#include "hv/launch/hypfs_tree.def"
#undef DIRECTORY
#undef VALUE
    /* Listed: */
    HYPFS_domain,
    HYPFS_module,
};

enum hypfs_which {
#define DIRECTORY(in, name, is)
#define VALUE(in, name, type, value) HYPFS_VALUE_##value,
#include "hv/launch/hypfs_tree.def"
#undef DIRECTORY
#undef VALUE
    HYPFS_VALUE_step, /* listed */
    HYPFS_NR_VALUES
};

struct hypfs_node {
    char name[HYPFS_MAX_NAME];
    enum hypfs_place in, place; /* where it is, and which directory it is */
    uint8_t type;               /* XEN_HYPFS_TYPE_* */
    enum hypfs_which value;     /* if it is one */
    unsigned int number;        /* of the domain, module or step that it is about */
};

struct hypfs_value {
    const void *data;
    size_t size;
    char text[HYPFS_MAX_TEXT]; /* where `data` is, unless it is elsewhere */
};

void hypfs_root(struct hypfs_node *root);
/*
 * The next child of a directory: `*next` is 0 to begin, and then tells where to go on. false: there
 * are no more.
 */
bool hypfs_next(const struct call *call, const struct hypfs_node *directory, unsigned int *next,
                struct hypfs_node *child);
/* What a value is now. */
void hypfs_get(const struct call *call, const struct hypfs_node *node, struct hypfs_value *value);

/* --- between hypfs_tree.c and hypfs_values.c --- */

struct record_domain;

/*
 * May the caller see this domain of the launch? `*d` is itself, or NULL if it is no more or never
 * was.
 */
bool hypfs_sees_domain(const struct call *call, const struct record_domain *recorded,
                       struct domain **d);

#endif
