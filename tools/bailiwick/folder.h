/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A system in a folder of its author's, as `bailiwick new` makes it: system.dts, system.te,
 * local.te, system.exp. What is made of it goes to build/ in it, and everything else is taken from
 * the Bailiwick tree that this command belongs to.
 *
 * Functions that return an error have said on stderr what is wrong.
 */
#ifndef BAILIWICK_FOLDER_H
#define BAILIWICK_FOLDER_H

#include <limits.h>
#include <stdbool.h>

#define FOLDER_LCM "system.dts"
#define FOLDER_BOOT "build/boot" /* what `bailiwick build` writes there */

/* Is it a folder, and not the name of a system of lcm/systems/ under `root` (NULL: here)? */
bool folder_is(const char *subject, const char *root);
/* The tree of this command: the nearest folder above it that has policy/build. Negative: none. */
int folder_tree(char tree[PATH_MAX]);
/* Compile the policy of a folder, if that is older than what it is made of. */
int folder_compile(const char *folder, const char *tree);

#endif
