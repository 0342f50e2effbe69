/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of types, and how people write them: attributes as far as these say the same, then types. */
#ifndef BAILIWICK_TYPE_SET_H
#define BAILIWICK_TYPE_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "xsm/flask/flask.h"

/* Bit n is type n + 1. */
struct type_set {
    uint64_t word[FLASK_MAX_TYPES / 64u];
};

static inline bool type_set_has(const struct type_set *set, unsigned int type)
{
    return (set->word[(type - 1) / 64] >> ((type - 1) % 64) & 1u) != 0;
}

static inline void type_set_add(struct type_set *set, unsigned int type)
{
    set->word[(type - 1) / 64] |= (uint64_t)1 << ((type - 1) % 64);
}

/* "a_t", "guest_type" or "{ guest_type a_t }" on stdout. The set is empty afterwards. */
void type_set_print(const struct flask_policy *policy, struct type_set *set);

#endif
