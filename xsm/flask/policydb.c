/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary policy for the target Xen, section by section in the file's order. All numbers are
 * little-endian; nothing is aligned, and no section says how long it is.
 */
#include "xsm/flask/policydb.h"

#include <errno.h>
#include <string.h>

#define MAGIC 0xf97cff8cu
#define TARGET "XenFlask"
#define NR_SYMBOL_TABLES 8u
#define CONFIG_MLS 1u
#define CONFIG_REJECT 2u
#define CONFIG_ALLOW 4u

static void read_identification(struct flask_reader *reader)
{
    const unsigned char *target;
    uint32_t length;

    reader->section = "header";
    if (flask_u32(reader) != MAGIC)
        flask_fail_at(reader, 0, "not a binary policy: it doesn't begin with 0x%08x", MAGIC);
    length = flask_number(reader, 1, 32, "the length of the target's name");
    target = flask_bytes(reader, length);
    if (target == NULL)
        return;
    if (length != strlen(TARGET) || memcmp(target, TARGET, length) != 0)
        flask_fail_at(reader, 8, "not a policy for Xen; compile it with checkpolicy -t xen");
}

static void read_config(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t config = flask_u32(reader);

    if ((config & CONFIG_MLS) != 0)
        flask_fail_at(reader, at, "MLS is not supported; compile without checkpolicy -M");
    if ((config & CONFIG_REJECT) != 0)
        flask_fail_at(reader, at, "handle_unknown=reject is not supported");
    if ((config & ~(CONFIG_MLS | CONFIG_REJECT | CONFIG_ALLOW)) != 0)
        flask_fail_at(reader, at, "unknown configuration bits 0x%08x", config);
    load->policy->unknown_allowed = (config & CONFIG_ALLOW) != 0;
}

static void read_header(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at;
    uint32_t version;

    read_identification(reader);
    at = reader->offset;
    version = flask_u32(reader);
    if (version != FLASK_VERSION_24 && version != FLASK_VERSION_30)
        flask_fail_at(reader, at, "version %u is not supported; compile with checkpolicy -c 30",
                      version);
    load->policy->version = version;
    read_config(load);
    flask_number(reader, NR_SYMBOL_TABLES, NR_SYMBOL_TABLES, "the number of symbol tables");
    if (version >= FLASK_VERSION_30)
        flask_number(reader, 6, 6, "the number of object contexts");
    else
        flask_number(reader, 5, 5, "the number of object contexts");
}

static void read_maps(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;

    reader->section = "policy capabilities";
    flask_read_empty(reader, "policy capabilities");
    reader->section = "permissive types";
    load->permissive_at = reader->offset;
    flask_read_set(reader, FLASK_MAX_VALUES, &load->permissive);
}

static void read_no_levels(struct flask_reader *reader)
{
    reader->section = "sensitivities";
    flask_number(reader, 0, 0, "the highest sensitivity without MLS");
    flask_number(reader, 0, 0, "the number of sensitivities without MLS");
    reader->section = "categories";
    flask_number(reader, 0, 0, "the highest category without MLS");
    flask_number(reader, 0, 0, "the number of categories without MLS");
}

static void read_symbols(struct flask_load *load)
{
    flask_read_commons(load);
    flask_read_classes(load);
    flask_read_roles(load);
    flask_read_types(load);
    flask_read_users(load);
    flask_read_booleans(load);
    read_no_levels(&load->reader);
    if (load->reader.status == 0)
        flask_validate_symbols(load);
}

/* Sections that must be empty. */
static void read_nothing(struct flask_reader *reader, const char *section)
{
    size_t at = reader->offset;

    reader->section = section;
    if (flask_u32(reader) != 0)
        flask_fail_at(reader, at, "%s are not supported", section);
}

static bool is_attribute(const struct flask_policy *policy, unsigned int bit)
{
    return bit < policy->nr_types && policy->type[bit].attribute;
}

