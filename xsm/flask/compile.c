/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From rules to tables. For each class, types that no rule tells apart as a source share a row,
 * those that no rule tells apart as a target share a column; when the cells are filled, rows and
 * columns that came out equal are shared too (share.c). Bounds are folded in.
 */
#include "xsm/flask/compile.h"

#include <string.h>

static const unsigned int plane_kind[FLASK_NR_PLANES] = {
    [FLASK_PLANE_ALLOWED] = FLASK_RULE_ALLOW,
    [FLASK_PLANE_AUDITALLOW] = FLASK_RULE_AUDITALLOW,
    [FLASK_PLANE_SILENT] = FLASK_RULE_AUDITDENY,
};

/* The rules of one class and kind: first those without a condition. */
struct walk {
    const struct flask_table *table; /* NULL: whatever conditions come to */
    const struct flask_rule *next, *end, *next_conditional, *end_conditional;
};

/* The first of the rules whose place is not below. */
static const struct flask_rule *lower_bound(const struct flask_rule *rule, unsigned int count,
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
    return rule + low;
}

static struct walk start_walk(const struct flask_compiler *compiler, const struct plane *plane)
{
    const struct flask_policy *policy = compiler->policy;
    uint64_t first = flask_place(plane->class_value, plane->kind, 1, 1);
    uint64_t last = flask_place(plane->class_value, plane->kind << 1, 1, 1);

    return (struct walk){.table = compiler->table,
                         .next = lower_bound(policy->rule, policy->nr_rules, first),
                         .end = lower_bound(policy->rule, policy->nr_rules, last),
                         .next_conditional = lower_bound(policy->conditional_rule,
                                                         policy->nr_conditional_rules, first),
                         .end_conditional = lower_bound(policy->conditional_rule,
                                                        policy->nr_conditional_rules, last)};
}

static const struct flask_rule *next_rule(struct walk *walk)
{
    if (walk->next < walk->end)
        return walk->next++;
    while (walk->next_conditional < walk->end_conditional) {
        const struct flask_rule *rule = walk->next_conditional++;

        if (walk->table == NULL || flask_in_force(walk->table, rule))
            return rule;
    }
    return NULL;
}

static bool has_rules(const struct flask_compiler *compiler, const struct plane *plane)
{
    struct walk walk = start_walk(compiler, plane);

    return next_rule(&walk) != NULL;
}

/* A type whose rights are bounded by another's is like no other. */
static void split_bounded(const struct flask_policy *policy, struct plane *plane)
{
    for (unsigned int type = 1; type <= policy->nr_types; type++) {
        if (policy->type[type - 1].bounds == 0)
            continue;
        flask_partition_split(&plane->rows, policy, type);
        flask_partition_split(&plane->columns, policy, type);
    }
}

/* `row` and `column` are for the numbers of the groups. */
static void find_groups(struct flask_compiler *compiler, struct plane *plane, uint16_t *row,
                        uint16_t *column)
{
    const struct flask_policy *policy = compiler->policy;
    struct walk walk = start_walk(compiler, plane);
    uint8_t *seen = flask_reader_scratch(compiler->reader, policy->nr_types, 1);
    const struct flask_rule *rule;

    flask_partition_start(&plane->rows, compiler->reader, policy, row);
    flask_partition_start(&plane->columns, compiler->reader, policy, column);
    if (compiler->reader->status != 0)
        return;
    while ((rule = next_rule(&walk)) != NULL) {
        if ((seen[rule->source - 1] & 1u) == 0)
            flask_partition_split(&plane->rows, policy, rule->source);
        seen[rule->source - 1] |= 1u;
        if ((seen[rule->target - 1] & 2u) == 0)
            flask_partition_split(&plane->columns, policy, rule->target);
        seen[rule->target - 1] |= 2u;
    }
    if (plane->kind == FLASK_RULE_ALLOW)
        split_bounded(policy, plane);
    flask_partition_finish(&plane->rows, policy);
    flask_partition_finish(&plane->columns, policy);
}

static struct plane start_plane(unsigned int class_value, unsigned int index)
{
    return (struct plane){.class_value = class_value, .kind = plane_kind[index]};
}

static size_t nr_cells(const struct plane *plane)
{
    return (size_t)plane->rows.count * plane->columns.count;
}

/* How many of a value's types are examples of their groups. */
static uint32_t count_examples(const struct flask_policy *policy,
                               const struct flask_partition *partition, unsigned int value)
{
    uint32_t count = 0;

    for (uint32_t i = policy->member_start[value - 1]; i < policy->member_start[value]; i++)
        count += flask_is_example(partition, policy->member[i]);
    return count;
}

/* How many cells the rules write, each as often as it is written. */
static uint64_t count_writes(struct flask_compiler *compiler, const struct plane *plane)
{
    const struct flask_policy *policy = compiler->policy;
    struct walk walk = start_walk(compiler, plane);
    uint32_t *rows = flask_reader_scratch(compiler->reader, policy->nr_types, sizeof(*rows));
    uint32_t *columns = flask_reader_scratch(compiler->reader, policy->nr_types, sizeof(*columns));
    const struct flask_rule *rule;
    uint64_t writes = 0;

    if (compiler->reader->status != 0)
        return 0;
    for (unsigned int value = 1; value <= policy->nr_types; value++) {
        rows[value - 1] = count_examples(policy, &plane->rows, value);
        columns[value - 1] = count_examples(policy, &plane->columns, value);
    }
    while ((rule = next_rule(&walk)) != NULL)
        writes += (uint64_t)rows[rule->source - 1] * columns[rule->target - 1];
    return writes;
}

