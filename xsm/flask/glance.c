/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What one look shall tell (xsm/quick.h). The rows of hooks.def that it can be told of have one
 * check, which the policy answers by one class of which no constraint and no auditallow is to be
 * thought of, or none at all; and no role is needed. All of them share one matrix, whose rows and
 * columns are the types that no such class tells apart.
 */
#include "xsm/flask/compile.h"

#include "xsm/hooks.h"

#define NO_CLASS 0u

static bool never_audited(const struct flask_class_table *class)
{
    const struct flask_matrix *plane = &class->plane[FLASK_PLANE_AUDITALLOW];

    return plane->rows == 1 && plane->columns == 1 && plane->cell[0] == 0;
}

/* What is asked, if a look can tell; the class is NO_CLASS where nothing is asked. */
static bool can_glance(const struct flask_table *table, enum xsm_hook hook,
                       struct flask_check *asked, enum xsm_party *object)
{
    const struct flask_check *check = table->policy->check[hook];
    const struct xsm_check *row = xsm_row_check(hook, 0);
    const struct xsm_question *question;

    *asked = (struct flask_check){.class_value = NO_CLASS};
    *object = XSM_PARTY_caller;
    if (xsm_rows[hook].phase != XSM_PHASE_ANY || (xsm_rows[hook].roles & XSM_WHO_ANYONE) == 0)
        return false;
    if (row == NULL)
        return true;
    question = check->answer == FLASK_ANSWER_OTHER ? row->other : &row->ask;
    if (xsm_row_check(hook, 1) != NULL || check->answer < FLASK_ANSWER_ASK ||
        question->subject != XSM_PARTY_caller)
        return false;
    *asked = *check;
    *object = question->object;
    return (table->policy->class[check->class_value - 1].constrained & check->permission) == 0 &&
           never_audited(&table->class[check->class_value - 1]);
}

/* Groups of types that are numbered alike so far: `number` by type - 1. */
struct groups {
    uint16_t *number;
    uint32_t count;
};

#define TYPE_BITS 16u

/* Tell apart in each group what `other`, numbers by type - 1 too, tells apart. */
static void split_groups(const struct flask_policy *policy, struct groups *groups,
                         const uint16_t *other, uint64_t *key)
{
    uint32_t next = 0;

    for (unsigned int i = 0; i < policy->nr_types; i++)
        key[i] = ((uint64_t)groups->number[i] << 16 | other[i]) << TYPE_BITS | i;
    flask_sort(key, policy->nr_types);
    for (unsigned int i = 0; i < policy->nr_types; i++) {
        next += i > 0 && key[i] >> TYPE_BITS != key[i - 1] >> TYPE_BITS;
        groups->number[key[i] & ((1u << TYPE_BITS) - 1)] = (uint16_t)next;
    }
    groups->count = next + 1;
}

/* By the planes of every class that a look shall tell of, each once. */
static void find_places(const struct flask_compiler *compiler, struct groups *rows,
                        struct groups *columns, uint64_t *key)
{
    const struct flask_table *table = compiler->table;
    bool seen[FLASK_MAX_CLASSES + 1] = {[NO_CLASS] = true};

    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        const struct flask_matrix *plane;
        struct flask_check asked;
        enum xsm_party object;

        if (!can_glance(table, (enum xsm_hook)hook, &asked, &object) || seen[asked.class_value])
            continue;
        seen[asked.class_value] = true;
        plane = &table->class[asked.class_value - 1].plane[FLASK_PLANE_ALLOWED];
        split_groups(compiler->policy, rows, plane->row, key);
        split_groups(compiler->policy, columns, plane->column, key);
    }
}

/* For each group a type that is in it. */
static void find_examples(const struct flask_policy *policy, const struct groups *groups,
                          uint16_t *example)
{
    for (unsigned int i = 0; i < policy->nr_types; i++)
        example[groups->number[i]] = (uint16_t)(i + 1);
}

