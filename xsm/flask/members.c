/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which types have which attributes. The file has, for each type, the set of its attributes; what
 * is kept is, for each value that a rule can name, the list of types that it stands for.
 */
#include "xsm/flask/policydb.h"

static bool is_attribute(const struct flask_policy *policy, unsigned int bit)
{
    return bit < policy->nr_types && policy->type[bit].attribute;
}

/* The file need not add the type itself. An attribute's own row says nothing. */
static void read_row(struct flask_load *load, unsigned int type, struct flask_set *row)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;
    struct flask_bits bits = {.set = row};
    size_t at = reader->offset;
    unsigned int bit;

    flask_read_scratch_set(reader, policy->nr_types, row);
    while (reader->status == 0 && flask_next(&bits, &bit))
        if (bit != type && !is_attribute(policy, bit))
            flask_fail_at(reader, at, "type %u is no attribute that %s can have", bit + 1,
                          policy->type[type].name);
}

/* member_start[v] becomes the number of types that have value v + 1. Returns the sum. */
static uint32_t count_members(const struct flask_policy *policy, const struct flask_set *row)
{
    uint32_t sum = 0;

    for (unsigned int type = 0; type < policy->nr_types; type++) {
        struct flask_bits bits = {.set = &row[type]};
        unsigned int bit;

        if (policy->type[type].attribute)
            continue;
        policy->member_start[type]++;
        sum++;
        while (flask_next(&bits, &bit)) {
            policy->member_start[bit] += bit != type;
            sum += bit != type;
        }
    }
    return sum;
}

/* From counts to where each list starts. */
static void find_starts(const struct flask_policy *policy)
{
    uint32_t next = 0;

    for (unsigned int value = 0; value <= policy->nr_types; value++) {
        uint32_t count = policy->member_start[value];

        policy->member_start[value] = next;
        next += count;
    }
}

static void add_member(const struct flask_policy *policy, uint32_t *end, unsigned int value,
                       unsigned int type)
{
    policy->member[policy->member_start[value] + end[value]++] = (uint16_t)(type + 1);
}

static void list_members(const struct flask_policy *policy, const struct flask_set *row,
                         uint32_t *end)
{
    for (unsigned int type = 0; type < policy->nr_types; type++) {
        struct flask_bits bits = {.set = &row[type]};
        unsigned int bit;

        if (policy->type[type].attribute)
            continue;
        add_member(policy, end, type, type);
        while (flask_next(&bits, &bit))
            if (bit != type)
                add_member(policy, end, bit, type);
    }
}

void flask_read_attribute_map(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t scratch = load->arena.high, at = reader->offset;
    struct flask_set *row;
    uint32_t *end, sum;

    reader->section = "attribute map";
    row = flask_reader_scratch(reader, policy->nr_types, sizeof(*row));
    end = flask_reader_scratch(reader, policy->nr_types, sizeof(*end));
    policy->member_start =
        flask_reader_keep(reader, policy->nr_types + 1u, sizeof(*policy->member_start));
    for (unsigned int i = 0; i < policy->nr_types && reader->status == 0; i++)
        read_row(load, i, &row[i]);
    if (reader->status != 0)
        return;
    sum = count_members(policy, row);
    if (sum > FLASK_MAX_MEMBERSHIPS)
        flask_fail_at(reader, at, "types have %u attributes in all, at most %u are supported", sum,
                      FLASK_MAX_MEMBERSHIPS);
    policy->member = flask_reader_keep(reader, sum, sizeof(*policy->member));
    if (reader->status != 0)
        return;
    find_starts(policy);
    list_members(policy, row, end);
    load->arena.high = scratch;
}

bool flask_has(const struct flask_policy *policy, unsigned int type, unsigned int value)
{
    uint32_t low = policy->member_start[value - 1], high = policy->member_start[value];

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (policy->member[middle] == type)
            return true;
        if (policy->member[middle] < type)
            low = middle + 1;
        else
            high = middle;
    }
    return false;
}
