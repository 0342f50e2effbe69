/* SPDX-License-Identifier: BSD-2-Clause */
#include "policy_fields.h"

#include <stdint.h>

#include "xsm_fixture.h"

struct walk {
    const unsigned char *image;
    size_t offset;
    const char *section;
    struct field *fields;
    unsigned int count;
    uint32_t version;
};

static void add(struct walk *walk, const char *part, unsigned int width, int is_name)
{
    assert_true(walk->count < MAX_FIELDS);
    walk->fields[walk->count++] = (struct field){walk->section, part, walk->offset, width, is_name};
    walk->offset += width;
}

static uint64_t number(struct walk *walk, const char *part, unsigned int width)
{
    uint64_t value = 0;

    for (unsigned int i = width; i > 0; i--)
        value = value << 8 | walk->image[walk->offset + i - 1];
    add(walk, part, width, 0);
    return value;
}

static uint32_t u32(struct walk *walk, const char *part)
{
    return (uint32_t)number(walk, part, 4);
}

static void name(struct walk *walk, uint32_t length)
{
    add(walk, "name", length, 1);
}

/* An ebitmap. */
static void set(struct walk *walk)
{
    uint32_t count;

    u32(walk, "map size");
    u32(walk, "highest bit");
    count = u32(walk, "number of nodes");
    for (uint32_t i = 0; i < count; i++) {
        u32(walk, "node's start");
        number(walk, "node", 8);
    }
}

static void range(struct walk *walk)
{
    uint32_t count = u32(walk, "number of levels");

    for (uint32_t i = 0; i < count; i++)
        u32(walk, "sensitivity");
    for (uint32_t i = 0; i < count; i++)
        set(walk);
}

static void context(struct walk *walk)
{
    u32(walk, "user");
    u32(walk, "role");
    u32(walk, "type");
    range(walk);
}

static void header(struct walk *walk)
{
    walk->section = "header";
    u32(walk, "magic");
    add(walk, "target", u32(walk, "target's length"), 1);
    walk->version = u32(walk, "version");
    u32(walk, "config");
    u32(walk, "number of tables");
    u32(walk, "number of object contexts");
    walk->section = "capabilities";
    set(walk);
    walk->section = "permissive";
    set(walk);
}

static void permissions(struct walk *walk, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t length = u32(walk, "permission's length");

        u32(walk, "permission's value");
        name(walk, length);
    }
}

static void step(struct walk *walk)
{
    uint32_t kind = u32(walk, "step");

    u32(walk, "attribute");
    u32(walk, "operator");
    if (kind != 5)
        return;
    set(walk);
    if (walk->version < 29)
        return;
    set(walk);
    set(walk);
    u32(walk, "type set's flags");
}

static void constraints(struct walk *walk, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        uint32_t steps;

        u32(walk, "constraint's permissions");
        steps = u32(walk, "number of steps");
        for (uint32_t j = 0; j < steps; j++)
            step(walk);
    }
}

static void one_common(struct walk *walk)
{
    uint32_t length = u32(walk, "length"), count;

    u32(walk, "value");
    u32(walk, "highest permission");
    count = u32(walk, "number of permissions");
    name(walk, length);
    permissions(walk, count);
}

static void one_class(struct walk *walk)
{
    uint32_t length = u32(walk, "length"), common = u32(walk, "common's length"), count, nr;

    u32(walk, "value");
    u32(walk, "highest permission");
    count = u32(walk, "number of permissions");
    nr = u32(walk, "number of constraints");
    name(walk, length);
    if (common != 0)
        add(walk, "common's name", common, 1);
    permissions(walk, count);
    constraints(walk, nr);
    constraints(walk, u32(walk, "number of validatetrans rules"));
    if (walk->version < 27)
        return;
    u32(walk, "default user");
    u32(walk, "default role");
    u32(walk, "default range");
    u32(walk, "default type");
}

static void one_role(struct walk *walk)
{
    uint32_t length = u32(walk, "length");

    u32(walk, "value");
    u32(walk, "bounds");
    name(walk, length);
    set(walk);
    set(walk);
}

static void one_type(struct walk *walk)
{
    uint32_t length = u32(walk, "length");

    u32(walk, "value");
    u32(walk, "properties");
    u32(walk, "bounds");
    name(walk, length);
}

