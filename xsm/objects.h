/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Labels of the machine's resources: those of the policy's object contexts, and those that are
 * given and taken away while the machine runs, which last until another policy is loaded.
 *
 * Functions return 0 or a negative errno; -ENOENT from all of them: no policy is loaded. One CPU at
 * a time changes labels, and none while a policy takes another one's place; anybody may look them
 * up.
 */
#ifndef XSM_OBJECTS_H
#define XSM_OBJECTS_H

#include "xsm/engine.h"

/* Their numbers, one less, are those of Xen's tools (OCON_* of tools/libs/ctrl/xc_flask.c). */
enum xsm_object {
    XSM_OBJECT_IRQ,
    XSM_OBJECT_IOPORT,
    XSM_OBJECT_IOMEM,  /* page frame numbers */
    XSM_OBJECT_DEVICE, /* segment << 16 | bus << 8 | device << 3 | function */
    XSM_NR_OBJECTS,
};

/*
 * Label low to high, inclusive. 0 also if it has this label already. -EINVAL: the range ends before
 * it begins, or nobody has been given the SID; -EEXIST: some of it has a label, take that away
 * first; -ENOSPC: there are too many that the policy's file doesn't have.
 */
int xsm_add_object_label(struct xsm_engine *engine, enum xsm_object object, uint64_t low,
                         uint64_t high, xsm_sid sid);
/* -ENOENT: no label was given to exactly this range. */
int xsm_remove_object_label(struct xsm_engine *engine, enum xsm_object object, uint64_t low,
                            uint64_t high);
/* The label of one, which is the initial SID of its kind if it has none of its own. -ENOSPC. */
int xsm_object_sid(const struct xsm_engine *engine, enum xsm_object object, uint64_t number,
                   xsm_sid *sid);

/*
 * The same for a node of the machine's device tree, by its path of `length` bytes, at most
 * XSM_MAX_PATH. -EINVAL: the path or the SID is none; -EEXIST: it has another label; -ENOSPC.
 */
#define XSM_MAX_PATH 255u
int xsm_add_path_label(struct xsm_engine *engine, const char *path, size_t length, xsm_sid sid);
/* -ENOENT: it has none of its own. */
int xsm_path_sid(const struct xsm_engine *engine, const char *path, xsm_sid *sid);

#endif
