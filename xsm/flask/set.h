/* SPDX-License-Identifier: BSD-2-Clause */
/* Sets of values as a policy has them: words of 64 bits, those that are empty left out. */
#ifndef XSM_FLASK_SET_H
#define XSM_FLASK_SET_H

#include <stdbool.h>
#include <stdint.h>

struct flask_node {
    uint32_t start; /* a multiple of 64, ascending from node to node */
    uint64_t map;   /* bit n is start + n; never 0 */
};

/* Bit n is value n + 1. */
struct flask_set {
    const struct flask_node *node;
    uint32_t count;
};

/* Is the bit in the set? Takes the logarithm of the number of nodes. */
static inline bool flask_in(const struct flask_set *set, unsigned int bit)
{
    uint32_t low = 0, high = set->count;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        const struct flask_node *node = &set->node[middle];

        if (bit < node->start)
            high = middle;
        else if (bit - node->start < 64)
            return ((node->map >> (bit - node->start)) & 1u) != 0;
        else
            low = middle + 1;
    }
    return false;
}

/* One more than the highest bit; 0: the set is empty. */
static inline unsigned int flask_set_end(const struct flask_set *set)
{
    const struct flask_node *last;

    if (set->count == 0)
        return 0;
    last = &set->node[set->count - 1];
    return last->start + 64u - (unsigned int)__builtin_clzll(last->map);
}

/* Going through a set: struct flask_bits bits = {.set = ...}; while (flask_next(&bits, &bit)) */
struct flask_bits {
    const struct flask_set *set;
    uint32_t node;
    uint64_t seen; /* of that node */
};

static inline bool flask_next(struct flask_bits *bits, unsigned int *bit)
{
    while (bits->node < bits->set->count) {
        const struct flask_node *node = &bits->set->node[bits->node];
        uint64_t left = node->map & ~bits->seen;

        if (left != 0) {
            *bit = node->start + (unsigned int)__builtin_ctzll(left);
            bits->seen |= left & -left;
            return true;
        }
        bits->node++;
        bits->seen = 0;
    }
    return false;
}

#endif
