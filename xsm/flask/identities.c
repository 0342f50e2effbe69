/* SPDX-License-Identifier: BSD-2-Clause */
/* What contexts are made of: users, roles and types; and booleans. */
#include "xsm/flask/policydb.h"

#define ROLE_BYTES 37u
#define TYPE_BYTES 17u
#define USER_BYTES 57u
#define BOOLEAN_BYTES 13u
#define MAX_TYPE_RECORDS (4u * FLASK_MAX_TYPES) /* types, attributes and aliases */

/* Properties. 2 would be the alias of an attribute, which nothing makes. */
#define TYPE_ALIAS 0u
#define TYPE_PRIMARY 1u
#define TYPE_ATTRIBUTE 3u

static void read_role(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t length = flask_u32(reader);
    uint32_t value = flask_number(reader, 1, load->policy->nr_roles, "a role's value");
    const char *name;
    struct flask_role *role;

    flask_number(reader, 0, load->policy->nr_roles, "a role's bounds");
    name = flask_name(reader, length);
    if (reader->status != 0)
        return;
    role = &load->policy->role[value - 1];
    if (role->name != NULL)
        flask_fail_at(reader, at, "roles %s and %s have the same value", role->name, name);
    role->name = name;
    flask_read_set(reader, load->policy->nr_roles, &role->dominates);
    flask_read_set(reader, FLASK_MAX_TYPES, &role->types);
}

/* Role attributes have values but no records: fewer records than values are in order. */
void flask_read_roles(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "roles";
    load->roles_at = reader->offset;
    policy->nr_roles = flask_number(reader, 1, FLASK_MAX_ROLES, "the highest role");
    count = flask_count(reader, policy->nr_roles, ROLE_BYTES, "roles");
    policy->role = flask_reader_keep(reader, policy->nr_roles, sizeof(*policy->role));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_role(load);
}

static void add_alias(struct flask_load *load, const char *name, uint32_t value)
{
    struct flask_policy *policy = load->policy;

    policy->type_alias[policy->nr_type_aliases].name = name;
    policy->type_alias[policy->nr_type_aliases].value = (uint16_t)value;
    policy->nr_type_aliases++;
}

static void read_type(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    uint32_t length = flask_u32(reader);
    uint32_t value = flask_number(reader, 1, policy->nr_types, "a type's value");
    uint32_t properties = flask_number(reader, TYPE_ALIAS, TYPE_ATTRIBUTE, "a type's properties");
    uint32_t bounds = flask_number(reader, 0, policy->nr_types, "a type's bounds");
    const char *name = flask_name(reader, length);
    struct flask_type *type;

    if (properties != TYPE_ALIAS && properties != TYPE_PRIMARY && properties != TYPE_ATTRIBUTE)
        flask_fail_at(reader, at, "%s is neither a type, an attribute nor an alias", name);
    if (reader->status != 0)
        return;
    if (properties == TYPE_ALIAS) {
        add_alias(load, name, value);
        return;
    }
    type = &policy->type[value - 1];
    if (type->name != NULL)
        flask_fail_at(reader, at, "types %s and %s have the same value", type->name, name);
    type->name = name;
    type->bounds = (uint16_t)bounds;
    type->attribute = properties == TYPE_ATTRIBUTE;
}

void flask_read_types(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "types";
    load->types_at = reader->offset;
    policy->nr_types = flask_number(reader, 1, FLASK_MAX_TYPES, "the highest type");
    count = flask_count(reader, MAX_TYPE_RECORDS, TYPE_BYTES, "types");
    policy->type = flask_reader_keep(reader, policy->nr_types, sizeof(*policy->type));
    policy->type_alias = flask_reader_keep(reader, count, sizeof(*policy->type_alias));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_type(load);
}

static void read_user(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t length = flask_u32(reader);
    uint32_t value = flask_number(reader, 1, load->policy->nr_users, "a user's value");
    const char *name;
    struct flask_user *user;

    flask_number(reader, 0, load->policy->nr_users, "a user's bounds");
    name = flask_name(reader, length);
    if (reader->status != 0)
        return;
    user = &load->policy->user[value - 1];
    if (user->name != NULL)
        flask_fail_at(reader, at, "users %s and %s have the same value", user->name, name);
    user->name = name;
    flask_read_set(reader, load->policy->nr_roles, &user->roles);
    flask_read_range(load, &user->low, &user->high);
    flask_read_level(load, &user->level);
}

void flask_read_users(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    uint32_t count;

    reader->section = "users";
    load->users_at = reader->offset;
    policy->nr_users = flask_number(reader, 1, FLASK_MAX_USERS, "the highest user");
    count = flask_count(reader, policy->nr_users, USER_BYTES, "users");
    if (count != policy->nr_users)
        flask_fail(reader, "%u users of %u are missing", policy->nr_users - count,
                   policy->nr_users);
    policy->user = flask_reader_keep(reader, policy->nr_users, sizeof(*policy->user));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_user(load);
}

static void read_boolean(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t value = flask_number(reader, 1, load->policy->nr_booleans, "a boolean's value");
    uint32_t state = flask_number(reader, 0, 1, "a boolean's state");
    const char *name = flask_name(reader, flask_u32(reader));
    struct flask_boolean *boolean;

    if (reader->status != 0)
        return;
    boolean = &load->policy->boolean[value - 1];
    if (boolean->name != NULL)
        flask_fail_at(reader, at, "booleans %s and %s have the same value", boolean->name, name);
    boolean->name = name;
    boolean->initial = state != 0;
}

void flask_read_booleans(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    uint32_t count;

    reader->section = "booleans";
    policy->nr_booleans = flask_number(reader, 0, FLASK_MAX_BOOLEANS, "the highest boolean");
    count = flask_count(reader, policy->nr_booleans, BOOLEAN_BYTES, "booleans");
    if (count != policy->nr_booleans)
        flask_fail(reader, "%u booleans of %u are missing", policy->nr_booleans - count,
                   policy->nr_booleans);
    policy->boolean = flask_reader_keep(reader, count, sizeof(*policy->boolean));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_boolean(load);
    if (reader->status == 0)
        flask_check_unique(reader, at, &policy->boolean[0].name, count, sizeof(*policy->boolean));
}
