/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rules: u16 source, u16 target, u16 class, u16 kind, u32 data, in no order; then those under
 * conditions. The file carries the outcome of each condition too, as it was when the policy was
 * compiled; it could lie, and is ignored.
 */
#include "xsm/flask/policydb.h"

#define RULE_BYTES 12u
#define NODE_BYTES 16u
#define STEP_BYTES 8u
#define MAX_NODES 1024u
#define MAX_CONDITION_STEPS 256u
#define MAX_CONDITION_OPERANDS 10u
#define RULE_ENABLED 0x8000u /* the outcome's copy in each rule */

enum condition_op { COND_BOOL = 1, COND_NOT, COND_OR, COND_AND, COND_XOR, COND_EQ, COND_NEQ };

static bool is_one_kind(unsigned int kind)
{
    return (kind & ~(FLASK_RULE_VECTOR | FLASK_RULE_NEW_TYPE)) == 0 && kind != 0 &&
           (kind & (kind - 1)) == 0;
}

static bool is_type(const struct flask_policy *policy, uint32_t value)
{
    return value >= 1 && value <= policy->nr_types && !policy->type[value - 1].attribute;
}

static void check_rule(struct flask_load *load, size_t at, const struct flask_rule *rule)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    if ((rule->kind & 0x0700u) != 0)
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

static struct flask_rule read_rule(struct flask_load *load, unsigned int ignored_kind)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    struct flask_rule rule;

    rule.source = flask_u16(reader);
    rule.target = flask_u16(reader);
    rule.class_value = flask_u16(reader);
    rule.kind = (uint16_t)(flask_u16(reader) & ~ignored_kind);
    rule.data = flask_u32(reader);
    if (reader->status == 0)
        check_rule(load, at, &rule);
    return rule;
}

static void add_rule(struct flask_load *load, const struct flask_rule *rule)
{
    if (load->nr_rules >= load->max_rules) {
        flask_fail(&load->reader, "more than %u rules", load->max_rules);
        return;
    }
    load->rule[load->nr_rules++] = *rule;
}

/* Rules of one class stand together, and equal ones side by side. */
static uint64_t sort_key(const struct flask_rule *rule)
{
    return (uint64_t)rule->class_value << 48 | (uint64_t)rule->kind << 32 |
           (uint64_t)rule->source << 16 | rule->target;
}

static void sift_down(struct flask_rule *rule, size_t root, size_t count)
{
    while (root * 2 + 1 < count) {
        size_t child = root * 2 + 1;
        struct flask_rule swap = rule[root];

        if (child + 1 < count && sort_key(&rule[child]) < sort_key(&rule[child + 1]))
            child++;
        if (sort_key(&swap) >= sort_key(&rule[child]))
            return;
        rule[root] = rule[child];
        rule[child] = swap;
        root = child;
    }
}

/* Heapsort: in place, and never quadratic. */
static void sort_rules(struct flask_rule *rule, size_t count)
{
    for (size_t root = count / 2; root > 0; root--)
        sift_down(rule, root - 1, count);
    for (size_t end = count; end > 1; end--) {
        struct flask_rule swap = rule[0];

        rule[0] = rule[end - 1];
        rule[end - 1] = swap;
        sift_down(rule, 0, end - 1);
    }
}

static void check_no_duplicates(struct flask_load *load, size_t at)
{
    for (unsigned int i = 1; i < load->nr_rules; i++)
        if (sort_key(&load->rule[i - 1]) == sort_key(&load->rule[i]))
            flask_fail_at(&load->reader, at, "two rules of kind 0x%04x from %u to %u, class %u",
                          load->rule[i].kind, load->rule[i].source, load->rule[i].target,
                          load->rule[i].class_value);
}

void flask_read_rules(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset, room = flask_left(reader) / RULE_BYTES;
    uint32_t count;

    reader->section = "rules";
    count = flask_count(reader, FLASK_MAX_RULES, RULE_BYTES, "rules");
    /* Room for the rules under conditions too: the rest of the file can't hold more. */
    load->max_rules = room < FLASK_MAX_RULES ? (unsigned int)room : FLASK_MAX_RULES;
    load->rule = flask_reader_scratch(reader, load->max_rules, sizeof(*load->rule));
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        struct flask_rule rule = read_rule(load, 0);

        if (reader->status == 0)
            add_rule(load, &rule);
    }
    if (reader->status != 0)
        return;
    sort_rules(load->rule, load->nr_rules);
    check_no_duplicates(load, at);
}

/* A stack of truth values, the top in bit 0. */
struct condition {
    uint32_t stack;
    unsigned int depth;
};

static bool apply(enum condition_op op, bool a, bool b)
{
    switch (op) {
    case COND_OR:
        return a || b;
    case COND_AND:
        return a && b;
    case COND_XOR:
    case COND_NEQ:
        return a != b;
    case COND_EQ:
        return a == b;
    case COND_BOOL:
    case COND_NOT:
    default:
        return false;
    }
}

static void step_condition(struct flask_load *load, struct condition *condition)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t op = flask_number(reader, COND_BOOL, COND_NEQ, "a condition's operator");
    uint32_t boolean = flask_u32(reader);
    unsigned int operands = op == COND_BOOL ? 0 : op == COND_NOT ? 1 : 2;
    bool top = (condition->stack & 1u) != 0, below = (condition->stack & 2u) != 0, value;

    if (op == COND_BOOL && (boolean == 0 || boolean > load->policy->nr_booleans))
        flask_fail_at(reader, at, "a condition on boolean %u of %u", boolean,
                      load->policy->nr_booleans);
    if (condition->depth < operands || condition->depth - operands >= MAX_CONDITION_OPERANDS)
        flask_fail_at(reader, at, "a condition's operands don't match its operators");
    if (reader->status != 0)
        return;
    if (op == COND_BOOL)
        value = load->boolean[boolean - 1];
    else
        value = op == COND_NOT ? !top : apply((enum condition_op)op, below, top);
    condition->stack = condition->stack >> operands << 1 | (value ? 1u : 0u);
    condition->depth += 1 - operands;
}

static void read_list(struct flask_load *load, bool enabled)
{
    struct flask_reader *reader = &load->reader;
    uint32_t count = flask_count(reader, FLASK_MAX_RULES, RULE_BYTES, "conditional rules");

    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        struct flask_rule rule = read_rule(load, RULE_ENABLED);

        if (enabled && reader->status == 0)
            add_rule(load, &rule);
    }
}

static void read_node(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct condition condition = {0};
    size_t at = reader->offset;
    uint32_t steps;
    bool outcome;

    flask_number(reader, 0, 1, "a condition's outcome");
    steps = flask_count(reader, MAX_CONDITION_STEPS, STEP_BYTES, "steps of a condition");
    for (uint32_t i = 0; i < steps && reader->status == 0; i++)
        step_condition(load, &condition);
    if (condition.depth != 1)
        flask_fail_at(reader, at, "a condition ends with %u values instead of 1", condition.depth);
    outcome = (condition.stack & 1u) != 0;
    read_list(load, outcome);
    read_list(load, !outcome);
}

void flask_read_conditionals(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    uint32_t count;

    reader->section = "conditional rules";
    count = flask_count(reader, MAX_NODES, NODE_BYTES, "conditions");
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_node(load);
}
