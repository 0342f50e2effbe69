/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a refused call must leave as it was: domains and their labels, roles and parameters, vCPUs,
 * who owns each frame, what is mapped where, event channels, and what is in guests' memory and in
 * the pages that are shared with them. Left out are the caller's result (what is between ARGUMENTS
 * and ARGUMENTS_END), audit lines and counters.
 */
#ifndef TESTS_HV_DIGEST_H
#define TESTS_HV_DIGEST_H

#include <stdbool.h>
#include <stdint.h>

enum digest_part {
    DIGEST_MACHINE,
    DIGEST_POLICY,
    DIGEST_DOMAINS,
    DIGEST_VCPUS,
    DIGEST_PARAMETERS,
    DIGEST_OWNERS,
    DIGEST_P2M,
    DIGEST_CHANNELS,
    DIGEST_CONTENTS,
    DIGEST_PARTS
};

struct digest {
    uint64_t part[DIGEST_PARTS];
};

struct digest digest_take(void);
/* The name of the first part that differs, or NULL. */
const char *digest_difference(const struct digest *a, const struct digest *b);

#endif
