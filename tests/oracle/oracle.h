/* SPDX-License-Identifier: BSD-2-Clause */
/* A policy in libsepol and in xsm/, and everything that both say of it, compared. */
#ifndef TESTS_ORACLE_H
#define TESTS_ORACLE_H

#include <stddef.h>
#include <stdint.h>

struct oracle;

struct oracle_result {
    int taken;               /* did we take the policy? */
    unsigned long decisions; /* that were compared */
    unsigned int contexts;
    unsigned int states;   /* of the booleans */
    char refusal[512];     /* why we didn't */
    char difference[2048]; /* the first that was found; empty: none */
};

/* Contexts of a policy that are compared at most, all with all; and states of its booleans. */
#define ORACLE_MAX_CONTEXTS 160u
#define ORACLE_MAX_STATES 32u

/*
 * Compare everything. `contexts` is how many contexts at most; which, if there are more, follows
 * from `seed`. A policy that libsepol refuses and we take is a difference, the other way round
 * isn't.
 */
void oracle_compare(const void *image, size_t size, unsigned int contexts, unsigned int seed,
                    struct oracle_result *result);

#endif