/* What building takes at most, whatever the booleans are. */
struct measure {
    size_t kept, largest;
    uint64_t writes;
};

static void measure_plane(struct flask_compiler *compiler, struct plane *plane,
                          struct measure *measure)
{
    const struct flask_policy *policy = compiler->policy;
    size_t scratch = compiler->reader->arena->high, cells;
    uint16_t *row = flask_reader_scratch(compiler->reader, policy->nr_types, sizeof(*row));
    uint16_t *column = flask_reader_scratch(compiler->reader, policy->nr_types, sizeof(*column));

    if (compiler->reader->status != 0 || !has_rules(compiler, plane))
        return;
    find_groups(compiler, plane, row, column);
    if (compiler->reader->status != 0)
        return;
    measure->writes += count_writes(compiler, plane);
    cells = nr_cells(plane) * sizeof(uint32_t);
    measure->kept += cells + 2 * policy->nr_types * sizeof(*row) + 64;
    measure->largest = cells > measure->largest ? cells : measure->largest;
    compiler->reader->arena->high = scratch;
}

/* Scratch memory of a plane besides its cells: partitions, lists, and keys for sharing. */
#define SCRATCH_PER_TYPE 64u

void flask_measure(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    struct flask_compiler compiler = {.reader = reader, .policy = policy};
    struct measure measure = {0};
    size_t fixed = sizeof(struct flask_table) + 4096 + FLASK_GLANCE_CELLS * sizeof(uint64_t) +
                   policy->nr_classes * sizeof(struct flask_class_table) +
                   (size_t)policy->nr_types *
                       (SCRATCH_PER_TYPE + sizeof(uint16_t) + sizeof(struct flask_place));

    reader->section = "tables";
    for (unsigned int class_value = 1; class_value <= policy->nr_classes; class_value++)
        for (unsigned int i = 0; i < FLASK_NR_PLANES && reader->status == 0; i++) {
            struct plane plane = start_plane(class_value, i);
            size_t scratch = load->arena.high;

            measure_plane(&compiler, &plane, &measure);
            load->arena.high = scratch;
        }
    if (measure.writes > FLASK_MAX_EXPANSION)
        flask_fail(reader, "the rules stand for more than FLASK_MAX_EXPANSION, %u, cells",
                   FLASK_MAX_EXPANSION);
    policy->table_room = fixed + measure.kept + measure.largest;
    if (policy->table_room > FLASK_MAX_TABLE_BYTES)
        flask_fail(reader, "%zu bytes are more than FLASK_MAX_TABLE_BYTES, %u", policy->table_room,
                   FLASK_MAX_TABLE_BYTES);
}

/* The columns of a rule's target, each once. Returns how many. */
static uint32_t list_columns(const struct flask_policy *policy, const struct plane *plane,
                             unsigned int target, uint16_t *list)
{
    uint32_t count = 0;

    for (uint32_t i = policy->member_start[target - 1]; i < policy->member_start[target]; i++) {
        unsigned int type = policy->member[i];

        if (flask_is_example(&plane->columns, type))
            list[count++] = plane->columns.number[type - 1];
    }
    return count;
}

static void write_rule(const struct flask_policy *policy, struct plane *plane,
                       const struct flask_rule *rule, uint16_t *list)
{
    uint32_t data = rule->kind == FLASK_RULE_AUDITDENY ? ~rule->data : rule->data;
    uint32_t columns = list_columns(policy, plane, rule->target, list);

    for (uint32_t i = policy->member_start[rule->source - 1];
         i < policy->member_start[rule->source]; i++) {
        unsigned int type = policy->member[i];
        uint32_t *row = &plane->cell[(size_t)plane->rows.number[type - 1] * plane->columns.count];

        if (!flask_is_example(&plane->rows, type))
            continue;
        for (uint32_t j = 0; j < columns; j++)
            row[list[j]] |= data;
    }
}

static void write_rules(struct flask_compiler *compiler, struct plane *plane)
{
    const struct flask_policy *policy = compiler->policy;
    struct walk walk = start_walk(compiler, plane);
    uint16_t *list = flask_reader_scratch(compiler->reader, policy->nr_types, sizeof(*list));
    const struct flask_rule *rule;

    while (list != NULL && (rule = next_rule(&walk)) != NULL)
        write_rule(policy, plane, rule, list);
}

static uint32_t *cell_of(const struct plane *plane, unsigned int source, unsigned int target)
{
    return &plane->cell[(size_t)plane->rows.number[source - 1] * plane->columns.count +
                        plane->columns.number[target - 1]];
}

