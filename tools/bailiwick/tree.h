/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LCM as a device tree that can be changed.
 */
#ifndef BAILIWICK_TREE_H
#define BAILIWICK_TREE_H

#include <stdbool.h>

#include "lcm/lcm.h"
#include "tools/bailiwick/files.h"

#define TREE_MAX_PATH 256

/* A module node. */
struct tree_module {
    char path[TREE_MAX_PATH];
    enum lcm_module_type type;
    const char *source; /* host-only property, or NULL; valid until the tree is changed */
    const char *name;   /* module-name, or NULL; likewise */
};

/* Is this the name of a blob (.dtb), and not of a source? */
bool tree_is_blob(const char *file);
/* Read a .dtb, or compile anything else with dtc. 0, or negative: it is reported on stderr. */
int tree_load(const char *file, struct bytes *tree);
/* Is it whole, so that the functions below can be used? If not, lcm_parse says what is wrong. */
bool tree_is_valid(const struct bytes *tree);

/* Make room for the changes below; false: no memory. */
bool tree_open(struct bytes *tree, size_t room);
/* Give the room back. */
void tree_close(struct bytes *tree);

/* The module nodes in their order, at most `limit`. Returns how many. */
unsigned int tree_list_modules(const struct bytes *tree, struct tree_module *modules,
                               unsigned int limit);

/* Changes to the node at a path; false: there is no such node, or no room. */
bool tree_set(struct bytes *tree, const char *path, const char *property, const void *value,
              size_t size);
bool tree_set_u32(struct bytes *tree, const char *path, const char *property, uint32_t value);
void tree_remove(struct bytes *tree, const char *path, const char *property);
/* A string property, or NULL. */
const char *tree_string(const struct bytes *tree, const char *path, const char *property);

#endif