static void one_user(struct walk *walk)
{
    uint32_t length = u32(walk, "length");

    u32(walk, "value");
    u32(walk, "bounds");
    name(walk, length);
    set(walk);
    range(walk);
    u32(walk, "sensitivity");
    set(walk);
}

static void one_boolean(struct walk *walk)
{
    u32(walk, "value");
    u32(walk, "state");
    name(walk, u32(walk, "length"));
}

static void one_sensitivity(struct walk *walk)
{
    uint32_t length = u32(walk, "length");

    u32(walk, "alias");
    name(walk, length);
    u32(walk, "sensitivity");
    set(walk);
}

static void one_category(struct walk *walk)
{
    uint32_t length = u32(walk, "length");

    u32(walk, "value");
    u32(walk, "alias");
    name(walk, length);
}

static void one_rule(struct walk *walk)
{
    number(walk, "source", 2);
    number(walk, "target", 2);
    number(walk, "class", 2);
    number(walk, "kind", 2);
    u32(walk, "data");
}

static void records(struct walk *walk, const char *section, void one(struct walk *))
{
    uint32_t count;

    walk->section = section;
    count = u32(walk, "number");
    for (uint32_t i = 0; i < count; i++)
        one(walk);
}

static void symbols(struct walk *walk, const char *section, void one(struct walk *))
{
    walk->section = section;
    u32(walk, "highest");
    records(walk, section, one);
}

static void one_condition(struct walk *walk)
{
    uint32_t steps;

    u32(walk, "outcome");
    steps = u32(walk, "number of steps");
    for (uint32_t i = 0; i < steps; i++) {
        u32(walk, "operator");
        u32(walk, "boolean");
    }
    records(walk, "conditions", one_rule);
    records(walk, "conditions", one_rule);
}

static void one_role_transition(struct walk *walk)
{
    u32(walk, "role");
    u32(walk, "type");
    u32(walk, "result");
    if (walk->version >= 26)
        u32(walk, "class");
}

static void one_role_allow(struct walk *walk)
{
    u32(walk, "role");
    u32(walk, "result");
}

static void one_name_transition(struct walk *walk)
{
    name(walk, u32(walk, "length"));
    u32(walk, "source");
    u32(walk, "target");
    u32(walk, "class");
    u32(walk, "result");
}

static void one_number(struct walk *walk)
{
    u32(walk, "number");
    context(walk);
}

static void one_pair(struct walk *walk)
{
    u32(walk, "low");
    u32(walk, "high");
    context(walk);
}

static void one_long_pair(struct walk *walk)
{
    number(walk, "low", 8);
    number(walk, "high", 8);
    context(walk);
}

static void one_path(struct walk *walk)
{
    name(walk, u32(walk, "length"));
    context(walk);
}

static void one_range_transition(struct walk *walk)
{
    u32(walk, "source");
    u32(walk, "target");
    u32(walk, "class");
    range(walk);
}

static void object_contexts(struct walk *walk)
{
    records(walk, "SIDs", one_number);
    records(walk, "interrupts", one_number);
    records(walk, "ports", one_pair);
    records(walk, "memory", walk->version >= 30 ? one_long_pair : one_pair);
    records(walk, "devices", one_number);
    if (walk->version >= 30)
        records(walk, "paths", one_path);
    walk->section = "file systems";
    u32(walk, "number");
}

unsigned int find_fields(const unsigned char *image, size_t size, struct field *fields)
{
    struct walk walk = {.image = image, .fields = fields};
    uint32_t types;

    header(&walk);
    symbols(&walk, "commons", one_common);
    symbols(&walk, "classes", one_class);
    symbols(&walk, "roles", one_role);
    types = walk.image[walk.offset];
    symbols(&walk, "types", one_type);
    symbols(&walk, "users", one_user);
    symbols(&walk, "booleans", one_boolean);
    symbols(&walk, "sensitivities", one_sensitivity);
    symbols(&walk, "categories", one_category);
    records(&walk, "rules", one_rule);
    records(&walk, "conditions", one_condition);
    records(&walk, "role transitions", one_role_transition);
    records(&walk, "role allows", one_role_allow);
    if (walk.version >= 25)
        records(&walk, "name transitions", one_name_transition);
    object_contexts(&walk);
    records(&walk, "range transitions", one_range_transition);
    walk.section = "attribute map";
    for (uint32_t i = 0; i < types; i++)
        set(&walk);
    assert_int_equal(walk.offset, size);
    return walk.count;
}
