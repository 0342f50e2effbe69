/* SPDX-License-Identifier: BSD-2-Clause */
/* Constraints: read as the postfix programs that they already are in the file. */
#include "xsm/flask/policydb.h"

#define STEP_BYTES 12u
#define CONSTRAINT_BYTES 8u
#define MAX_STEPS 1024u
#define MAX_TYPE_SET_FLAGS 2u /* as listed, all, all but those listed */

static bool is_one_attribute(uint32_t attribute)
{
    return attribute == FLASK_STEP_USER || attribute == FLASK_STEP_ROLE ||
           attribute == FLASK_STEP_TYPE;
}

/* Two of the four levels that a source and a target have; without MLS all are the same. */
static bool is_level_pair(uint32_t attribute)
{
    return attribute >= FLASK_STEP_L1L2 && attribute <= FLASK_STEP_L2H2 &&
           (attribute & (attribute - 1)) == 0;
}

static bool is_comparison(uint32_t attribute, uint32_t op)
{
    if (!is_one_attribute(attribute) && !is_level_pair(attribute))
        return false;
    if (op == FLASK_STEP_EQ || op == FLASK_STEP_NEQ)
        return true;
    return attribute != FLASK_STEP_USER && attribute != FLASK_STEP_TYPE && op >= FLASK_STEP_DOM &&
           op <= FLASK_STEP_INCOMP;
}

static bool is_membership(uint32_t attribute, uint32_t op, bool transition)
{
    uint32_t side = attribute & (FLASK_STEP_TARGET | FLASK_STEP_THIRD);

    if (side == (FLASK_STEP_TARGET | FLASK_STEP_THIRD) || (side == FLASK_STEP_THIRD && !transition))
        return false;
    return is_one_attribute(attribute & ~side) && (op == FLASK_STEP_EQ || op == FLASK_STEP_NEQ);
}

/* From version 30 on the source's way of naming types follows, which only tools need. */
static void read_type_set(struct flask_load *load, bool of_types)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    unsigned int listed = flask_skip_set(reader, FLASK_MAX_TYPES);
    unsigned int excluded = flask_skip_set(reader, FLASK_MAX_TYPES);
    unsigned int end = listed > excluded ? listed : excluded;
    uint32_t flags = flask_number(reader, 0, MAX_TYPE_SET_FLAGS, "the flags of a type set");

    if (end > load->type_set_end)
        load->type_set_end = end;
    if ((flags != 0 || end != 0) && !of_types)
        flask_fail_at(reader, at, "a constraint on users or roles has a set of types");
}

static void read_names(struct flask_load *load, struct flask_step *step)
{
    flask_read_set(&load->reader, FLASK_MAX_TYPES, &step->names);
    if (load->policy->version >= FLASK_VERSION_30)
        read_type_set(load, (step->attribute & FLASK_STEP_TYPE) != 0);
}

static void check_step(struct flask_load *load, size_t at, const struct flask_step *step,
                       bool transition)
{
    struct flask_reader *reader = &load->reader;
    unsigned int attribute = step->attribute, op = step->op;

    if (step->kind <= FLASK_STEP_OR && (attribute != 0 || op != 0))
        flask_fail_at(reader, at, "a constraint's operator has operands of its own");
    if (step->kind == FLASK_STEP_COMPARE && !is_comparison(attribute, op))
        flask_fail_at(reader, at, "a constraint compares attribute %u by operator %u", attribute,
                      op);
    if (step->kind == FLASK_STEP_NAMES && !is_membership(attribute, op, transition))
        flask_fail_at(reader, at, "a constraint names attribute %u by operator %u", attribute, op);
}

/* Read one step; `depth` is that of the stack before it. Returns the depth after it. */
static unsigned int read_step(struct flask_load *load, struct flask_step *step, unsigned int depth,
                              bool transition)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t kind = flask_number(reader, FLASK_STEP_NOT, FLASK_STEP_NAMES, "a constraint's step");
    uint32_t attribute = flask_number(reader, 0, 2 * FLASK_STEP_L2H2, "a constraint's attribute");
    uint32_t op = flask_number(reader, 0, FLASK_STEP_INCOMP, "a constraint's comparison");
    unsigned int operands = kind == FLASK_STEP_NOT ? 1 : kind >= FLASK_STEP_COMPARE ? 0 : 2;

    *step = (struct flask_step){
        .kind = (uint8_t)kind, .attribute = (uint16_t)attribute, .op = (uint8_t)op};
    check_step(load, at, step, transition);
    if (depth < operands || depth - operands >= FLASK_MAX_OPERANDS)
        flask_fail_at(reader, at, "a constraint's operands don't match its operators");
    if (kind == FLASK_STEP_NAMES)
        read_names(load, step);
    return reader->status == 0 ? depth - operands + 1 : 0;
}

static void read_permissions(struct flask_load *load, const struct flask_class *class,
                             struct flask_constraint *constraint, bool transition)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    bool none;

    constraint->permissions = flask_u32(reader);
    none = constraint->permissions == 0;
    if (none != transition || (constraint->permissions & ~class->permissions) != 0)
        flask_fail_at(reader, at, "a constraint of class %s on permissions 0x%08x", class->name,
                      constraint->permissions);
}

static void read_constraint(struct flask_load *load, const struct flask_class *class,
                            struct flask_constraint *constraint, bool transition)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    struct flask_step *step;
    unsigned int depth = 0;

    read_permissions(load, class, constraint, transition);
    constraint->nr_steps = flask_count(reader, MAX_STEPS, STEP_BYTES, "steps of a constraint");
    step = flask_reader_keep(reader, constraint->nr_steps, sizeof(*step));
    constraint->step = step;
    for (unsigned int i = 0; i < constraint->nr_steps && reader->status == 0; i++)
        depth = read_step(load, &step[i], depth, transition);
    if (depth != 1)
        flask_fail_at(reader, at, "a constraint ends with %u values instead of 1", depth);
}

void flask_read_constraints(struct flask_load *load, struct flask_class *class, uint32_t count,
                            bool transition)
{
    struct flask_reader *reader = &load->reader;
    struct flask_constraint *constraint;

    if (count > flask_left(reader) / CONSTRAINT_BYTES)
        flask_fail(reader, "%u constraints don't fit in the rest of the file", count);
    constraint = flask_reader_keep(reader, count, sizeof(*constraint));
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        read_constraint(load, class, &constraint[i], transition);
        class->constrained |= constraint[i].permissions;
    }
    if (transition) {
        class->transition = constraint;
        class->nr_transitions = count;
    } else {
        class->constraint = constraint;
        class->nr_constraints = count;
    }
}
