/* SPDX-License-Identifier: BSD-2-Clause */
/* The values of hypfs: what the launch has recorded, and what is so now. */
#include <stdio.h>
#include <string.h>

#include <xen/hypfs.h>

#include "hv/gate/policy.h"
#include "hv/launch/hypfs_tree.h"
#include "hv/launch/record.h"
#include "hv/machine/memory.h"
#include "roles/roles.h"

/* What a value is about: a domain, a module, or the step of a number. */
struct about {
    const struct record_domain *domain;
    const struct record_module *module;
    const struct domain *d; /* the domain itself; NULL: it is no more, or never was */
    unsigned int number;
};

static void put_text(struct hypfs_value *value, const char *text)
{
    value->size = (size_t)snprintf(value->text, sizeof(value->text), "%s", text) + 1;
}

static void put_bytes(struct hypfs_value *value, const void *bytes, size_t size)
{
    memcpy(value->text, bytes, size);
    value->size = size;
}

static void put_u64(struct hypfs_value *value, uint64_t number)
{
    put_bytes(value, &number, sizeof(number));
}

static void put_u32(struct hypfs_value *value, uint32_t number)
{
    put_bytes(value, &number, sizeof(number));
}

/* One byte, as Xen has it. */
static void put_bool(struct hypfs_value *value, bool is)
{
    uint8_t byte = is ? 1 : 0;

    put_bytes(value, &byte, sizeof(byte));
}

static void put_digest(struct hypfs_value *value, const uint8_t *digest)
{
    value->text[0] = '\0';
    for (size_t i = 0; digest != NULL && i < LCM_DIGEST_SIZE; i++)
        (void)snprintf(value->text + 2 * i, 3, "%02x", digest[i]);
    value->size = strlen(value->text) + 1;
}

static void put_label(struct hypfs_value *value, xsm_sid sid)
{
    if (xsm_sid_to_context(&gate_engine, sid, value->text, sizeof(value->text)) != 0)
        value->text[0] = '\0';
    value->size = strlen(value->text) + 1;
}

#define VALUE_OF(name)                                                                             \
    static void value_##name(const struct about *about, struct hypfs_value *value)

VALUE_OF(style)
{
    (void)about;
    put_text(value, record_style());
}

VALUE_OF(finalised)
{
    (void)about;
    put_bool(value, gate_is_finalised());
}

VALUE_OF(step)
{
    put_u64(value, record_time_of_step(about->number));
}

VALUE_OF(policy_mode)
{
    (void)about;
    if (!policy_is_loaded())
        put_text(value, "none");
    else
        put_text(value, xsm_enforces(&gate_engine) ? "enforcing" : "permissive");
}

VALUE_OF(policy_sealed)
{
    (void)about;
    put_bool(value, gate_is_sealed());
}

VALUE_OF(policy_digest)
{
    (void)about;
    put_digest(value, policy_digest());
}

VALUE_OF(domain_name)
{
    put_text(value, about->domain->name);
}

VALUE_OF(domain_domid)
{
    put_u32(value, about->domain->domid);
}

VALUE_OF(domain_uuid)
{
    const uint8_t *uuid = about->domain->uuid;
    size_t at = 0;

    for (unsigned int i = 0; i < LCM_UUID_SIZE; i++)
        at += (size_t)snprintf(value->text + at, sizeof(value->text) - at, "%s%02x",
                               i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "", uuid[i]);
    value->size = at + 1;
}

static const char *state_of(const struct about *about)
{
    if (about->d == NULL)
        return record_generation(about->domain) == 0 ? "failed" : "gone";
    switch (__atomic_load_n(&about->d->state, __ATOMIC_RELAXED)) {
    case DOMAIN_BUILDING:
        return "staged";
    case DOMAIN_RUNNING:
        return "running";
    case DOMAIN_STOPPED:
    default:
        return "stopped";
    }
}

VALUE_OF(domain_state)
{
    put_text(value, state_of(about));
}

VALUE_OF(domain_label)
{
    put_label(value, about->d != NULL ? domain_sid(about->d) : record_label(&about->domain->label));
}

VALUE_OF(domain_roles)
{
    char text[80];

    put_text(value, about->d == NULL ? "none" : roles_names(about->d->roles, text, sizeof(text)));
}

VALUE_OF(domain_memory)
{
    put_u64(value, about->d == NULL ? about->domain->memory_kib
                                    : about->d->ram_frames * (PAGE_SIZE / KIB));
}

VALUE_OF(domain_vcpus)
{
    put_u32(value, about->d == NULL ? about->domain->nr_vcpus : about->d->nr_vcpus);
}

VALUE_OF(domain_config)
{
    value->data = about->domain->config;
    value->size = about->domain->config_size + (about->domain->config_is_text ? 1 : 0);
}

VALUE_OF(module_name)
{
    put_text(value, about->module->name);
}

VALUE_OF(module_label)
{
    put_label(value, record_label(&about->module->label));
}

VALUE_OF(module_size)
{
    put_u64(value, about->module->size);
}

VALUE_OF(module_digest)
{
    put_digest(value, about->module->digest);
}

static void (*const values[HYPFS_NR_VALUES])(const struct about *, struct hypfs_value *) = {
#define DIRECTORY(in, name, is)
#define VALUE(in, name, type, value) [HYPFS_VALUE_##value] = value_##value,
#include "hv/launch/hypfs_tree.def"
#undef DIRECTORY
#undef VALUE
    [HYPFS_VALUE_step] = value_step,
};

void hypfs_get(const struct call *call, const struct hypfs_node *node, struct hypfs_value *value)
{
    struct about about = {.number = node->number};
    struct domain *d = NULL;

    if (node->in == HYPFS_domain)
        about.domain = record_domain(node->number);
    if (node->in == HYPFS_module)
        about.module = record_module(node->number);
    if (about.domain != NULL && hypfs_sees_domain(call, about.domain, &d))
        about.d = d;
    value->data = value->text;
    values[node->value](&about, value);
}
