/* SPDX-License-Identifier: BSD-2-Clause */
/* Classes with their permissions, and commons. */
#include "xsm/flask/policydb.h"

#include <string.h>

#define PERMISSION_BYTES 9u
#define COMMON_BYTES 17u
#define CLASS_BYTES 29u
#define MAX_CONSTRAINTS 256u

/* The permissions of a common or a class, after the header that counts them. */
struct permissions {
    uint32_t mask;
    const char **name; /* [FLASK_PERMISSIONS] */
};

static void read_permissions(struct flask_reader *reader, struct permissions *permissions,
                             uint32_t count, uint32_t highest)
{
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        size_t at = reader->offset;
        uint32_t length = flask_u32(reader);
        uint32_t value = flask_number(reader, 1, highest, "a permission's value");
        const char *name = flask_name(reader, length);

        if (reader->status != 0)
            return;
        if (permissions->name[value - 1] != NULL)
            flask_fail_at(reader, at, "permissions %s and %s have the same value",
                          permissions->name[value - 1], name);
        permissions->name[value - 1] = name;
        permissions->mask |= 1u << (value - 1);
    }
}

/* Every value up to the highest must be some permission, and no name may stand twice. */
static void check_permissions(struct flask_reader *reader, size_t at,
                              const struct permissions *permissions, uint32_t highest)
{
    uint32_t all = highest == FLASK_PERMISSIONS ? UINT32_MAX : (1u << highest) - 1;

    if (permissions->mask != all)
        flask_fail_at(reader, at, "a value below %u is no permission", highest);
    flask_check_unique(reader, at, permissions->name, FLASK_PERMISSIONS, sizeof(char *));
}

static void read_common(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t length = flask_u32(reader);
    uint32_t value = flask_number(reader, 1, load->nr_commons, "a common's value");
    uint32_t highest = flask_number(reader, 1, FLASK_PERMISSIONS, "a common's highest permission");
    uint32_t count = flask_count(reader, FLASK_PERMISSIONS, PERMISSION_BYTES, "permissions");
    const char *name = flask_name(reader, length);
    struct flask_common *common;
    struct permissions permissions;

    if (reader->status != 0)
        return;
    common = &load->common[value - 1];
    if (common->name != NULL)
        flask_fail_at(reader, at, "commons %s and %s have the same value", common->name, name);
    permissions = (struct permissions){.name = common->permission};
    read_permissions(reader, &permissions, count, highest);
    check_permissions(reader, at, &permissions, highest);
    common->name = name;
    common->nr_permissions = highest;
    common->permissions = permissions.mask;
}

void flask_read_commons(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    uint32_t count;

    reader->section = "commons";
    load->nr_commons = flask_number(reader, 0, FLASK_MAX_CLASSES, "the highest common");
    count = flask_count(reader, load->nr_commons, COMMON_BYTES, "commons");
    load->common = flask_reader_scratch(reader, load->nr_commons, sizeof(*load->common));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_common(load);
    if (count != load->nr_commons)
        flask_fail(reader, "%u commons of %u are missing", load->nr_commons - count,
                   load->nr_commons);
    if (reader->status == 0)
        flask_check_unique(reader, reader->offset, &load->common[0].name, load->nr_commons,
                           sizeof(*load->common));
}

/* A class has its common's permissions with their values, and its own after them. */
static void inherit(struct flask_load *load, size_t at, struct flask_class *class, const char *name,
                    struct permissions *permissions)
{
    for (unsigned int i = 0; i < load->nr_commons; i++) {
        const struct flask_common *common = &load->common[i];

        if (common->name == NULL || strcmp(common->name, name) != 0)
            continue;
        class->common = name;
        permissions->mask = common->permissions;
        memcpy(permissions->name, common->permission, sizeof(common->permission));
        return;
    }
    flask_fail_at(&load->reader, at, "a class has the unknown common %s", name);
}

static void read_defaults(struct flask_load *load, struct flask_class *class)
{
    struct flask_reader *reader = &load->reader;

    if (load->policy->version < FLASK_VERSION_30)
        return;
    class->default_user = (uint8_t)flask_number(reader, 0, FLASK_DEFAULT_TARGET, "default_user");
    class->default_role = (uint8_t)flask_number(reader, 0, FLASK_DEFAULT_TARGET, "default_role");
    class->default_range =
        (uint8_t)flask_number(reader, 0, FLASK_RANGE_TARGET_LOW_HIGH, "default_range");
    class->default_type = (uint8_t)flask_number(reader, 0, FLASK_DEFAULT_TARGET, "default_type");
}

/* Only objects of class domain are subjects too, and can be started under another role. */
static void mark_domain(struct flask_class *class)
{
    class->is_domain = strcmp(class->name, "domain") == 0;
    if (class->is_domain)
        class->role_change = flask_find_permission(class, "transition") |
                             flask_find_permission(class, "dyntransition");
    class->constrained = class->role_change;
}

struct class_header {
    uint32_t length, common_length, value, highest, count, constraints;
};

static struct class_header read_class_header(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct class_header header;

    header.length = flask_u32(reader);
    header.common_length = flask_u32(reader);
    header.value = flask_number(reader, 1, load->policy->nr_classes, "a class's value");
    header.highest = flask_number(reader, 0, FLASK_PERMISSIONS, "a class's highest permission");
    header.count = flask_count(reader, FLASK_PERMISSIONS, PERMISSION_BYTES, "permissions");
    header.constraints = flask_count(reader, MAX_CONSTRAINTS, 2 * sizeof(uint32_t), "constraints");
    return header;
}

static void read_class(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    struct class_header header = read_class_header(load);
    const char *name = flask_name(reader, header.length);
    struct permissions permissions;
    struct flask_class *class;
    uint32_t transitions;

    if (reader->status != 0)
        return;
    class = &load->policy->class[header.value - 1];
    if (class->name != NULL)
        flask_fail_at(reader, at, "classes %s and %s have the same value", class->name, name);
    permissions = (struct permissions){.name = class->permission};
    if (header.common_length != 0)
        inherit(load, at, class, flask_name(reader, header.common_length), &permissions);
    read_permissions(reader, &permissions, header.count, header.highest);
    check_permissions(reader, at, &permissions, header.highest);
    class->name = name;
    class->permissions = permissions.mask;
    mark_domain(class);
    flask_read_constraints(load, class, header.constraints, false);
    transitions = flask_count(reader, MAX_CONSTRAINTS, 2 * sizeof(uint32_t), "validatetrans rules");
    flask_read_constraints(load, class, transitions, true);
    read_defaults(load, class);
}

void flask_read_classes(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "classes";
    load->classes_at = reader->offset;
    policy->nr_classes = flask_number(reader, 1, FLASK_MAX_CLASSES, "the highest class");
    count = flask_count(reader, policy->nr_classes, CLASS_BYTES, "classes");
    policy->class = flask_reader_keep(reader, policy->nr_classes, sizeof(*policy->class));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_class(load);
    if (count != policy->nr_classes)
        flask_fail(reader, "%u classes of %u are missing", policy->nr_classes - count,
                   policy->nr_classes);
    if (reader->status == 0)
        flask_check_unique(reader, load->classes_at, &policy->class[0].name, policy->nr_classes,
                           sizeof(*policy->class));
}
