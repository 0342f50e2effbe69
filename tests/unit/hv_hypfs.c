/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv_hypfs.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "hv/launch/plan.h"
#include "hv/launch/record.h"
#include "hv/machine/memory.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define DOMAIN_KIB 1024

static struct boot_info boot;
static struct domain *reader, *other;
static char text[HYPFS_TEXT_SIZE + 1];
static const uint8_t bytes[] = {0x7f, 0, 'x', 0xff, 0};

struct domain *hypfs_reader(void)
{
    return reader;
}

struct domain *hypfs_other(void)
{
    return other;
}

static const struct {
    const char *line;
    const void *data;
    size_t size;
    enum lcm_module_type type;
} modules[HYPFS_MODULES] = {
    {"lcm.dtb", "the LCM", 7, LCM_NR_MODULE_TYPES},
    {"policy.30 for all", "a policy", 8, LCM_XSM_POLICY},
    {"/boot/vmlinux console=hvc0", "a kernel", 8, LCM_KERNEL},
    {"text", text, HYPFS_TEXT_SIZE, LCM_CONFIG},
    {"bytes", bytes, sizeof(bytes), LCM_CONFIG},
};

const void *hypfs_module(unsigned int number, size_t *size)
{
    *size = modules[number].size;
    return modules[number].data;
}

static void plan_module(unsigned int number)
{
    plan.module[number] = (struct lcm_boot_module){
        .data = modules[number].data, .size = modules[number].size, .line = modules[number].line};
    lcm_sha256(modules[number].data, modules[number].size, plan.digest[number]);
    plan.module_sid[number] =
        number == 0 ? XSM_INITIAL_BW_LCM : XSM_INITIAL_BW_KERNEL + (xsm_sid)modules[number].type;
}

static void plan_domain(const char *name, struct domain *d, const char *label, int config)
{
    struct lcm_domain *planned = &plan.lcm.domain[plan.lcm.nr_domains];
    struct lcm_module *module = &plan.lcm.module[plan.lcm.nr_modules];
    struct xsm_error error;

    (void)snprintf(planned->name, sizeof(planned->name), "%s", name);
    memset(planned->uuid, 0xa0 + (int)plan.lcm.nr_domains, sizeof(planned->uuid));
    planned->memory_kib = DOMAIN_KIB;
    planned->cpus = 1;
    planned->domid = plan.lcm.nr_domains + 1;
    if (config > 0) {
        *module = (struct lcm_module){.type = LCM_CONFIG, .publish = true, .boot_module = config};
        (void)snprintf(module->path, sizeof(module->path), "/%s", modules[config].line);
        planned->config = module;
        plan.lcm.nr_modules++;
    }
    plan.domain[plan.lcm.nr_domains].domain = d;
    if (label != NULL)
        (void)xsm_label_to_sid(&gate_engine, label,
                               &plan.domain[plan.lcm.nr_domains].assignment.sid, &error);
    plan.lcm.nr_domains++;
}

void hypfs_prepare(const char *label)
{
    const char *other_label = label == NULL ? NULL : "peer_t";

    for (unsigned int i = 0; i < HYPFS_TEXT_SIZE; i++)
        text[i] = (char)('a' + i % 26);
    scene_start(label == NULL ? NULL : SCENE_POLICY);
    reader = scene_domain(HYPFS_READER, label == NULL ? "" : label, DOMAIN_KIB);
    other = scene_domain(HYPFS_OTHER, label == NULL ? "" : other_label, DOMAIN_KIB);
    boot = (struct boot_info){.nr_modules = HYPFS_MODULES};
    plan.boot = &boot;
    plan.lcm.blob = modules[0].data;
    for (unsigned int i = 0; i < HYPFS_MODULES; i++)
        plan_module(i);
    plan_domain("reader", reader, label, HYPFS_TEXT);
    plan_domain("other", other, other_label, HYPFS_BYTES);
    plan_domain("broken", NULL, other_label, -1);
    record_step(STEP_START);
    record_step(STEP_UNPAUSE);
    scene_schedule(reader);
    fake_clear_output();
}

void hypfs_stage(const char *label)
{
    hypfs_prepare(label);
    record_launch();
}

int64_t hypfs_call(uint64_t sub, uint64_t path, uint64_t path_size, uint64_t buffer, uint64_t size)
{
    const uint64_t argument[GATE_ARGUMENTS] = {sub, path, path_size, buffer, size};

    return gate_hypercall(reader->vcpu[0], __HYPERVISOR_hypfs_op, argument);
}

int64_t hypfs_call_path(uint64_t sub, const char *path, uint64_t size)
{
    size_t path_size = strlen(path) + 1;

    memcpy(scene_memory(reader, HYPFS_PATH), path, path_size);
    return hypfs_call(sub, HYPFS_PATH, path_size, HYPFS_BUFFER, size);
}

void hypfs_fetch(void *to, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        memcpy((uint8_t *)to + at, scene_memory(reader, HYPFS_BUFFER + at),
               min_u64(size - at, PAGE_SIZE));
}

void hypfs_fill(uint8_t byte, size_t size)
{
    for (size_t at = 0; at < size; at += PAGE_SIZE)
        memset(scene_memory(reader, HYPFS_BUFFER + at), byte, min_u64(size - at, PAGE_SIZE));
}

int64_t hypfs_read(const char *path, struct xen_hypfs_direntry *entry, void *content, size_t room)
{
    static uint8_t all[HYPFS_ROOM];
    int64_t error = hypfs_call_path(XEN_HYPFS_OP_read, path, sizeof(*entry) + room);

    if (error != 0)
        return error;
    hypfs_fetch(all, sizeof(*entry) + room);
    memcpy(entry, all, sizeof(*entry));
    memcpy(content, all + sizeof(*entry), entry->content_len);
    return 0;
}

static char answer[8192];

static const char *tell_error(int64_t error)
{
    (void)snprintf(answer, sizeof(answer), "%d", (int)error);
    return answer;
}

const char *hypfs_ls(const char *path)
{
    static uint8_t list[4096];
    struct xen_hypfs_direntry entry;
    int64_t error = hypfs_read(path, &entry, list, sizeof(list));
    size_t used = 0;

    if (error != 0)
        return tell_error(error);
    answer[0] = '\0';
    for (size_t at = 0; at < entry.content_len;) {
        uint16_t next;

        memcpy(&next, list + at + offsetof(struct xen_hypfs_dirlistentry, off_next), sizeof(next));
        used += (size_t)snprintf(answer + used, sizeof(answer) - used, "%s ",
                                 list + at + offsetof(struct xen_hypfs_dirlistentry, name));
        if (next == 0)
            break;
        at += next;
    }
    return answer;
}

const char *hypfs_cat(const char *path)
{
    struct xen_hypfs_direntry entry;
    uint64_t number = 0;
    int64_t error = hypfs_read(path, &entry, answer, sizeof(answer));

    if (error != 0)
        return tell_error(error);
    if (entry.type == XEN_HYPFS_TYPE_STRING)
        return answer;
    if (entry.type != XEN_HYPFS_TYPE_UINT && entry.type != XEN_HYPFS_TYPE_BOOL)
        return "no number";
    memcpy(&number, answer, entry.content_len);
    (void)snprintf(answer, sizeof(answer), "%lu", number);
    return answer;
}
