/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Undoing what was written, at the price of the pages that it touched. Watched memory is read-only
 * until something writes to it; then the page is copied as it was, and from now on it is put back
 * with the others. Only the process itself may write there: system calls don't wait to be allowed.
 */
#ifndef HV_ARCH_FAKE_WRITTEN_H
#define HV_ARCH_FAKE_WRITTEN_H

#include <stddef.h>

/* For variables that neither a switch nor written_undo() changes. */
#define KEPT __attribute__((section("kept")))

/* Watch these bytes as well. */
void written_watch(void *start, size_t size);
/* Put back all that is watched. */
void written_undo(void);
/* Watch nothing. */
void written_forget(void);

/* Copy also what lies between variables, where the address sanitizer allows no access. */
void copy_raw(void *to, const void *from, size_t size);
/* What was allocated; the process ends if it wasn't. */
void *must(void *allocated);

#endif