static void set_bits(const struct flask_table *table, const struct flask_check *asked,
                     unsigned int bit, const uint16_t *source, uint32_t rows,
                     const uint16_t *target, uint32_t columns, uint64_t *cell)
{
    for (uint32_t i = 0; i < rows; i++)
        for (uint32_t j = 0; j < columns; j++) {
            const struct flask_matrix *plane =
                asked->class_value == NO_CLASS
                    ? NULL
                    : &table->class[asked->class_value - 1].plane[FLASK_PLANE_ALLOWED];

            if (plane == NULL ||
                (flask_look_up(plane, source[i], target[j]) & asked->permission) != 0)
                cell[(size_t)i * columns + j] |= (uint64_t)1 << bit;
        }
}

static void fill_cells(const struct flask_compiler *compiler, const uint16_t *source, uint32_t rows,
                       const uint16_t *target, uint32_t columns, uint64_t *cell)
{
    struct flask_table *table = compiler->table;
    unsigned int bit = 0;

    for (unsigned int hook = 0; hook < XSM_NR_HOOKS && bit < FLASK_GLANCE_NONE; hook++) {
        struct flask_check asked;
        enum xsm_party object;

        if (!can_glance(table, (enum xsm_hook)hook, &asked, &object))
            continue;
        table->glance[hook] = (struct flask_glance){(uint8_t)bit, (uint8_t)object};
        set_bits(table, &asked, bit, source, rows, target, columns, cell);
        bit++;
    }
}

/* Nothing is told: every row is asked in full. */
static void start_glance(struct flask_compiler *compiler)
{
    static const uint64_t nothing;
    struct flask_table *table = compiler->table;

    table->sid_type = compiler->policy->sid_type;
    table->cell = &nothing;
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        table->glance[hook] = (struct flask_glance){FLASK_GLANCE_NONE, XSM_PARTY_caller};
}

static void make_cells(struct flask_compiler *compiler, const struct groups *rows,
                       const struct groups *columns, struct flask_place *place)
{
    struct flask_reader *reader = compiler->reader;
    unsigned int types = compiler->policy->nr_types;
    uint16_t *source = flask_reader_scratch(reader, rows->count, sizeof(*source));
    uint16_t *target = flask_reader_scratch(reader, columns->count, sizeof(*target));
    size_t count = (size_t)rows->count * columns->count;
    uint64_t *cell = flask_reader_keep(reader, count, sizeof(*cell));

    if (reader->status != 0)
        return;
    find_examples(compiler->policy, rows, source);
    find_examples(compiler->policy, columns, target);
    for (unsigned int i = 0; i < types; i++)
        place[i + 1] =
            (struct flask_place){(uint16_t)(rows->number[i] * columns->count), columns->number[i]};
    fill_cells(compiler, source, rows->count, target, columns->count, cell);
    compiler->table->cell = cell;
    compiler->table->bytes += (types + 1) * sizeof(*place) + count * sizeof(*cell);
}

void flask_make_glance(struct flask_compiler *compiler)
{
    struct flask_reader *reader = compiler->reader;
    size_t scratch = reader->arena->high, types = compiler->policy->nr_types;
    struct flask_place *place = flask_reader_keep(reader, types + 1, sizeof(*place));
    struct groups rows = {flask_reader_scratch(reader, types, sizeof(*rows.number)), 1};
    struct groups columns = {flask_reader_scratch(reader, types, sizeof(*columns.number)), 1};
    uint64_t *key = flask_reader_scratch(reader, types, sizeof(*key));

    if (reader->status != 0)
        return;
    start_glance(compiler);
    compiler->table->place = place;
    find_places(compiler, &rows, &columns, key);
    if ((size_t)rows.count * columns.count <= FLASK_GLANCE_CELLS)
        make_cells(compiler, &rows, &columns, place);
    reader->arena->high = scratch;
}