/* A bounded type has no right that its parent lacks towards the target, or towards its parent. */
static void bound_cell(const struct flask_policy *policy, const struct plane *plane,
                       unsigned int source, unsigned int target)
{
    uint32_t *cell = cell_of(plane, source, target);

    for (unsigned int depth = 0; depth < FLASK_MAX_BOUNDS; depth++) {
        if (policy->type[source - 1].bounds == 0)
            return;
        source = policy->type[source - 1].bounds;
        if (policy->type[target - 1].bounds != 0)
            target = policy->type[target - 1].bounds;
        *cell &= *cell_of(plane, source, target);
    }
}

static void bound_cells(const struct flask_policy *policy, const struct plane *plane)
{
    for (unsigned int row = 0; row < plane->rows.count; row++) {
        if (policy->type[plane->rows.example[row] - 1].bounds == 0)
            continue;
        for (unsigned int column = 0; column < plane->columns.count; column++)
            bound_cell(policy, plane, plane->rows.example[row], plane->columns.example[column]);
    }
}

/* One cell without permissions, for the planes of classes that have no such rule. */
static void make_empty(const struct flask_compiler *compiler, struct flask_matrix *matrix)
{
    static const uint32_t nothing;

    *matrix = (struct flask_matrix){.cell = &nothing,
                                    .row = compiler->zeros,
                                    .column = compiler->zeros,
                                    .rows = 1,
                                    .columns = 1};
}

static void make_plane(struct flask_compiler *compiler, struct plane *plane,
                       struct flask_matrix *matrix)
{
    struct flask_reader *reader = compiler->reader;
    size_t scratch = reader->arena->high, types = compiler->policy->nr_types;
    uint16_t *row = flask_reader_keep(reader, types, sizeof(*row));
    uint16_t *column = flask_reader_keep(reader, types, sizeof(*column));

    if (reader->status != 0)
        return;
    find_groups(compiler, plane, row, column);
    if (reader->status == 0)
        plane->cell = flask_reader_scratch(reader, nr_cells(plane), sizeof(*plane->cell));
    if (reader->status != 0)
        return;
    write_rules(compiler, plane);
    if (plane->kind == FLASK_RULE_ALLOW)
        bound_cells(compiler->policy, plane);
    flask_share(compiler, plane, matrix);
    reader->arena->high = scratch;
    compiler->table->bytes +=
        2 * types * sizeof(*row) + (size_t)matrix->rows * matrix->columns * sizeof(*matrix->cell);
}

static void make_planes(struct flask_compiler *compiler, unsigned int class_value)
{
    struct flask_matrix *matrix = compiler->table->class[class_value - 1].plane;
    size_t before = compiler->table->bytes;

    for (unsigned int i = 0; i < FLASK_NR_PLANES && compiler->reader->status == 0; i++) {
        struct plane plane = start_plane(class_value, i);

        if (has_rules(compiler, &plane))
            make_plane(compiler, &plane, &matrix[i]);
        else
            make_empty(compiler, &matrix[i]);
        if (i == FLASK_PLANE_ALLOWED)
            compiler->table->allow_bytes += compiler->table->bytes - before;
    }
}

static void set_conditions(struct flask_table *table, const uint64_t *booleans)
{
    const struct flask_policy *policy = table->policy;

    for (unsigned int i = 0; i < policy->nr_booleans; i++) {
        bool value = booleans == NULL ? policy->boolean[i].initial
                                      : (booleans[i / 64] >> (i % 64) & 1u) != 0;

        table->boolean[i / 64] |= (uint64_t)value << (i % 64);
    }
    for (unsigned int i = 0; i < policy->nr_conditions; i++)
        table->condition[i / 64] |=
            (uint64_t)flask_condition_holds(&policy->condition[i], table->boolean) << (i % 64);
}

static void make_table(struct flask_compiler *compiler)
{
    struct flask_reader *reader = compiler->reader;
    struct flask_table *table = compiler->table;
    size_t types = compiler->policy->nr_types, classes = compiler->policy->nr_classes;

    compiler->zeros = flask_reader_keep(reader, types, sizeof(*compiler->zeros));
    table->class = flask_reader_keep(reader, classes, sizeof(*table->class));
    for (unsigned int i = 1; i <= classes && reader->status == 0; i++)
        make_planes(compiler, i);
    if (reader->status == 0)
        flask_make_glance(compiler);
}

int xsm_build_table(struct flask_policy *policy, const uint64_t *booleans, void *memory,
                    size_t room, struct flask_table **table, struct xsm_error *error)
{
    struct flask_arena arena = {.base = memory, .low = 0, .high = room & ~(size_t)15};
    struct flask_reader reader = {.section = "tables", .arena = &arena, .error = error};
    struct flask_compiler compiler = {.reader = &reader, .policy = policy};

    error->offset = SIZE_MAX;
    compiler.table = flask_reader_keep(&reader, 1, sizeof(*compiler.table));
    if (compiler.table == NULL)
        return reader.status;
    compiler.table->policy = policy;
    set_conditions(compiler.table, booleans);
    make_table(&compiler);
    if (reader.status != 0)
        return reader.status;
    compiler.table->kept = arena.low;
    *table = compiler.table;
    return 0;
}
