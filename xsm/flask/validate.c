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

/* FNV-1a, which is enough to bring equal names together. */
static uint64_t hash_name(const char *name)
{
    uint64_t hash = 0xcbf29ce484222325u;

    for (; *name != '\0'; name++)
        hash = (hash ^ (unsigned char)*name) * 0x100000001b3u;
    return hash;
}

#define INDEX_BITS 16u
#define INDEX_MASK ((1u << INDEX_BITS) - 1)

/* The names before `index` in order that have the same hash. */
static bool stands_before(const uint64_t *key, size_t index, const void *names, size_t stride)
{
    const char *name = name_at(names, key[index] & INDEX_MASK, stride);

    for (size_t i = index; i > 0 && key[i - 1] >> INDEX_BITS == key[index] >> INDEX_BITS; i--)
        if (strcmp(name_at(names, key[i - 1] & INDEX_MASK, stride), name) == 0)
            return true;
    return false;
}

void flask_check_unique(struct flask_reader *reader, size_t at, const void *names, size_t count,
                        size_t stride)
{
    size_t scratch = reader->arena->high, known = 0;
    uint64_t *key = flask_reader_scratch(reader, count, sizeof(*key));

    if (key == NULL || count > INDEX_MASK)
        return;
    for (size_t i = 0; i < count; i++)
        if (name_at(names, i, stride) != NULL)
            key[known++] = hash_name(name_at(names, i, stride)) << INDEX_BITS | i;
    flask_sort(key, known);
    for (size_t i = 0; i < known; i++)
        if (stands_before(key, i, names, stride))
            flask_fail_at(reader, at, "the name %s stands twice",
                          name_at(names, key[i] & INDEX_MASK, stride));
    reader->arena->high = scratch;
}

static bool only_types(const struct flask_policy *policy, const struct flask_set *set)
{
    struct flask_bits bits = {.set = set};
    unsigned int bit;

    while (flask_next(&bits, &bit))
        if (bit >= policy->nr_types || policy->type[bit].attribute)
            return false;
    return true;
}

static bool only_roles(const struct flask_policy *policy, const struct flask_set *set)
{
    struct flask_bits bits = {.set = set};
    unsigned int bit;

    while (flask_next(&bits, &bit))
        if (bit >= policy->nr_roles || policy->role[bit].name == NULL)
            return false;
    return true;
}

static bool names_known(const struct flask_policy *policy, const struct flask_step *step)
{
    if ((step->attribute & FLASK_STEP_USER) != 0)
        return flask_set_end(&step->names) <= policy->nr_users;
    if ((step->attribute & FLASK_STEP_ROLE) != 0)
        return only_roles(policy, &step->names);
    return flask_set_end(&step->names) <= policy->nr_types;
}

static void check_constraints(struct flask_load *load, const struct flask_class *class,
                              const struct flask_constraint *constraint, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (uint32_t j = 0; j < constraint[i].nr_steps; j++)
            if (!names_known(load->policy, &constraint[i].step[j]))
                flask_fail_at(&load->reader, load->classes_at,
                              "a constraint of class %s names a user, role or type that is missing",
                              class->name);
}

