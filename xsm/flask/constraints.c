/* SPDX-License-Identifier: BSD-2-Clause */
/* Constraints: read as the postfix programs that they already are in the file. */
#include "xsm/flask/policydb.h"

#define STEP_BYTES 12u
#define CONSTRAINT_BYTES 8u
#define MAX_STEPS 1024u

static bool is_one_attribute(uint32_t attribute)
{
    return attribute == FLASK_STEP_USER || attribute == FLASK_STEP_ROLE ||
           attribute == FLASK_STEP_TYPE;
}

static bool is_comparison(uint32_t attribute, uint32_t op)
{
    if (!is_one_attribute(attribute))
        return false;
    return op == FLASK_STEP_EQ || op == FLASK_STEP_NEQ ||
           (attribute == FLASK_STEP_ROLE && op >= FLASK_STEP_DOM && op <= FLASK_STEP_INCOMP);
}

static bool is_membership(uint32_t attribute, uint32_t op)
{
    return is_one_attribute(attribute & ~FLASK_STEP_TARGET) &&
           (op == FLASK_STEP_EQ || op == FLASK_STEP_NEQ);
}

/* The values, and from version 30 on the type set of the source, which only tools need. */
static const struct flask_set *read_names(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_set *names = flask_reader_keep(reader, 1, sizeof(*names));
    struct flask_set ignored;

    if (names == NULL)
        return NULL;
    flask_read_set(reader, FLASK_MAX_VALUES, names);
    if (load->policy->version >= FLASK_VERSION_30) {
        flask_read_set(reader, FLASK_MAX_VALUES, &ignored);
        flask_read_set(reader, FLASK_MAX_VALUES, &ignored);
        flask_u32(reader);
    }
    return names;
}

/* Read one step; `depth` is that of the stack before it. Returns the depth after it. */
static unsigned int read_step(struct flask_load *load, struct flask_step *step,
                              unsigned int depth)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t kind = flask_number(reader, FLASK_STEP_NOT, FLASK_STEP_NAMES, "a constraint's step");
    uint32_t attribute = flask_u32(reader);
    uint32_t op = flask_u32(reader);
    unsigned int operands = kind == FLASK_STEP_NOT ? 1 : kind >= FLASK_STEP_COMPARE ? 0 : 2;

    if (kind == FLASK_STEP_COMPARE && !is_comparison(attribute, op))
        flask_fail_at(reader, at, "a constraint compares attribute %u by operator %u", attribute,
                      op);
    if (kind == FLASK_STEP_NAMES && !is_membership(attribute, op))
        flask_fail_at(reader, at, "a constraint names attribute %u by operator %u", attribute, op);
    if (depth < operands || depth - operands >= FLASK_MAX_OPERANDS)
        flask_fail_at(reader, at, "a constraint's operands don't match its operators");
    step->kind = (uint8_t)kind;
    step->attribute = (uint8_t)attribute;
    step->op = (uint8_t)op;
    if (kind == FLASK_STEP_NAMES)
        step->names = read_names(load);
    return reader->status == 0 ? depth - operands + 1 : 0;
}

static void read_constraint(struct flask_load *load, const struct flask_class *class,
                            struct flask_constraint *constraint)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    struct flask_step *step;
    unsigned int depth = 0;

    constraint->permissions = flask_u32(reader);
    if ((constraint->permissions & ~class->permissions) != 0 || constraint->permissions == 0)
        flask_fail_at(reader, at, "a constraint of class %s on permissions 0x%08x", class->name,
                      constraint->permissions);
    constraint->nr_steps = flask_count(reader, MAX_STEPS, STEP_BYTES, "steps of a constraint");
    step = flask_reader_keep(reader, constraint->nr_steps, sizeof(*step));
    constraint->step = step;
    for (unsigned int i = 0; i < constraint->nr_steps && reader->status == 0; i++)
        depth = read_step(load, &step[i], depth);
    if (depth != 1)
        flask_fail_at(reader, at, "a constraint ends with %u values instead of 1", depth);
}

void flask_read_constraints(struct flask_load *load, struct flask_class *class, uint32_t count)
{
    struct flask_reader *reader = &load->reader;

    if (count > flask_left(reader) / CONSTRAINT_BYTES)
        flask_fail(reader, "%u constraints don't fit in the rest of the file", count);
    class->constraint = flask_reader_keep(reader, count, sizeof(*class->constraint));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_constraint(load, class, &class->constraint[i]);
    class->nr_constraints = count;
}
