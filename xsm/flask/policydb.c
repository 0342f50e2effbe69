/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A binary policy for the target Xen, section by section in the file's order. All numbers are
 * little-endian; nothing is aligned, and no section says how long it is.
 */
#include "xsm/flask/policydb.h"

#include <string.h>

#include "xsm/hooks.h"
#include "xsm/policy.h"

#define MAGIC 0xf97cff8cu
#define TARGET "XenFlask"
#define OLD_TARGET "SE Linux" /* until Xen 4.1: the same, without labels of devices */
#define OLD_OCONTEXTS 7u
#define NR_SYMBOL_TABLES 8u
#define MAX_CAPABILITY 64u
#define CONFIG_MLS 1u
#define CONFIG_REJECT 2u
#define CONFIG_ALLOW 4u

static void read_identification(struct flask_reader *reader, bool *old)
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
    *old = length == strlen(OLD_TARGET) && memcmp(target, OLD_TARGET, length) == 0;
    if (!*old && (length != strlen(TARGET) || memcmp(target, TARGET, length) != 0))
        flask_fail_at(reader, 8, "not a policy for Xen; compile it with checkpolicy -t xen");
}

static void read_config(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t config = flask_u32(reader);

    if ((config & ~(CONFIG_MLS | CONFIG_REJECT | CONFIG_ALLOW)) != 0)
        flask_fail_at(reader, at, "unknown configuration bits 0x%08x", config);
    if ((config & CONFIG_REJECT) != 0 && (config & CONFIG_ALLOW) != 0)
        flask_fail_at(reader, at, "handle_unknown is both allow and reject");
    load->policy->mls = (config & CONFIG_MLS) != 0;
    load->policy->unknown_allowed = (config & CONFIG_ALLOW) != 0;
    load->policy->unknown_refused = (config & CONFIG_REJECT) != 0;
}

static unsigned int nr_ocontexts(const struct flask_policy *policy)
{
    if (policy->old_target)
        return OLD_OCONTEXTS;
    return policy->version >= FLASK_VERSION_30 ? 6 : 5;
}

/* Without MLS there is one level, which nobody looks at. */
static void keep_levels(struct flask_load *load)
{
    size_t count = load->policy->mls ? FLASK_MAX_LEVELS : 1;

    load->policy->level = flask_reader_keep(&load->reader, count, sizeof(*load->policy->level));
}

static void read_header(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at;
    uint32_t version;

    read_identification(reader, &load->policy->old_target);
    at = reader->offset;
    version = flask_u32(reader);
    if (version != FLASK_VERSION_24 && version != FLASK_VERSION_30)
        flask_fail_at(reader, at, "version %u is not supported; compile with checkpolicy -c 30",
                      version);
    load->policy->version = version;
    read_config(load);
    keep_levels(load);
    flask_number(reader, NR_SYMBOL_TABLES, NR_SYMBOL_TABLES, "the number of symbol tables");
    flask_number(reader, nr_ocontexts(load->policy), nr_ocontexts(load->policy),
                 "the number of object contexts");
}

static void read_maps(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;

    reader->section = "policy capabilities";
    flask_read_set(reader, MAX_CAPABILITY, &load->policy->capabilities);
    reader->section = "permissive types";
    load->permissive_at = reader->offset;
    flask_read_scratch_set(reader, FLASK_MAX_TYPES + 1, &load->permissive);
}

static void read_symbols(struct flask_load *load)
{
    flask_read_commons(load);
    flask_read_classes(load);
    flask_read_roles(load);
    flask_read_types(load);
    flask_read_users(load);
    flask_read_booleans(load);
    flask_read_sensitivities(load);
    flask_read_categories(load);
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

struct flask_context flask_read_context(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    const struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    struct flask_context context;

    context.user = (uint16_t)flask_number(reader, 1, policy->nr_users, "a context's user");
    context.role = (uint16_t)flask_number(reader, 1, policy->nr_roles, "a context's role");
    context.type = (uint16_t)flask_number(reader, 1, policy->nr_types, "a context's type");
    flask_read_range(load, &context.low, &context.high);
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
    flask_read_conditions(load);
    flask_read_role_transitions(load);
    flask_read_role_allows(load);
    if (load->policy->version >= FLASK_VERSION_30)
        flask_read_name_transitions(load);
    flask_read_ocontexts(load);
    read_nothing(reader, "genfs contexts");
    flask_read_range_transitions(load);
    if (reader->status == 0)
        flask_read_attribute_map(load);
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
    policy->sid_type = flask_reader_keep(reader, FLASK_MAX_SIDS + 1, sizeof(*policy->sid_type));
    policy->domain_label =
        flask_reader_keep(reader, FLASK_LABEL_WORDS, sizeof(*policy->domain_label));
    policy->added = flask_reader_keep(reader, FLASK_MAX_ADDED, sizeof(*policy->added));
    policy->added_path =
        flask_reader_keep(reader, FLASK_MAX_ADDED_PATHS, sizeof(*policy->added_path));
    policy->check = flask_reader_keep(reader, XSM_NR_HOOKS, sizeof(*policy->check));
}

static size_t at_most(size_t size, size_t most)
{
    return size < most ? size : most;
}

/*
 * The most that reading takes. SIDs and levels are within the fixed part. What grows with the file
 * takes at most five bytes for each of the file's, copies for sorting among them; but classes and
 * commons, whose permissions have a slot each, and the lists of attributes' members, of which 64
 * stand in 12 bytes, more than that up to a limit.
 */
size_t xsm_policy_room(size_t size)
{
    const size_t fixed = (size_t)192 << 10, classes = (size_t)128 << 10;
    size_t members = (size_t)FLASK_MAX_MEMBERSHIPS * sizeof(uint16_t);

    size = at_most(size, (SIZE_MAX - fixed) / 64);
    return fixed + 5 * size + at_most(13 * size, classes) + at_most(11 * size, members);
}

/* handle_unknown=reject: what can only be denied for want of a permission must not be lacking. */
static void refuse_unknown(struct flask_load *load)
{
    load->reader.section = "header";
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        const struct xsm_check *row;

        for (unsigned int i = 0; (row = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++)
            if (load->policy->check[hook][i].answer == FLASK_ANSWER_DENY)
                flask_fail_at(
                    &load->reader, 0,
                    "handle_unknown=reject, and permission %s:%s, which %s asks, is missing",
                    row->ask.class_name, row->ask.permission, xsm_rows[hook].name);
    }
}

int xsm_read_policy(const void *image, size_t size, void *memory, size_t room,
                    struct flask_policy **policy, struct xsm_error *error)
{
    struct flask_arena arena = {.base = memory, .low = 0, .high = room & ~(size_t)15};
    struct flask_reader reader = {
        .image = image, .size = size, .section = "arena", .arena = &arena, .error = error};
    struct flask_load *load;

    error->offset = SIZE_MAX;
    error->text[0] = '\0';
    load = flask_reader_scratch(&reader, 1, sizeof(*load));
    if (load == NULL)
        return reader.status;
    load->arena = arena;
    load->reader = reader;
    load->reader.arena = &load->arena;
    keep_policy(load);
    if (load->reader.status == 0)
        read_policy(load);
    if (load->reader.status == 0)
        flask_measure(load);
    if (load->reader.status != 0)
        return load->reader.status;
    flask_map_checks(load->policy);
    if (load->policy->unknown_refused)
        refuse_unknown(load);
    if (load->reader.status != 0)
        return load->reader.status;
    load->policy->kept = load->arena.low;
    *policy = load->policy;
    return 0;
}
