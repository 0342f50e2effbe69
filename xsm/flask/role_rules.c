/* SPDX-License-Identifier: BSD-2-Clause */
/* role_transition and role allow. */
#include "xsm/flask/policydb.h"

#include <string.h>

#define MAX_ROLE_RULES 4096u
#define ALLOW_BYTES 8u

static uint16_t read_role_value(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    size_t at = reader->offset;
    uint32_t value = flask_number(reader, 1, load->policy->nr_roles, "a role");

    if (value != 0 && load->policy->role[value - 1].name == NULL)
        flask_fail_at(reader, at, "role %u is an attribute or missing", value);
    return (uint16_t)value;
}

/* Before version 30 the rules have no class: they are of class domain. */
static uint16_t read_class_value(struct flask_load *load)
{
    if (load->policy->version >= FLASK_VERSION_30)
        return (uint16_t)flask_number(&load->reader, 1, load->policy->nr_classes, "a class");
    return (uint16_t)flask_find_class(load->policy, "domain", strlen("domain"));
}

void flask_read_role_transitions(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    struct flask_policy *policy = load->policy;
    struct flask_role_transition *rule;
    size_t record = policy->version >= FLASK_VERSION_30 ? 16 : 12;
    uint32_t count;

    reader->section = "role transitions";
    count = flask_count(reader, MAX_ROLE_RULES, record, "role transitions");
    rule = flask_reader_keep(reader, count, sizeof(*rule));
    policy->role_transition = rule;
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        rule[i].role = read_role_value(load);
        rule[i].type = (uint16_t)flask_number(reader, 1, policy->nr_types, "a type");
        rule[i].result = read_role_value(load);
        rule[i].class_value = read_class_value(load);
    }
    policy->nr_role_transitions = count;
}

void flask_read_role_allows(struct flask_load *load)
{
    struct flask_reader *reader = &load->reader;
    uint32_t count;

    reader->section = "role allows";
    count = flask_count(reader, MAX_ROLE_RULES, ALLOW_BYTES, "role allows");
    for (uint32_t i = 0; i < count && reader->status == 0; i++) {
        unsigned int from = read_role_value(load), to = read_role_value(load);

        if (reader->status == 0)
            flask_add(&load->policy->role[from - 1].may_become, to - 1);
    }
}
