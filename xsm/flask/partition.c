/* SPDX-License-Identifier: BSD-2-Clause */
#include "xsm/flask/partition.h"

#define NOWHERE 0xffffu

void flask_partition_start(struct flask_partition *partition, struct flask_reader *reader,
                           const struct flask_policy *policy, uint16_t *number)
{
    size_t types = policy->nr_types;

    *partition = (struct flask_partition){.number = number, .count = 1};
    partition->example = flask_reader_scratch(reader, types, sizeof(*partition->example));
    partition->size = flask_reader_scratch(reader, types, sizeof(*partition->size));
    partition->hits = flask_reader_scratch(reader, types, sizeof(*partition->hits));
    partition->split = flask_reader_scratch(reader, types, sizeof(*partition->split));
    partition->touched = flask_reader_scratch(reader, types, sizeof(*partition->touched));
    if (reader->status != 0)
        return;
    for (unsigned int i = 0; i < policy->nr_types; i++) {
        partition->split[i] = NOWHERE;
        partition->size[0] += !policy->type[i].attribute;
    }
}

/* The group that members of `group` go to: itself, if all of it are members. */
static uint16_t goes_to(struct flask_partition *partition, unsigned int group)
{
    if (partition->split[group] == NOWHERE)
        partition->split[group] = partition->hits[group] == partition->size[group]
                                      ? (uint16_t)group
                                      : (uint16_t)partition->count++;
    return partition->split[group];
}

static void settle(struct flask_partition *partition, unsigned int group)
{
    unsigned int to = partition->split[group];

    if (to != group) {
        partition->size[group] -= partition->hits[group];
        partition->size[to] = partition->hits[group];
    }
    partition->hits[group] = 0;
    partition->split[group] = NOWHERE;
}

void flask_partition_split(struct flask_partition *partition, const struct flask_policy *policy,
                           unsigned int value)
{
    uint32_t start = policy->member_start[value - 1], end = policy->member_start[value];
    uint32_t touched = 0;

    for (uint32_t i = start; i < end; i++) {
        unsigned int group = partition->number[policy->member[i] - 1];

        if (partition->hits[group]++ == 0)
            partition->touched[touched++] = (uint16_t)group;
    }
    for (uint32_t i = start; i < end; i++) {
        uint16_t *number = &partition->number[policy->member[i] - 1];

        *number = goes_to(partition, *number);
    }
    for (uint32_t i = 0; i < touched; i++)
        settle(partition, partition->touched[i]);
}

void flask_partition_finish(struct flask_partition *partition, const struct flask_policy *policy)
{
    for (unsigned int type = policy->nr_types; type > 0; type--)
        if (!policy->type[type - 1].attribute)
            partition->example[partition->number[type - 1]] = (uint16_t)type;
}
