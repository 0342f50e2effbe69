/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading a policy, and what belongs to it: booleans, and taking its place while others decide.
 *
 * It goes in three steps, so that each can be given memory of the right size and none is done while
 * anybody waits: read the file, build the table of one state of the booleans, publish that. A
 * policy's booleans are changed by building another table for it. Both blocks of memory are the
 * caller's: he may have back what lies beyond the bytes that are kept, and, when nobody decides by
 * a table or a policy any more, all of it.
 *
 * Functions return 0 or a negative errno of <errno.h>; with -EINVAL (the file isn't a policy that
 * this engine takes) and -ENOMEM (there is more of something than the memory, or than a bound,
 * allows) `error` says what and where.
 */
#ifndef XSM_POLICY_H
#define XSM_POLICY_H

#include "xsm/engine.h"

struct flask_policy;

/* Bytes that reading a file of `size` bytes takes at most. */
size_t xsm_policy_room(size_t size);

/*
 * Read and check a binary policy: version 24 or 30, for Xen. `memory` is 16-byte aligned and needs
 * xsm_policy_room(size) bytes; the image is not needed afterwards.
 */
int xsm_read_policy(const void *image, size_t size, void *memory, size_t room,
                    struct flask_policy **policy, struct xsm_error *error);
/* Bytes of its memory that it goes on to need. */
size_t xsm_policy_kept(const struct flask_policy *policy);

/* Bytes that building a table takes at most, whatever the booleans are. */
size_t xsm_table_room(const struct flask_policy *policy);

/*
 * Compile the policy for a state of its booleans: bit n of the words is boolean n,
 * XSM_BOOLEAN_WORDS words; NULL: as the file says. `memory` is 16-byte aligned, of xsm_table_room()
 * bytes.
 */
#define XSM_BOOLEAN_WORDS 8u
int xsm_build_table(struct flask_policy *policy, const uint64_t *booleans, void *memory,
                    size_t room, struct flask_table **table, struct xsm_error *error);
/* Bytes of its memory that it goes on to need. */
size_t xsm_table_kept(const struct flask_table *table);

/*
 * Which labels domains have: forget what was noted by xsm_prepare_domain(), then note each that one
 * still has. Nobody prepares a domain meanwhile. Without a policy: nothing.
 */
void xsm_forget_domain_labels(const struct xsm_engine *engine);
void xsm_note_domain_label(const struct xsm_engine *engine, xsm_sid sid);

/*
 * Give the labels that are in use under the engine's policy the same SIDs under another, before it
 * is published. -EINVAL: a label that a domain has isn't valid under the new policy, and `error`
 * names it. Other labels that aren't are `unlabeled` from then on. Nobody may make new labels
 * meanwhile.
 */
int xsm_keep_sids(const struct xsm_engine *engine, struct flask_policy *policy,
                  struct xsm_error *error);

/* Have every query of this table asked in full, for who collects what is decided (coverage.h). */
void xsm_ask_in_full(struct flask_table *table);

/* The policy that a table was built for. */
struct flask_policy *xsm_table_policy(const struct flask_table *table);

/* Decide by this table from now on. Who has begun to decide by the old one ends by it. */
void xsm_publish(struct xsm_engine *engine, struct flask_table *table);

/* Is it one with levels of sensitivity? */
bool xsm_has_mls(const struct xsm_engine *engine);
/* The newest format of policies that this engine takes. */
#define XSM_NEWEST_POLICY 30u

/* Booleans, which count from 0, of the policy that the engine decides by. */
unsigned int xsm_nr_booleans(const struct xsm_engine *engine);
const char *xsm_boolean_name(const struct xsm_engine *engine, unsigned int boolean);
bool xsm_boolean(const struct xsm_engine *engine, unsigned int boolean);
/* -ENOENT: no boolean of that name. */
int xsm_find_boolean(const struct xsm_engine *engine, const char *name, unsigned int *boolean);
/* All of them, as xsm_build_table() takes them. */
void xsm_get_booleans(const struct xsm_engine *engine, uint64_t *booleans);

/* The table and the policy that an engine decides by; NULL: none is loaded. */
static inline struct flask_table *xsm_table(const struct xsm_engine *engine)
{
    return __atomic_load_n(&engine->flask, __ATOMIC_ACQUIRE);
}

#endif