/* The attributes of each type, to which the file need not add the type itself. */
static void read_attribute_map(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;

    reader->section = "attribute map";
    load->attributes = flask_reader_scratch(reader, policy->nr_types, sizeof(*load->attributes));
    for (unsigned int i = 0; i < policy->nr_types && reader->status == 0; i++) {
        struct flask_set *set = &load->attributes[i];
        size_t at = reader->offset;

        flask_read_set(reader, policy->nr_types, set);
        for (unsigned int bit = 0; bit < policy->nr_types; bit++)
            if (flask_in(set, bit) && bit != i && !is_attribute(policy, bit))
                flask_fail_at(reader, at, "type %u is no attribute that %s can have", bit + 1,
                              policy->type[i].name);
        flask_add(set, i);
    }
}

struct flask_context flask_read_context(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    struct flask_context context;

    context.user = (uint16_t)flask_number(reader, 1, policy->nr_users, "a context's user");
    context.role = (uint16_t)flask_number(reader, 1, policy->nr_roles, "a context's role");
    context.type = (uint16_t)flask_number(reader, 1, policy->nr_types, "a context's type");
    flask_read_no_range(reader);
    if (reader->status == 0 && !flask_context_valid(policy, context))
        flask_fail_at(reader, at, "user %u, role %u and type %u make no valid context",
                      context.user, context.role, context.type);
    return context;
}

static void read_policy(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;

    read_header(load);
    read_maps(load);
    read_symbols(load);
    flask_read_rules(load);
    flask_read_conditionals(load);
    flask_read_role_transitions(load);
    flask_read_role_allows(load);
    if (load->policy->version >= FLASK_VERSION_30)
        read_nothing(reader, "file name transitions");
    flask_read_ocontexts(load);
    read_nothing(reader, "genfs contexts");
    read_nothing(reader, "range transitions");
    if (reader->status == 0)
        read_attribute_map(load);
    reader->section = "end";
    if (reader->status == 0 && flask_left(reader) != 0)
        flask_fail(reader, "%zu bytes follow the last section", flask_left(reader));
    if (reader->status == 0)
        flask_validate_sids(load);
}

static void keep_policy(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = flask_reader_keep(reader, 1, sizeof(*policy));

    load->policy = policy;
    if (policy == NULL)
        return;
    policy->sid = flask_reader_keep(reader, FLASK_MAX_SIDS, sizeof(*policy->sid));
    policy->domain_label =
        flask_reader_keep(reader, FLASK_LABEL_WORDS, sizeof(*policy->domain_label));
    policy->check = flask_reader_keep(reader, XSM_NR_HOOKS, sizeof(*policy->check));
}

/*
 * What the file needs grows with it; the tables of the classes don't, and get what is left of the
 * fixed part, which is enough for a hundred times as much as any policy for Xen has had.
 */
size_t xsm_arena_size(size_t size)
{
    const size_t fixed = (size_t)1024 * 1024, most = (SIZE_MAX - fixed) / 16;

    return fixed + 16 * (size < most ? size : most);
}

int flask_load(const void *image, size_t size, void *arena, size_t arena_size,
               const struct flask_policy **policy, struct xsm_error *error)
{
    struct flask_arena memory = {.base = arena, .low = 0, .high = arena_size & ~(size_t)15};
    struct flask_reader reader = {
        .image = image, .size = size, .section = "arena", .arena = &memory, .error = error};
    struct flask_load *load;

    error->offset = SIZE_MAX;
    error->text[0] = '\0';
    load = flask_reader_scratch(&reader, 1, sizeof(*load));
    if (load == NULL)
        return reader.status;
    load->arena = memory;
    load->reader = reader;
    load->reader.arena = &load->arena;
    keep_policy(load);
    if (load->reader.status == 0)
        read_policy(load);
    if (load->reader.status == 0)
        flask_compile(load);
    if (load->reader.status != 0)
        return load->reader.status;
    flask_map_checks(load->policy);
    load->policy->arena_kept = load->arena.low;
    *policy = load->policy;
    return 0;
}
