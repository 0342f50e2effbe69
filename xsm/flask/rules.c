/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: u16 source, u16 target, u16 class, u16 kind, u32 data, in no order. They are kept in
 * the order of their places, so that those of one class stand together and one is found by halving.
 */
#include "xsm/flask/policydb.h"

#define RULE_BYTES 12u
#define RULE_XPERMS 0x0700u
#define INDEX_BITS 20u
_Static_assert(FLASK_MAX_RULES == 1u << INDEX_BITS, "a rule's index has to fit in its sort key");

static bool is_one_kind(unsigned int kind)
{
    return (kind & ~(FLASK_RULE_VECTOR | FLASK_RULE_NEW_TYPE)) == 0 && kind != 0 &&
           (kind & (kind - 1)) == 0;
}

static bool is_type(const struct flask_policy *policy, uint32_t value)
{
    return value >= 1 && value <= policy->nr_types && !policy->type[value - 1].attribute;
}

/* What a rule is before it is known to be one. */
struct raw_rule {
    uint32_t source, target, class_value, kind, data;
};

static void check_rule(struct flask_load *load, size_t at, const struct raw_rule *rule)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    if ((rule->kind & RULE_XPERMS) != 0)
        flask_fail_at(reader, at, "extended permissions are not supported");
    else if (!is_one_kind(rule->kind))
        flask_fail_at(reader, at, "a rule of kind 0x%04x", rule->kind);
    else if (rule->source == 0 || rule->source > policy->nr_types || rule->target == 0 ||
             rule->target > policy->nr_types)
        flask_fail_at(reader, at, "a rule from type %u to type %u, of %u types", rule->source,
                      rule->target, policy->nr_types);
    else if (rule->class_value == 0 || rule->class_value > policy->nr_classes)
        flask_fail_at(reader, at, "a rule on class %u of %u", rule->class_value,
                      policy->nr_classes);
    else if ((rule->kind & FLASK_RULE_NEW_TYPE) != 0 &&
             (!is_type(policy, rule->source) || !is_type(policy, rule->target) ||
              !is_type(policy, rule->data)))
        flask_fail_at(reader, at, "a type rule names %u, %u and %u, which are not all types",
                      rule->source, rule->target, rule->data);
}

struct flask_rule flask_read_rule(struct flask_load *load, unsigned int ignored_kind)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    struct raw_rule raw;

    raw.source = flask_u16(reader);
    raw.target = flask_u16(reader);
    raw.class_value = flask_u16(reader);
    raw.kind = flask_u16(reader) & ~ignored_kind;
    raw.data = flask_u32(reader);
    if (reader->status == 0)
        check_rule(load, at, &raw);
    return (struct flask_rule){.source = (uint16_t)raw.source,
                               .target = (uint16_t)raw.target,
                               .class_value = (uint8_t)raw.class_value,
                               .kind = (uint8_t)raw.kind,
                               .data = raw.data};
}

const struct flask_rule *flask_find_rule(const struct flask_rule *rule, unsigned int count,
                                         uint64_t place)
{
    unsigned int low = 0, high = count;

    while (low < high) {
        unsigned int middle = low + (high - low) / 2;

        if (flask_rule_place(&rule[middle]) < place)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && flask_rule_place(&rule[low]) == place ? &rule[low] : NULL;
}

/* Sorts by key and then by place in the file. */
void flask_sort_rules(struct flask_load *load, struct flask_rule *rule, unsigned int count)
{
    size_t scratch = load->arena.high;
    uint64_t *key = flask_reader_scratch(&load->reader, count, sizeof(*key));
    struct flask_rule *copy = flask_reader_scratch(&load->reader, count, sizeof(*copy));

    if (load->reader.status != 0)
        return;
    for (unsigned int i = 0; i < count; i++) {
        key[i] = flask_rule_place(&rule[i]) << INDEX_BITS | i;
        copy[i] = rule[i];
    }
    flask_sort(key, count);
    for (unsigned int i = 0; i < count; i++)
        rule[i] = copy[key[i] & (FLASK_MAX_RULES - 1)];
    load->arena.high = scratch;
}

static void check_no_duplicates(struct flask_load *load, size_t at)
{
    const struct flask_rule *rule = load->policy->rule;

    for (unsigned int i = 1; i < load->policy->nr_rules; i++)
        if (flask_rule_place(&rule[i - 1]) == flask_rule_place(&rule[i]))
            flask_fail_at(&load->reader, at, "two rules of kind 0x%04x from %u to %u, class %u",
                          rule[i].kind, rule[i].source, rule[i].target, rule[i].class_value);
}

void flask_read_rules(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;

    reader->section = "rules";
    policy->nr_rules = flask_count(reader, FLASK_MAX_RULES, RULE_BYTES, "rules");
    policy->rule = flask_reader_keep(reader, policy->nr_rules, sizeof(*policy->rule));
    for (uint32_t i = 0; i < policy->nr_rules && reader->status == 0; i++)
        policy->rule[i] = flask_read_rule(load, 0);
    if (reader->status != 0)
        return;
    flask_sort_rules(load, policy->rule, policy->nr_rules);
    if (reader->status == 0)
        check_no_duplicates(load, at);
}
