/* SPDX-License-Identifier: BSD-2-Clause */
/* The sections of MLS, and the ranges in others. Without MLS they are there, and empty. */
#include "xsm/flask/policydb.h"

#define SENSITIVITY_BYTES 25u
#define CATEGORY_BYTES 13u

static void add_alias(struct flask_alias *alias, unsigned int *count, const char *name,
                      uint32_t value)
{
    alias[*count].name = name;
    alias[*count].value = (uint16_t)value;
    ++*count;
}

/* The levels of the file are as many as it likes, the different ones aren't. */
static void add_level(struct flask_load *load, size_t at, const struct flask_level *level,
                      uint16_t *index)
{
    if (load->reader.status == 0 && flask_level_index(load->policy, level, index) != 0)
        flask_fail_at(&load->reader, at, "more than %u different levels", FLASK_MAX_LEVELS);
}

static uint32_t read_sensitivity_value(struct flask_load *load)
{
    if (!load->policy->mls)
        return flask_number(&load->reader, 0, 0, "a sensitivity without MLS");
    return flask_number(&load->reader, 1, FLASK_MAX_SENSITIVITIES, "a sensitivity");
}

static void read_category_map(struct flask_load *load, uint64_t *map)
{
    size_t at = load->reader.offset;

    flask_read_map(&load->reader, map);
    for (unsigned int i = 0; !load->policy->mls && i < FLASK_CATEGORY_WORDS; i++)
        if (map[i] != 0)
            flask_fail_at(&load->reader, at, "categories without MLS");
}

void flask_read_level(struct flask_load *load, uint16_t *level)
{
    struct flask_level read = {0};
    size_t at = load->reader.offset;

    read.sensitivity = read_sensitivity_value(load);
    read_category_map(load, read.category);
    add_level(load, at, &read, level);
}

void flask_read_range(struct flask_load *load, uint16_t *low, uint16_t *high)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    struct flask_level level[2] = {{0}, {0}};
    uint32_t count = flask_number(reader, 1, load->policy->mls ? 2 : 1, "the levels of a range");

    for (uint32_t i = 0; i < count; i++)
        level[i].sensitivity = read_sensitivity_value(load);
    for (uint32_t i = 0; i < count; i++)
        read_category_map(load, level[i].category);
    if (count == 1)
        level[1] = level[0];
    add_level(load, at, &level[0], low);
    add_level(load, at, &level[1], high);
    if (reader->status == 0 && !flask_level_dominates(load->policy, *high, *low))
        flask_fail_at(reader, at, "a range's high level does not dominate its low one");
}

static void read_sensitivity(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    uint32_t length = flask_u32(reader);
    uint32_t is_alias = flask_number(reader, 0, 1, "whether a sensitivity is an alias");
    const char *name = flask_name(reader, length);
    struct flask_sensitivity *sensitivity;
    uint32_t value;
    uint16_t level = 0;

    flask_read_level(load, &level);
    value = policy->level[level].sensitivity;
    if (reader->status == 0 && (value == 0 || value > policy->nr_sensitivities))
        flask_fail_at(reader, at, "%s is sensitivity %u of %u", name, value,
                      policy->nr_sensitivities);
    if (reader->status != 0)
        return;
    if (is_alias != 0) {
        add_alias(policy->sensitivity_alias, &policy->nr_sensitivity_aliases, name, value);
        return;
    }
    sensitivity = &policy->sensitivity[value - 1];
    if (sensitivity->name != NULL)
        flask_fail_at(reader, at, "sensitivities %s and %s have the same value", sensitivity->name,
                      name);
    sensitivity->name = name;
    sensitivity->level = level;
}

void flask_read_sensitivities(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    unsigned int most = policy->mls ? FLASK_MAX_SENSITIVITIES : 0;
    uint32_t count;

    reader->section = "sensitivities";
    load->levels_at = reader->offset;
    policy->nr_sensitivities = flask_number(reader, policy->mls, most, "the highest sensitivity");
    count = flask_count(reader, 4 * most, SENSITIVITY_BYTES, "sensitivities and their aliases");
    policy->sensitivity =
        flask_reader_keep(reader, policy->nr_sensitivities, sizeof(*policy->sensitivity));
    policy->sensitivity_alias =
        flask_reader_keep(reader, count, sizeof(*policy->sensitivity_alias));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_sensitivity(load);
}

static void read_category(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    size_t at = reader->offset;
    uint32_t length = flask_u32(reader);
    uint32_t value = flask_number(reader, 1, policy->nr_categories, "a category's value");
    uint32_t is_alias = flask_number(reader, 0, 1, "whether a category is an alias");
    const char *name = flask_name(reader, length);

    if (reader->status != 0)
        return;
    if (is_alias != 0) {
        add_alias(policy->category_alias, &policy->nr_category_aliases, name, value);
        return;
    }
    if (policy->category[value - 1] != NULL)
        flask_fail_at(reader, at, "categories %s and %s have the same value",
                      policy->category[value - 1], name);
    policy->category[value - 1] = name;
}

void flask_read_categories(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    unsigned int most = policy->mls ? FLASK_MAX_CATEGORIES : 0;
    uint32_t count;

    reader->section = "categories";
    policy->nr_categories = flask_number(reader, 0, most, "the highest category");
    count = flask_count(reader, 4 * most, CATEGORY_BYTES, "categories and their aliases");
    policy->category = flask_reader_keep(reader, policy->nr_categories, sizeof(*policy->category));
    policy->category_alias = flask_reader_keep(reader, count, sizeof(*policy->category_alias));
    for (uint32_t i = 0; i < count && reader->status == 0; i++)
        read_category(load);
}
