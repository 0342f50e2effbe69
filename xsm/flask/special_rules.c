/* SPDX-License-Identifier: BSD-2-Clause */
/* Rules other than those on types: on roles, on file names and on ranges. */
#include "xsm/flask/policydb.h"

#include <string.h>

#define MAX_SPECIAL_RULES (1u << 16)
#define ALLOW_BYTES 8u
#define NAME_TRANSITION_BYTES 21u
#define RANGE_TRANSITION_BYTES 32u

static uint16_t read_role_value(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t value = flask_number(reader, 1, load->policy->nr_roles, "a role");

    if (value != 0 && load->policy->role[value - 1].name == NULL)
        flask_fail_at(reader, at, "role %u is an attribute or missing", value);
    return (uint16_t)value;
}

static uint16_t read_type_value(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t value = flask_number(reader, 1, load->policy->nr_types, "a type");

    if (value != 0 && load->policy->type[value - 1].attribute)
        flask_fail_at(reader, at, "%s is an attribute where a type is needed",
                      load->policy->type[value - 1].name);
    return (uint16_t)value;
}

static uint16_t read_class_value(struct flask_load *load)
{
    return (uint16_t)flask_number(&load->reader, 1, load->policy->nr_classes, "a class");
}

/* Before version 30 the rules have no class: they are of class domain. */
static uint16_t read_class_of_role(struct flask_load *load)
{
    if (load->policy->version >= FLASK_VERSION_30)
        return read_class_value(load);
    return (uint16_t)flask_find_class(load->policy, "domain", strlen("domain"));
}

void flask_read_role_transitions(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    struct flask_role_transition *rule;
    size_t record = policy->version >= FLASK_VERSION_30 ? 16 : 12;
    uint32_t count;

    reader->section = "role transitions";
    count = flask_count(reader, MAX_SPECIAL_RULES, record, "role transitions");
    rule = flask_reader_keep(reader, count, sizeof(*rule));
    policy->role_transition = rule;
    policy->nr_role_transitions = count;
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        rule[i].role = read_role_value(load);
        rule[i].type = (uint16_t)flask_number(reader, 1, policy->nr_types, "a type");
        rule[i].result = read_role_value(load);
        rule[i].class_value = read_class_of_role(load);
    }
}

void flask_read_role_allows(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "role allows";
    count = flask_count(reader, MAX_SPECIAL_RULES, ALLOW_BYTES, "role allows");
    policy->role_allow = flask_reader_keep(reader, count, sizeof(*policy->role_allow));
    policy->nr_role_allows = count;
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        uint64_t from = read_role_value(load), to = read_role_value(load);

        policy->role_allow[i] = from << 16 | to;
    }
    if (reader->status == 0)
        flask_sort(policy->role_allow, count);
}

static void read_name_transition(struct flask_load *load, struct flask_name_transition *rule)
{
    uint32_t length = flask_u32(&load->reader);

    rule->name = flask_text(&load->reader, length);
    rule->source = read_type_value(load);
    rule->target = read_type_value(load);
    rule->class_value = read_class_value(load);
    rule->result = read_type_value(load);
}

void flask_read_name_transitions(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "file name transitions";
    count = flask_count(reader, MAX_SPECIAL_RULES, NAME_TRANSITION_BYTES, "file name transitions");
    policy->name_transition = flask_reader_keep(reader, count, sizeof(*policy->name_transition));
    policy->nr_name_transitions = count;
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_name_transition(load, &policy->name_transition[i]);
}

static void read_range_transition(struct flask_load *load, struct flask_range_transition *rule)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;

    rule->source = read_type_value(load);
    rule->target = read_type_value(load);
    rule->class_value = read_class_value(load);
    flask_read_range(load, &rule->low, &rule->high);
    if (reader->status == 0 && load->policy->mls &&
        (!flask_level_valid(load->policy, rule->low) ||
         !flask_level_valid(load->policy, rule->high)))
        flask_fail_at(reader, at, "the range of a range transition is not valid");
}

static void sort_range_transitions(struct flask_load *load, size_t at)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    unsigned int count = policy->nr_range_transitions;
    size_t scratch = load->arena.high;
    uint64_t *key = flask_reader_scratch(reader, count, sizeof(*key));
    struct flask_range_transition *copy = flask_reader_scratch(reader, count, sizeof(*copy));

    for (unsigned int i = 0; i < count && reader->status == 0; i++) {
        copy[i] = policy->range_transition[i];
        key[i] = flask_range_place(copy[i].source, copy[i].target, copy[i].class_value) << 16 | i;
    }
    if (reader->status != 0)
        return;
    flask_sort(key, count);
    for (unsigned int i = 0; i < count; i++) {
        policy->range_transition[i] = copy[key[i] & 0xffffu];
        if (i > 0 && key[i] >> 16 == key[i - 1] >> 16)
            flask_fail_at(reader, at, "two range transitions are for the same types and class");
    }
    load->arena.high = scratch;
}

void flask_read_range_transitions(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    uint32_t count;

    reader->section = "range transitions";
    count = flask_count(reader, MAX_SPECIAL_RULES, RANGE_TRANSITION_BYTES, "range transitions");
    policy->range_transition = flask_reader_keep(reader, count, sizeof(*policy->range_transition));
    policy->nr_range_transitions = count;
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_range_transition(load, &policy->range_transition[i]);
    if (reader->status == 0)
        sort_range_transitions(load, at);
}
