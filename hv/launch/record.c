/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/launch/record.h"

#include <string.h>

#include "hv/launch/plan.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"

static struct {
    const char *style;
    uint64_t step[RECORD_STEPS]; /* 0: not done */
    unsigned int nr_modules, nr_domains;
    struct record_module module[BOOT_MAX_MODULES];
    struct record_domain domain[LCM_MAX_DOMAINS];
} record;

void record_step(unsigned int number)
{
    if (number < RECORD_STEPS)
        __atomic_store_n(&record.step[number], max_u64(now(), 1), __ATOMIC_RELAXED);
}

static const char *style(void)
{
    if (plan.lcm.blob == NULL)
        return "classic";
    return plan.lcm.dom0less ? "dom0less" : "hyperlaunch";
}

static void take_module(unsigned int number)
{
    const struct lcm_boot_module *from = &plan.module[number];
    struct record_module *to = &record.module[number];

    memcpy(to->name, from->line, lcm_module_name(from->line));
    to->size = from->size;
    memcpy(to->digest, plan.digest[number], sizeof(to->digest));
}

/* Its own memory, for good: boot modules are reclaimed. */
static void keep_config(const struct lcm_module *config, struct record_domain *to)
{
    const struct lcm_boot_module *from = &plan.module[config->boot_module];
    unsigned int order = ORDER_4K;
    mfn_t frame;

    while ((PAGE_SIZE << order) <= from->size)
        order++;
    frame = memory_alloc(order, OWNER_HYPERVISOR);
    if (frame.m == INVALID_MFN.m) {
        hv_log("    %s: notice: isn't published: there is no memory for it", config->path);
        return;
    }
    memcpy(map_mfn(frame), from->data, from->size);
    to->config_module = (unsigned int)config->boot_module;
    to->config_size = from->size;
    to->config_is_text = memchr(from->data, '\0', from->size) == NULL;
    to->config = map_mfn(frame);
}

static void take_domain(unsigned int number)
{
    const struct lcm_domain *from = &plan.lcm.domain[number];
    struct record_domain *to = &record.domain[number];

    memcpy(to->name, from->name, sizeof(to->name));
    memcpy(to->uuid, from->uuid, sizeof(to->uuid));
    to->memory_kib = from->memory_kib;
    to->nr_vcpus = from->cpus;
    to->domid = (uint16_t)from->domid;
    if (!from->failed && from->config != NULL && from->config->publish)
        keep_config(from->config, to);
}

/*
 * What may change when a crash domain is built, while others read. Who was built and given back
 * since then stays as he was.
 */
static void take_what_was_built(unsigned int number)
{
    const struct planned_domain *from = &plan.domain[number];
    struct record_domain *to = &record.domain[number];

    if (from->domain == NULL && record_generation(to) != 0)
        return;
    __atomic_store_n(&to->label, from->assignment.sid, __ATOMIC_RELAXED);
    __atomic_store_n(&to->generation, from->domain == NULL ? 0 : from->domain->generation,
                     __ATOMIC_RELEASE);
}

void record_launch(void)
{
    unsigned int nr_modules = plan.boot->nr_modules, nr_domains = plan.lcm.nr_domains;

    for (unsigned int i = record.nr_modules; i < nr_modules; i++)
        take_module(i);
    for (unsigned int i = 0; i < nr_modules; i++)
        __atomic_store_n(&record.module[i].label, plan.module_sid[i], __ATOMIC_RELAXED);
    for (unsigned int i = record.nr_domains; i < nr_domains; i++)
        take_domain(i);
    for (unsigned int i = 0; i < nr_domains; i++)
        take_what_was_built(i);
    __atomic_store_n(&record.style, style(), __ATOMIC_RELEASE);
    __atomic_store_n(&record.nr_modules, nr_modules, __ATOMIC_RELEASE);
    __atomic_store_n(&record.nr_domains, nr_domains, __ATOMIC_RELEASE);
}

const char *record_style(void)
{
    const char *text = __atomic_load_n(&record.style, __ATOMIC_ACQUIRE);

    return text == NULL ? "" : text;
}

uint64_t record_time_of_step(unsigned int number)
{
    uint64_t time =
        number < RECORD_STEPS ? __atomic_load_n(&record.step[number], __ATOMIC_RELAXED) : 0;

    return time == 0 ? NEVER : time;
}

const struct record_module *record_module(unsigned int number)
{
    return number < __atomic_load_n(&record.nr_modules, __ATOMIC_ACQUIRE) ? &record.module[number]
                                                                          : NULL;
}

const struct record_domain *record_domain(unsigned int number)
{
    return number < __atomic_load_n(&record.nr_domains, __ATOMIC_ACQUIRE) ? &record.domain[number]
                                                                          : NULL;
}
