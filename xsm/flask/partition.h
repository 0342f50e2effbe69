/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Types in groups that rules don't tell apart: all start in one group, and each value that a rule
 * names splits those groups of which it stands for some types only.
 */
#ifndef XSM_FLASK_PARTITION_H
#define XSM_FLASK_PARTITION_H

#include "xsm/flask/policydb.h"

struct flask_partition {
    uint16_t *number;  /* the group of each type, by value - 1 */
    uint16_t *example; /* the lowest type of each group */
    uint32_t count;    /* of groups */
    /* While splitting, by group: */
    uint32_t *size, *hits;
    uint16_t *split; /* where those go that are split off */
    uint16_t *touched;
};

/*
 * All types in one group. `number` is the caller's, one for each type; the rest comes from scratch
 * memory of `reader`, 16 bytes a type, of which flask_partition_finish() lets all but 2 go.
 */
void flask_partition_start(struct flask_partition *partition, struct flask_reader *reader,
                           const struct flask_policy *policy, uint16_t *number);
/* Tell the types that a value stands for from all others. */
void flask_partition_split(struct flask_partition *partition, const struct flask_policy *policy,
                           unsigned int value);
/* Find the examples, after all splitting. */
void flask_partition_finish(struct flask_partition *partition, const struct flask_policy *policy);

/* Is this type (from 1) its group's example? */
static inline bool flask_is_example(const struct flask_partition *partition, unsigned int type)
{
    return partition->example[partition->number[type - 1]] == type;
}

#endif
