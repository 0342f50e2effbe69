/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From rules to tables. For each class, types that no rule tells apart as a source share a row,
 * those that no rule tells apart as a target share a column; when the cells are filled, rows and
 * columns that came out equal are shared too. Bounds are folded in.
 */
#include "xsm/flask/policydb.h"

#include <string.h>

/* One class being compiled. Types and their indices count from 0 here. */
struct table {
    unsigned int class_value;
    struct flask_set sources, targets; /* which the rules of this class mention */
    uint16_t *row, *column;            /* of each type */
    uint16_t *row_type, *column_type;  /* a type for each row and column */
    unsigned int nr_rows, nr_columns;
    struct flask_av *cell;
};

static bool is_vector_rule(const struct flask_rule *rule, unsigned int class_value)
{
    return rule->class_value == class_value && (rule->kind & FLASK_RULE_VECTOR) != 0;
}

static void find_mentioned(const struct flask_load *load, struct table *table)
{
    for (unsigned int i = 0; i < load->nr_rules; i++) {
        if (!is_vector_rule(&load->rule[i], table->class_value))
            continue;
        flask_add(&table->sources, load->rule[i].source - 1u);
        flask_add(&table->targets, load->rule[i].target - 1u);
    }
}

static bool equal_within(const struct flask_set *a, const struct flask_set *b,
                         const struct flask_set *mask)
{
    for (unsigned int i = 0; i < FLASK_SET_WORDS; i++)
        if (((a->word[i] ^ b->word[i]) & mask->word[i]) != 0)
            return false;
    return true;
}

/* Do the rules see no difference between two types, nor between what bounds them? */
static bool same_signature(const struct flask_load *load, unsigned int a, unsigned int b,
                           const struct flask_set *mentioned)
{
    const struct flask_type *type = load->policy->type;

    for (unsigned int depth = 0; depth <= FLASK_MAX_BOUNDS; depth++) {
        if (!equal_within(&load->attributes[a], &load->attributes[b], mentioned))
            return false;
        if (type[a].bounds == 0 || type[b].bounds == 0)
            return type[a].bounds == type[b].bounds;
        a = type[a].bounds - 1u;
        b = type[b].bounds - 1u;
    }
    return true;
}

/* Number the types by what rules see of them; returns how many numbers there are. */
static unsigned int number_types(const struct flask_load *load, const struct flask_set *mentioned,
                                 uint16_t *number, uint16_t *example)
{
    unsigned int count = 0;

    for (unsigned int type = 0; type < load->policy->nr_types; type++) {
        unsigned int i = 0;

        while (i < count && !same_signature(load, type, example[i], mentioned))
            i++;
        if (i == count)
            example[count++] = (uint16_t)type;
        number[type] = (uint16_t)i;
    }
    return count;
}

static void apply_rule(struct flask_av *av, const struct flask_rule *rule)
{
    if (rule->kind == FLASK_RULE_ALLOW)
        av->allowed |= rule->data;
    else if (rule->kind == FLASK_RULE_AUDITALLOW)
        av->auditallow |= rule->data;
    else
        av->auditdeny &= rule->data; /* dontaudit is stored as what is still audited */
}

static void fill_rule(const struct flask_load *load, struct table *table,
                      const struct flask_rule *rule)
{
    for (unsigned int row = 0; row < table->nr_rows; row++) {
        struct flask_av *cell = &table->cell[(size_t)row * table->nr_columns];

        if (!flask_in(&load->attributes[table->row_type[row]], rule->source - 1u))
            continue;
        for (unsigned int column = 0; column < table->nr_columns; column++)
            if (flask_in(&load->attributes[table->column_type[column]], rule->target - 1u))
                apply_rule(&cell[column], rule);
    }
}

static void fill_cells(const struct flask_load *load, struct table *table)
{
    size_t cells = (size_t)table->nr_rows * table->nr_columns;

    for (size_t i = 0; i < cells; i++)
        table->cell[i].auditdeny = UINT32_MAX;
    for (unsigned int i = 0; i < load->nr_rules; i++)
        if (is_vector_rule(&load->rule[i], table->class_value))
            fill_rule(load, table, &load->rule[i]);
}

static struct flask_av *cell_of(const struct table *table, unsigned int source, unsigned int target)
{
    return &table->cell[(size_t)table->row[source] * table->nr_columns + table->column[target]];
}

/*
 * A bounded source is allowed no more than its parent is, towards the target's parent if it has
 * one. It doesn't matter which cells are bounded first: all that is done to them is intersection
 * along the same chains.
 */
static void bound_cell(const struct flask_policy *policy, const struct table *table,
                       unsigned int source, unsigned int target)
{
    struct flask_av *cell = cell_of(table, source, target);

    for (unsigned int depth = 0; depth < FLASK_MAX_BOUNDS; depth++) {
        if (policy->type[source].bounds == 0)
            return;
        source = policy->type[source].bounds - 1u;
        if (policy->type[target].bounds != 0)
            target = policy->type[target].bounds - 1u;
        cell->allowed &= cell_of(table, source, target)->allowed;
    }
}

static void bound_cells(const struct flask_policy *policy, const struct table *table)
{
    for (unsigned int row = 0; row < table->nr_rows; row++) {
        if (policy->type[table->row_type[row]].bounds == 0)
            continue;
        for (unsigned int column = 0; column < table->nr_columns; column++)
            bound_cell(policy, table, table->row_type[row], table->column_type[column]);
    }
}

