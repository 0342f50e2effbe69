/* SPDX-License-Identifier: BSD-2-Clause */
/* Asking the hypervisor what there is. */
#include "tools/guests/bw-boot/scene.h"

#include <string.h>

#include "tools/guests/bw-boot/call.h"

#define ADDRESS(thing) ((uint64_t)(uintptr_t)(thing))

/* A text of which the hypervisor says that it has `size` bytes; longer ones are cut off. */
static void keep(char *to, size_t room, const char *from, uint32_t size)
{
    size_t length = size < room - 1 ? size : room - 1;

    memcpy(to, from, length);
    to[length] = '\0';
    for (char *c = to; *c != '\0'; c++)
        if (*c < ' ' || *c > '~')
            *c = '?'; /* it goes to a terminal */
}

static void look_at_domain(struct boot_domain *d, unsigned int index)
{
    struct boot_place *place = boot_place();
    struct bw_staged_stat *stat = &place->staged_stat;

    *stat = (struct bw_staged_stat){.index = index,
                                    .name = ADDRESS(place->name),
                                    .name_size = sizeof(place->name),
                                    .label = ADDRESS(place->label),
                                    .label_size = sizeof(place->label)};
    d->error = boot_call(BW_OP_staged_stat, stat);
    if (d->error != 0)
        return;
    keep(d->name, sizeof(d->name), place->name, stat->name_size);
    keep(d->label, sizeof(d->label), place->label, stat->label_size);
    d->memory_kib = stat->memory_kib;
    d->roles = stat->roles;
    d->nr_vcpus = stat->nr_vcpus;
    d->config = stat->config;
    d->domid = stat->domid;
    d->state = stat->state;
    d->starts = stat->starts != 0;
}

static void look_at_module(struct boot_module *m, unsigned int index)
{
    struct boot_place *place = boot_place();
    struct bw_module_stat *stat = &place->module_stat;

    *stat = (struct bw_module_stat){.index = index,
                                    .digest = ADDRESS(place->digest),
                                    .line = ADDRESS(place->name),
                                    .line_size = sizeof(place->name),
                                    .label = ADDRESS(place->label),
                                    .label_size = sizeof(place->label)};
    m->error = boot_call(BW_OP_module_stat, stat);
    if (m->error != 0)
        return;
    keep(m->line, sizeof(m->line), place->name, stat->line_size);
    keep(m->label, sizeof(m->label), place->label, stat->label_size);
    memcpy(m->digest, place->digest, sizeof(m->digest));
    m->size = stat->size;
    m->type = stat->type;
}

static unsigned int at_most(const char *what, uint32_t nr, unsigned int most,
                            struct boot_report *report)
{
    if (nr <= most)
        return nr;
    boot_fault(report, "%u %s are more than this program was built for", nr, what);
    return most;
}

void boot_look(struct boot_scene *scene, struct boot_report *report)
{
    struct bw_launch_info *info = &boot_place()->info;
    int error = boot_call(BW_OP_launch_info, info);

    memset(scene, 0, sizeof(*scene));
    scene->config = BOOT_NO_MODULE;
    if (error != 0) {
        boot_fault(report, "asking what there is: %s", boot_error(error));
        return;
    }
    scene->time_left_ns = info->time_left;
    scene->nr_domains = at_most("domains", info->nr_domains, BOOT_MAX_DOMAINS, report);
    scene->nr_modules = at_most("modules", info->nr_modules, BOOT_MAX_MODULES, report);
    for (unsigned int i = 0; i < scene->nr_domains; i++)
        look_at_domain(&scene->domain[i], i);
    for (unsigned int i = 0; i < scene->nr_modules; i++)
        look_at_module(&scene->module[i], i);
}

const struct boot_domain *boot_find_domain(const struct boot_scene *scene, const char *name)
{
    for (unsigned int i = 0; i < scene->nr_domains; i++)
        if (scene->domain[i].error == 0 && strcmp(scene->domain[i].name, name) == 0)
            return &scene->domain[i];
    return NULL;
}

const struct boot_domain *boot_self(const struct boot_scene *scene)
{
    for (unsigned int i = 0; i < scene->nr_domains; i++)
        if (scene->domain[i].error == 0 && (scene->domain[i].roles & BW_ROLE_boot) != 0)
            return &scene->domain[i];
    return NULL;
}

int32_t boot_find_module(const struct boot_scene *scene, const char *name)
{
    size_t length = strlen(name);

    for (unsigned int i = 0; i < scene->nr_modules; i++) {
        const struct boot_module *m = &scene->module[i];

        if (m->error == 0 && strncmp(m->line, name, length) == 0 &&
            (m->line[length] == '\0' || m->line[length] == ' '))
            return (int32_t)i;
    }
    return BOOT_NO_MODULE;
}

bool boot_module_is_as_wanted(const struct boot_module *module)
{
    return memcmp(module->digest, module->wanted, BW_DIGEST_SIZE) == 0;
}
