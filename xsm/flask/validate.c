/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What can be checked only when all symbols are read: each table refers to others that may stand
 * after it.
 */
#include "xsm/flask/policydb.h"

#include <string.h>

static const char *name_at(const void *names, size_t index, size_t stride)
{
    const char *name;

    memcpy(&name, (const char *)names + index * stride, sizeof(name));
    return name;
}

void flask_check_unique(struct flask_reader *reader, size_t at, const void *names, size_t count,
                        size_t stride)
{
    for (size_t i = 0; i < count && reader->status == 0; i++) {
        const char *name = name_at(names, i, stride);

        for (size_t j = 0; name != NULL && j < i; j++) {
            const char *other = name_at(names, j, stride);

            if (other != NULL && strcmp(name, other) == 0)
                flask_fail_at(reader, at, "the name %s stands twice", name);
        }
    }
}

static bool within(const struct flask_set *set, unsigned int limit)
{
    for (unsigned int bit = limit; bit < FLASK_MAX_VALUES; bit++)
        if (flask_in(set, bit))
            return false;
    return true;
}

static bool only_types(const struct flask_policy *policy, const struct flask_set *set)
{
    for (unsigned int bit = 0; bit < policy->nr_types; bit++)
        if (flask_in(set, bit) && policy->type[bit].attribute)
            return false;
    return within(set, policy->nr_types);
}

static bool only_roles(const struct flask_policy *policy, const struct flask_set *set)
{
    for (unsigned int bit = 0; bit < policy->nr_roles; bit++)
        if (flask_in(set, bit) && policy->role[bit].name == NULL)
            return false;
    return within(set, policy->nr_roles);
}

static unsigned int limit_of(const struct flask_policy *policy, unsigned int attribute)
{
    switch (attribute & ~FLASK_STEP_TARGET) {
    case FLASK_STEP_USER:
        return policy->nr_users;
    case FLASK_STEP_ROLE:
        return policy->nr_roles;
    default:
        return policy->nr_types;
    }
}

static void check_constraints(struct flask_load *load, const struct flask_class *class)
{
    const struct flask_policy *policy = load->policy;

    for (unsigned int i = 0; i < class->nr_constraints; i++) {
        const struct flask_constraint *constraint = &class->constraint[i];

        for (unsigned int j = 0; j < constraint->nr_steps; j++) {
            const struct flask_step *step = &constraint->step[j];

            if (step->names != NULL && !within(step->names, limit_of(policy, step->attribute)))
                flask_fail_at(&load->reader, load->classes_at,
                              "a constraint of class %s names a user, role or type that is missing",
                              class->name);
        }
    }
}

static void check_roles(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    reader->section = "roles";
    if (policy->role[0].name == NULL || strcmp(policy->role[0].name, "object_r") != 0)
        flask_fail_at(reader, load->roles_at, "role 1 is not object_r");
    for (unsigned int i = 0; i < policy->nr_roles; i++)
        if (!only_types(policy, &policy->role[i].types))
            flask_fail_at(reader, load->roles_at, "role %u has a type that is missing", i + 1);
    flask_check_unique(reader, load->roles_at, &policy->role[0].name, policy->nr_roles,
                       sizeof(*policy->role));
}

/* The chain of parents ends within FLASK_MAX_BOUNDS steps, and each is a type. */
static void check_bounds(struct flask_load *load, const struct flask_type *type)
{
    const struct flask_policy *policy = load->policy;
    const char *name = type->name;

    for (unsigned int depth = 0; type->bounds != 0; depth++) {
        type = &policy->type[type->bounds - 1];
        if (type->attribute || depth == FLASK_MAX_BOUNDS) {
            flask_fail_at(&load->reader, load->types_at,
                          "the bounds of type %s are an attribute, circular or over %u deep", name,
                          FLASK_MAX_BOUNDS);
            return;
        }
    }
}

