/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rules under conditions. The file carries the outcome of each condition too, as it was when the
 * policy was compiled; it could lie, and is ignored.
 */
#include "xsm/flask/policydb.h"

#include <string.h>

#define RULE_BYTES 12u
#define NODE_BYTES 24u
#define STEP_BYTES 8u
#define MAX_CONDITION_STEPS 256u
#define MAX_CONDITION_OPERANDS 10u
#define RULE_ENABLED 0x8000u /* the outcome's copy in each rule */

enum operator{ OP_BOOLEAN = 1, OP_NOT, OP_OR, OP_AND, OP_XOR, OP_EQ, OP_NEQ };

static unsigned int operands_of(uint32_t op)
{
    if (op == OP_BOOLEAN)
        return 0;
    return op == OP_NOT ? 1 : 2;
}

/* Read one step; `depth` is that of the stack before it. Returns the depth after it. */
static unsigned int read_step(struct flask_load *load, uint32_t *step, unsigned int depth)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t op = flask_number(reader, OP_BOOLEAN, OP_NEQ, "a condition's operator");
    uint32_t boolean = flask_u32(reader);
    unsigned int operands = operands_of(op);

    if (op == OP_BOOLEAN && (boolean == 0 || boolean > load->policy->nr_booleans))
        flask_fail_at(reader, at, "a condition on boolean %u of %u", boolean,
                      load->policy->nr_booleans);
    if (op != OP_BOOLEAN && boolean != 0)
        flask_fail_at(reader, at, "a condition's operator has a boolean of its own");
    if (depth < operands || depth - operands >= MAX_CONDITION_OPERANDS)
        flask_fail_at(reader, at, "a condition's operands don't match its operators");
    *step = op << 16 | (boolean & 0xffffu);
    return reader->status == 0 ? depth - operands + 1 : 0;
}

static void read_expression(struct flask_load *load, struct flask_condition *condition)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    unsigned int depth = 0;
    uint32_t *step;

    flask_number(reader, 0, 1, "a condition's outcome");
    condition->nr_steps =
        flask_count(reader, MAX_CONDITION_STEPS, STEP_BYTES, "steps of a condition");
    step = flask_reader_keep(reader, condition->nr_steps, sizeof(*step));
    condition->step = step;
    for (uint32_t i = 0; i < condition->nr_steps && reader->status == 0; i++)
        depth = read_step(load, &step[i], depth);
    if (depth != 1)
        flask_fail_at(reader, at, "a condition ends with %u values instead of 1", depth);
}

/* The lists of all conditions form one array, which the file's bytes could fill at most. */
static void read_list(struct flask_load *load, unsigned int most, unsigned int condition,
                      bool otherwise)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count = flask_count(reader, FLASK_MAX_RULES, RULE_BYTES, "conditional rules");

    if (count > most - policy->nr_conditional_rules)
        flask_fail(reader, "more than %u conditional rules", most);
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        struct flask_rule rule = flask_read_rule(load, RULE_ENABLED);

        rule.condition = (uint16_t)condition;
        rule.otherwise = otherwise;
        policy->conditional_rule[policy->nr_conditional_rules++] = rule;
    }
}

/* A type rule may be under both branches of one condition, and must have no other of its place. */
static void check_type_rules(struct flask_load *load, size_t at)
{
    const struct flask_policy *policy = load->policy;
    const struct flask_rule *rule = policy->conditional_rule;

    for (unsigned int i = 0; i < policy->nr_conditional_rules; i++) {
        bool again = i > 0 && flask_rule_place(&rule[i]) == flask_rule_place(&rule[i - 1]);

        if ((rule[i].kind & FLASK_RULE_NEW_TYPE) == 0)
            continue;
        if (flask_find_rule(policy->rule, policy->nr_rules, flask_rule_place(&rule[i])) != NULL ||
            (again && (rule[i].condition != rule[i - 1].condition ||
                       rule[i].otherwise == rule[i - 1].otherwise)))
            flask_fail_at(&load->reader, at, "two type rules from %u to %u, class %u, conflict",
                          rule[i].source, rule[i].target, rule[i].class_value);
    }
}

/* From the scratch memory that was large enough for all to memory that just holds them. */
static void keep_rules(struct flask_load *load)
{
    struct flask_policy *policy = load->policy;
    struct flask_rule *kept =
        flask_reader_keep(&load->reader, policy->nr_conditional_rules, sizeof(*kept));

    if (kept == NULL)
        return;
    if (policy->nr_conditional_rules > 0)
        memcpy(kept, policy->conditional_rule, policy->nr_conditional_rules * sizeof(*kept));
    policy->conditional_rule = kept;
}

static void read_nodes(struct flask_load *load, unsigned int most)
{
    struct flask_policy *policy = load->policy;

    for (uint32_t i = 0; i < policy->nr_conditions && load->reader.status == 0; i++) {
        read_expression(load, &policy->condition[i]);
        read_list(load, most, i + 1, false);
        read_list(load, most, i + 1, true);
    }
}

void flask_read_conditions(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset, room = flask_left(reader) / RULE_BYTES;
    unsigned int most = room < FLASK_MAX_RULES ? (unsigned int)room : FLASK_MAX_RULES;
    size_t start = load->arena.high;

    reader->section = "conditional rules";
    policy->nr_conditions = flask_count(reader, FLASK_MAX_CONDITIONS, NODE_BYTES, "conditions");
    policy->condition =
        flask_reader_keep(reader, policy->nr_conditions, sizeof(*policy->condition));
    policy->conditional_rule = flask_reader_scratch(reader, policy->nr_conditions > 0 ? most : 0,
                                                    sizeof(*policy->conditional_rule));
    read_nodes(load, most);
    if (reader->status != 0)
        return;
    flask_sort_rules(load, policy->conditional_rule, policy->nr_conditional_rules);
    check_type_rules(load, at);
    keep_rules(load);
    load->arena.high = start;
}

static bool apply(enum operator op, bool a, bool b)
{
    switch (op) {
    case OP_OR:
        return a || b;
    case OP_AND:
        return a && b;
    case OP_XOR:
    case OP_NEQ:
        return a != b;
    case OP_EQ:
        return a == b;
    case OP_BOOLEAN:
    case OP_NOT:
    default:
        return false;
    }
}

bool flask_condition_holds(const struct flask_condition *condition, const uint64_t *booleans)
{
    uint32_t stack = 0; /* of truth values, the top in bit 0 */

    for (uint32_t i = 0; i < condition->nr_steps; i++) {
        enum operator op =(enum operator)(condition->step[i] >> 16);
        unsigned int bit = (condition->step[i] & 0xffffu) - 1;
        bool top = (stack & 1u) != 0, below = (stack & 2u) != 0, value;

        if (op == OP_BOOLEAN)
            value = (booleans[bit / 64] >> (bit % 64) & 1u) != 0;
        else
            value = op == OP_NOT ? !top : apply(op, below, top);
        stack = stack >> operands_of(op) << 1 | (value ? 1u : 0u);
    }
    return (stack & 1u) != 0;
}