/* In `number`, what was `from` becomes `to`. */
static void renumber(uint16_t *number, unsigned int count, unsigned int from, unsigned int to)
{
    for (unsigned int i = 0; i < count; i++)
        if (number[i] == from)
            number[i] = (uint16_t)to;
}

static void share_rows(const struct flask_policy *policy, struct table *table)
{
    size_t bytes = table->nr_columns * sizeof(*table->cell);
    unsigned int kept = 0;

    for (unsigned int row = 0; row < table->nr_rows; row++) {
        const struct flask_av *cell = &table->cell[(size_t)row * table->nr_columns];
        unsigned int i = 0;

        while (i < kept && memcmp(&table->cell[(size_t)i * table->nr_columns], cell, bytes) != 0)
            i++;
        if (i == kept)
            memmove(&table->cell[(size_t)kept++ * table->nr_columns], cell, bytes);
        renumber(table->row, policy->nr_types, row, i);
    }
    table->nr_rows = kept;
}

static bool same_column(const struct table *table, unsigned int a, unsigned int b)
{
    for (unsigned int row = 0; row < table->nr_rows; row++) {
        const struct flask_av *cell = &table->cell[(size_t)row * table->nr_columns];

        if (memcmp(&cell[a], &cell[b], sizeof(*cell)) != 0)
            return false;
    }
    return true;
}

/* Equal columns get one number; `column_type` then has the old number of each new one. */
static unsigned int share_columns(const struct flask_policy *policy, struct table *table)
{
    unsigned int kept = 0;

    for (unsigned int column = 0; column < table->nr_columns; column++) {
        unsigned int i = 0;

        while (i < kept && !same_column(table, table->column_type[i], column))
            i++;
        if (i == kept)
            table->column_type[kept++] = (uint16_t)column;
        renumber(table->column, policy->nr_types, column, i);
    }
    return kept;
}

static void keep_cells(struct flask_load *load, struct table *table, struct flask_class *class)
{
    unsigned int columns = share_columns(load->policy, table);
    struct flask_av *cell =
        flask_reader_keep(&load->reader, (size_t)table->nr_rows * columns, sizeof(*cell));

    if (cell == NULL)
        return;
    for (unsigned int row = 0; row < table->nr_rows; row++)
        for (unsigned int column = 0; column < columns; column++)
            cell[(size_t)row * columns + column] =
                table->cell[(size_t)row * table->nr_columns + table->column_type[column]];
    class->row = table->row;
    class->column = table->column;
    class->nr_rows = table->nr_rows;
    class->nr_columns = columns;
    class->cell = cell;
    load->policy->table_bytes += (size_t)table->nr_rows * columns * sizeof(*cell) +
                                 2 * sizeof(*table->row) * load->policy->nr_types;
}

static void compile_class(struct flask_load *load, struct table *table, unsigned int class_value)
{
    struct flask_reader *reader = &load->reader;
    unsigned int types = load->policy->nr_types;
    size_t scratch = load->arena.high;

    *table = (struct table){.class_value = class_value};
    table->row = flask_reader_keep(reader, types, sizeof(*table->row));
    table->column = flask_reader_keep(reader, types, sizeof(*table->column));
    table->row_type = flask_reader_scratch(reader, types, sizeof(*table->row_type));
    table->column_type = flask_reader_scratch(reader, types, sizeof(*table->column_type));
    if (reader->status != 0)
        return;
    find_mentioned(load, table);
    table->nr_rows = number_types(load, &table->sources, table->row, table->row_type);
    table->nr_columns = number_types(load, &table->targets, table->column, table->column_type);
    table->cell = flask_reader_scratch(reader, (size_t)table->nr_rows * table->nr_columns,
                                       sizeof(*table->cell));
    if (reader->status != 0)
        return;
    fill_cells(load, table);
    bound_cells(load->policy, table);
    share_rows(load->policy, table);
    keep_cells(load, table, &load->policy->class[class_value - 1]);
    load->arena.high = scratch;
}

/* Type transitions are looked up in this order: a rule under a condition comes second. */
static void keep_transitions(struct flask_load *load)
{
    struct flask_policy *policy = load->policy;
    struct flask_transition *transition;
    unsigned int count = 0;

    for (unsigned int i = 0; i < load->nr_rules; i++) {
        count += load->rule[i].kind == FLASK_RULE_TRANSITION;
        policy->nr_allow_rules += load->rule[i].kind == FLASK_RULE_ALLOW;
    }
    transition = flask_reader_keep(&load->reader, count, sizeof(*transition));
    if (transition == NULL)
        return;
    policy->transition = transition;
    policy->nr_transitions = count;
    for (unsigned int i = 0; i < load->nr_rules; i++) {
        const struct flask_rule *rule = &load->rule[i];

        if (rule->kind == FLASK_RULE_TRANSITION)
            *transition++ = (struct flask_transition){.source = rule->source,
                                                      .target = rule->target,
                                                      .class_value = rule->class_value,
                                                      .result = (uint16_t)rule->data};
    }
}

void flask_compile(struct flask_load *load)
{
    struct table *table = flask_reader_scratch(&load->reader, 1, sizeof(*table));

    load->reader.section = "tables";
    for (unsigned int i = 1; i <= load->policy->nr_classes && load->reader.status == 0; i++)
        compile_class(load, table, i);
    keep_transitions(load);
}