static void check_roles(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    reader->section = "roles";
    if (policy->role[0].name == NULL || strcmp(policy->role[0].name, "object_r") != 0)
        flask_fail_at(reader, load->roles_at, "role 1 is not object_r");
    for (unsigned int i = 0; i < policy->nr_roles; i++) {
        if (!only_types(policy, &policy->role[i].types))
            flask_fail_at(reader, load->roles_at, "role %u has a type that is missing", i + 1);
        if (!only_roles(policy, &policy->role[i].dominates))
            flask_fail_at(reader, load->roles_at, "role %u dominates one that is missing", i + 1);
    }
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

/* Aliases share one name space with what they are names for. */
static void check_aliases(struct flask_load *load, size_t at, const void *names, size_t count,
                          size_t stride, const struct flask_alias *alias, unsigned int nr_aliases)
{
    struct flask_reader *reader = &load->reader;
    size_t scratch = load->arena.high;
    const char **all = flask_reader_scratch(reader, count + nr_aliases, sizeof(*all));

    if (all == NULL)
        return;
    for (size_t i = 0; i < count; i++)
        all[i] = name_at(names, i, stride);
    for (unsigned int i = 0; i < nr_aliases; i++)
        all[count + i] = alias[i].name;
    flask_check_unique(reader, at, all, count + nr_aliases, sizeof(*all));
    load->arena.high = scratch;
}

static void check_type_aliases(struct flask_load *load)
{
    const struct flask_policy *policy = load->policy;

    check_aliases(load, load->types_at, &policy->type[0].name, policy->nr_types,
                  sizeof(*policy->type), policy->type_alias, policy->nr_type_aliases);
    for (unsigned int i = 0; i < policy->nr_type_aliases; i++)
        if (policy->type[policy->type_alias[i].value - 1].attribute)
            flask_fail_at(&load->reader, load->types_at, "%s is an alias of an attribute",
                          policy->type_alias[i].name);
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
    check_type_aliases(load);
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

static bool categories_exist(const struct flask_policy *policy, unsigned int level)
{
    const uint64_t *category = policy->level[level].category;

    for (unsigned int bit = 0; bit < FLASK_MAX_CATEGORIES; bit++)
        if ((category[bit / 64] >> (bit % 64) & 1u) != 0 &&
            (bit >= policy->nr_categories || policy->category[bit] == NULL))
            return false;
    return true;
}

/*
 * Users are cleared for levels that exist, and sensitivities and their aliases go with categories
 * that do. Values may be nothing: checkpolicy counts aliases as if they had values of their own.
 */
static void check_levels(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    reader->section = "sensitivities";
    if (reader->status != 0 || !policy->mls)
        return;
    check_aliases(load, load->levels_at, &policy->sensitivity[0].name, policy->nr_sensitivities,
                  sizeof(*policy->sensitivity), policy->sensitivity_alias,
                  policy->nr_sensitivity_aliases);
    check_aliases(load, load->levels_at, policy->category, policy->nr_categories,
                  sizeof(*policy->category), policy->category_alias, policy->nr_category_aliases);
    for (unsigned int i = 0; i < FLASK_MAX_LEVELS && policy->level[i].state != 0; i++)
        if (!categories_exist(policy, i))
            flask_fail_at(reader, load->levels_at, "a sensitivity has a category that is missing");
    for (unsigned int i = 0; i < policy->nr_users; i++)
        if (!flask_level_valid(policy, policy->user[i].low) ||
            !flask_level_valid(policy, policy->user[i].high) ||
            !flask_level_valid(policy, policy->user[i].level))
            flask_fail_at(reader, load->users_at, "the range or level of user %s is not valid",
                          policy->user[i].name);
}

static void mark_permissive(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    struct flask_bits bits = {.set = &load->permissive};
    unsigned int value;

    reader->section = "permissive types";
    while (flask_next(&bits, &value))
        if (value == 0 || value > policy->nr_types || policy->type[value - 1].attribute)
            flask_fail_at(reader, load->permissive_at, "%u is no type that could be permissive",
                          value);
        else
            policy->type[value - 1].permissive = true;
#ifdef CONFIG_RELEASE
    if (load->permissive.count > 0)
        flask_fail_at(reader, load->permissive_at,
                      "there are some, and this build (RELEASE) enforces every policy");
#endif
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
    check_levels(load);
    mark_permissive(load);
    load->reader.section = "classes";
    for (unsigned int i = 0; i < load->policy->nr_classes; i++) {
        const struct flask_class *class = &load->policy->class[i];

        check_constraints(load, class, class->constraint, class->nr_constraints);
        check_constraints(load, class, class->transition, class->nr_transitions);
    }
    if (load->type_set_end > load->policy->nr_types)
        flask_fail_at(&load->reader, load->classes_at,
                      "a constraint's type set names type %u of %u", load->type_set_end,
                      load->policy->nr_types);
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
    for (unsigned int sid = 0; sid <= FLASK_MAX_SIDS; sid++)
        policy->sid_type[sid] = flask_sid_context(policy, sid).type;
}
