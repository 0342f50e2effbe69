/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What `bailiwick build` writes. Functions return 0 or a negative errno, reported on stderr.
 */
#ifndef BAILIWICK_BUILD_H
#define BAILIWICK_BUILD_H

#include "tools/bailiwick/system.h"

/* Everything, into the output directory. The system has been checked. */
int build_write(const struct system *system);
/* The bootable image, from what is in the output directory. */
int build_iso(const struct system *system);
/* Report why `name` can't be written. */
int build_failed(const char *directory, const char *name, int error);

#endif
