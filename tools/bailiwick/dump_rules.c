/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy allows and makes: by its tables, and not by the rules that they were made from. */
#include <stdio.h>
#include <stdlib.h>

#include "tools/bailiwick/dump.h"
#include "tools/bailiwick/expression.h"

#define RANGE_TEXT (2 * XSM_MAX_CONTEXT)

static const char *type_name(const struct dump *dump, unsigned int value)
{
    return dump->asked->policy->type[value - 1].name;
}

static const char *role_name(const struct dump *dump, unsigned int value)
{
    return dump->asked->policy->role[value - 1].name;
}

static const char *class_name(const struct dump *dump, unsigned int value)
{
    return dump->asked->policy->class[value - 1].name;
}

/* One line for each permission: which stand together in one constraint says nothing. */
static void dump_constraint(struct dump *dump, const struct flask_class *class,
                            const struct flask_constraint *constraint)
{
    char *text = expression_constraint(dump->asked->policy, constraint);

    if (!text)
        dump->failed = true;
    for (unsigned int bit = 0; text && bit < FLASK_PERMISSIONS; bit++)
        if ((constraint->permissions >> bit & 1u) != 0)
            dump_line(dump, "constrain %s %s (%s)", class->name, class->permission[bit], text);
    if (text && constraint->permissions == 0)
        dump_line(dump, "validatetrans %s (%s)", class->name, text);
    free(text);
}

static void dump_constraints(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; i < policy->nr_classes; i++) {
        const struct flask_class *class = &policy->class[i];

        for (uint32_t n = 0; n < class->nr_constraints; n++)
            dump_constraint(dump, class, &class->constraint[n]);
        for (uint32_t n = 0; n < class->nr_transitions; n++)
            dump_constraint(dump, class, &class->transition[n]);
    }
}

static void dump_role_rules(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; i < policy->nr_role_allows; i++)
        dump_line(dump, "allow role %s role %s",
                  role_name(dump, (unsigned int)(policy->role_allow[i] >> 16)),
                  role_name(dump, (unsigned int)(policy->role_allow[i] & 0xffffu)));
    for (unsigned int i = 0; i < policy->nr_role_transitions; i++) {
        const struct flask_role_transition *rule = &policy->role_transition[i];

        dump_line(dump, "role_transition %s %s:%s %s", role_name(dump, rule->role),
                  type_name(dump, rule->type), class_name(dump, rule->class_value),
                  role_name(dump, rule->result));
    }
}

static void dump_special_transitions(struct dump *dump)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int i = 0; i < policy->nr_name_transitions; i++) {
        const struct flask_name_transition *rule = &policy->name_transition[i];

        dump_line(dump, "type_transition %s %s:%s %s \"%s\"", type_name(dump, rule->source),
                  type_name(dump, rule->target), class_name(dump, rule->class_value),
                  type_name(dump, rule->result), rule->name);
    }
    for (unsigned int i = 0; i < policy->nr_range_transitions; i++) {
        const struct flask_range_transition *rule = &policy->range_transition[i];
        struct flask_context range = {.user = 1,
                                      .role = FLASK_OBJECT_R,
                                      .type = rule->source,
                                      .low = rule->low,
                                      .high = rule->high};

        dump_line(dump, "range_transition %s %s:%s range of %s", type_name(dump, rule->source),
                  type_name(dump, rule->target), class_name(dump, rule->class_value),
                  asked_text(dump->asked, range));
    }
}

void dump_rules(struct dump *dump)
{
    dump_constraints(dump);
    dump_role_rules(dump);
    dump_special_transitions(dump);
}

static void dump_vector(struct dump *dump, const struct flask_table *table,
                        unsigned int class_value, unsigned int source, unsigned int target)
{
    static const char *const words[] = {[FLASK_PLANE_ALLOWED] = "allow",
                                        [FLASK_PLANE_AUDITALLOW] = "auditallow",
                                        [FLASK_PLANE_SILENT] = "dontaudit"};
    const struct flask_class *class = &dump->asked->policy->class[class_value - 1];

    for (unsigned int i = 0; i < FLASK_NR_PLANES; i++) {
        uint32_t permissions =
            flask_look_up(&table->class[class_value - 1].plane[i], source, target) &
            class->permissions;

        if (permissions != 0)
            dump_line(dump, "%s %s %s:%s%s", words[i], type_name(dump, source),
                      type_name(dump, target), class->name, dump_permissions(class, permissions));
    }
}

static void dump_vectors(struct dump *dump, const struct flask_table *table)
{
    const struct flask_policy *policy = dump->asked->policy;

    for (unsigned int source = 1; source <= policy->nr_types; source++)
        for (unsigned int target = 1;
             !policy->type[source - 1].attribute && target <= policy->nr_types; target++)
            for (unsigned int value = 1;
                 !policy->type[target - 1].attribute && value <= policy->nr_classes; value++)
                if (policy->class[value - 1].name)
                    dump_vector(dump, table, value, source, target);
}

static const char *new_type_word(unsigned int kind)
{
    if (kind == FLASK_RULE_TRANSITION)
        return "type_transition";
    return kind == FLASK_RULE_MEMBER ? "type_member" : "type_change";
}

/* Of two for the same place the one that is looked up counts. */
static void dump_new_types(struct dump *dump, const struct flask_table *table,
                           const struct flask_rule *rules, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        const struct flask_rule *rule = &rules[i];

        if ((rule->kind & FLASK_RULE_NEW_TYPE) != 0 && flask_in_force(table, rule))
            dump_line(dump, "%s %s %s:%s %s", new_type_word(rule->kind),
                      type_name(dump, rule->source), type_name(dump, rule->target),
                      class_name(dump, rule->class_value), type_name(dump, rule->data));
    }
}

void dump_state(struct dump *dump, const struct flask_table *table)
{
    const struct flask_policy *policy = dump->asked->policy;

    dump_vectors(dump, table);
    dump_new_types(dump, table, policy->rule, policy->nr_rules);
    dump_new_types(dump, table, policy->conditional_rule, policy->nr_conditional_rules);
}