static void check_aliases(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    flask_check_unique(reader, load->types_at, &policy->alias[0].name, policy->nr_aliases,
                       sizeof(*policy->alias));
    for (unsigned int i = 0; i < policy->nr_aliases; i++) {
        const char *name = policy->alias[i].name;

        for (unsigned int j = 0; j < policy->nr_types; j++)
            if (strcmp(policy->type[j].name, name) == 0)
                flask_fail_at(reader, load->types_at, "the name %s stands twice", name);
        if (policy->type[policy->alias[i].type - 1].attribute)
            flask_fail_at(reader, load->types_at, "%s is an alias of an attribute", name);
    }
}

static void check_types(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    reader->section = "types";
    for (unsigned int i = 0; i < policy->nr_types; i++)
        if (policy->type[i].name == NULL)
            flask_fail_at(reader, load->types_at, "type %u is missing", i + 1);
    if (reader->status != 0)
        return;
    for (unsigned int i = 0; i < policy->nr_types; i++)
        check_bounds(load, &policy->type[i]);
    flask_check_unique(reader, load->types_at, &policy->type[0].name, policy->nr_types,
                       sizeof(*policy->type));
    check_aliases(load);
}

static void check_users(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    reader->section = "users";
    for (unsigned int i = 0; i < policy->nr_users; i++)
        if (!only_roles(policy, &policy->user[i].roles))
            flask_fail_at(reader, load->users_at, "user %s has a role that is missing",
                          policy->user[i].name);
    flask_check_unique(reader, load->users_at, &policy->user[0].name, policy->nr_users,
                       sizeof(*policy->user));
}

static void mark_permissive(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;

    reader->section = "permissive types";
    for (unsigned int value = 0; value < FLASK_MAX_VALUES; value++) {
        if (!flask_in(&load->permissive, value))
            continue;
        if (value == 0 || value > policy->nr_types || policy->type[value - 1].attribute)
            flask_fail_at(reader, load->permissive_at, "%u is no type that could be permissive",
                          value);
        else
            policy->type[value - 1].permissive = true;
    }
}

/* A context as text is its three names, two colons and a NUL. */
static void check_context_length(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;
    size_t user = 0, role = 0, type = 0;

    for (unsigned int i = 0; i < policy->nr_users; i++)
        user = strlen(policy->user[i].name) > user ? strlen(policy->user[i].name) : user;
    for (unsigned int i = 0; i < policy->nr_roles; i++)
        if (policy->role[i].name != NULL)
            role = strlen(policy->role[i].name) > role ? strlen(policy->role[i].name) : role;
    for (unsigned int i = 0; i < policy->nr_types; i++)
        type = strlen(policy->type[i].name) > type ? strlen(policy->type[i].name) : type;
    reader->section = "types";
    if (user + role + type + 3 > XSM_MAX_CONTEXT)
        flask_fail_at(reader, load->types_at,
                      "names are so long that a context could exceed %u characters",
                      XSM_MAX_CONTEXT - 1);
}

void flask_validate_symbols(struct flask_load *load)
{
    check_types(load);
    if (load->reader.status != 0)
        return;
    check_roles(load);
    check_users(load);
    mark_permissive(load);
    load->reader.section = "classes";
    for (unsigned int i = 0; i < load->policy->nr_classes; i++)
        check_constraints(load, &load->policy->class[i]);
    if (load->reader.status == 0)
        check_context_length(load);
}

/* Xen's initial SIDs must be there; in place of ours `unlabeled` will do. */
void flask_validate_sids(struct flask_load *load)
{
    struct flask_policy *policy = load->policy;

    load->reader.section = "initial SIDs";
    for (unsigned int sid = 1; sid < XSM_INITIAL_END; sid++) {
        if ((policy->initial_sids >> sid & 1u) != 0)
            continue;
        if (sid <= XSM_INITIAL_DOMDM)
            flask_fail_at(&load->reader, load->sids_at, "initial SID %u is missing", sid);
        policy->sid[sid - 1] = policy->sid[XSM_INITIAL_UNLABELED - 1];
    }
}
