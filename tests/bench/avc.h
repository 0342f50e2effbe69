/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of an access vector cache and of what stands behind it, to measure against. Numbers and
 * steps are those of Xen's (xen/xsm/flask/avc.c and ss/services.c, by description): 512 buckets of
 * linked nodes, at most 512 nodes, of which 16 make room at a time; a reader counts itself in and
 * out, counts the look-up, finds the node and copies its vectors; a miss looks every pair of the
 * two types' attributes up in two hash tables of rules, those with and those without a condition,
 * allocates a node and puts it first. Locks are left out, which flatters it.
 */
#ifndef TESTS_BENCH_AVC_H
#define TESTS_BENCH_AVC_H

#include "xsm/flask/flask.h"

struct avc;

struct avc *avc_make(const struct flask_policy *policy);
void avc_free(struct avc *avc);
/* Is this permission allowed? From the cache, or computed and cached. */
bool avc_allows(struct avc *avc, xsm_sid source, xsm_sid target, unsigned int class_value,
                uint32_t requested);
void avc_forget(struct avc *avc);

#endif
