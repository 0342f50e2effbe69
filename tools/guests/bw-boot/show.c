/* SPDX-License-Identifier: BSD-2-Clause */
/* What people are told of the launch before it goes on. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "tools/guests/bw-boot/call.h"
#include "tools/guests/bw-boot/plan.h"
#include "tools/guests/bw-boot/scene.h"

#define NS_PER_SECOND 1000000000u
#define KIB_PER_MIB 1024u
#define SHOWN_DIGEST 6 /* bytes of it */

static const struct {
    uint32_t bit;
    const char *name;
} roles[] = {
    {BW_ROLE_control, "control"}, {BW_ROLE_hardware, "hardware"}, {BW_ROLE_boot, "boot"},
    {BW_ROLE_crash, "crash"},     {BW_ROLE_console, "console"},   {BW_ROLE_xenstore, "xenstore"},
};

static void name_roles(uint32_t bits, char *text, size_t room)
{
    size_t used = 0;

    (void)snprintf(text, room, "no role");
    for (size_t i = 0; i < sizeof(roles) / sizeof(roles[0]); i++) {
        if ((bits & roles[i].bit) == 0)
            continue;
        used += (size_t)snprintf(text + used, room - used, used == 0 ? "%s" : " %s", roles[i].name);
    }
}

static const char *state_name(const struct boot_domain *d)
{
    static const char *const names[] = {"staged", "running", "stopped"};

    if (d->state == BW_STATE_staged && !d->starts)
        return "for failures only";
    return d->state < sizeof(names) / sizeof(names[0]) ? names[d->state] : "in a state of its own";
}

static void show_domain(const struct boot_domain *d, unsigned int index)
{
    char held[64];

    if (d->error != 0) {
        boot_say("domain    ? (number %u of the LCM) isn't shown: %s", index, boot_error(d->error));
        return;
    }
    name_roles(d->roles, held, sizeof(held));
    boot_say("domain %4u %-12s %s, %s, %" PRIu64 " MiB, %u vCPU, %s", (unsigned int)d->domid,
             d->name, d->label, held, d->memory_kib / KIB_PER_MIB, d->nr_vcpus, state_name(d));
}

static const char *type_name(uint32_t type)
{
    static const char *const names[] = {
        [BW_MODULE_lcm] = "lcm",
        [BW_MODULE_kernel] = "kernel",
        [BW_MODULE_ramdisk] = "ramdisk",
        [BW_MODULE_device_tree] = "device-tree",
        [BW_MODULE_microcode] = "microcode",
        [BW_MODULE_xsm_policy] = "xsm-policy",
        [BW_MODULE_config] = "config",
        [BW_MODULE_unnamed] = "unnamed",
    };

    return type < sizeof(names) / sizeof(names[0]) ? names[type] : "?";
}

static const char *digest_verdict(const struct boot_module *m)
{
    if (!m->has_wanted)
        return "of which the LCM names no digest";
    return boot_module_is_as_wanted(m) ? "as the LCM says" : "NOT as the LCM says";
}

static void show_module(const struct boot_module *m, unsigned int index)
{
    char digest[2 * SHOWN_DIGEST + 1];

    if (m->error != 0) {
        boot_say("module %2u isn't shown: %s", index, boot_error(m->error));
        return;
    }
    for (size_t i = 0; i < SHOWN_DIGEST; i++)
        (void)snprintf(digest + 2 * i, 3, "%02x", (unsigned int)m->digest[i]);
    boot_say("module %2u %-11s %.*s: %" PRIu64 " bytes, %s, %s, %s", index, type_name(m->type),
             (int)strcspn(m->line, " "), m->line, m->size, m->label, digest, digest_verdict(m));
}

void boot_show_scene(const struct boot_scene *scene)
{
    boot_say("%u domains, %u boot modules, %" PRIu64 " s left to finalise", scene->nr_domains,
             scene->nr_modules, scene->time_left_ns / NS_PER_SECOND);
    for (unsigned int i = 0; i < scene->nr_domains; i++)
        show_domain(&scene->domain[i], i);
    for (unsigned int i = 0; i < scene->nr_modules; i++)
        show_module(&scene->module[i], i);
}

static void show_step(const struct boot_step *step, unsigned int number)
{
    static const char *const names[] = {
        [BOOT_STEP_CONFIGURE] = "configure",
        [BOOT_STEP_OFFER] = "offer an event channel to",
        [BOOT_STEP_WAIT] = "wait for",
        [BOOT_STEP_START] = "start",
    };

    boot_say("step %2u %s %s (line %u)", number, names[step->kind], step->domain->name,
             step->statement->line);
}

void boot_show_plan(const struct boot_plan *plan)
{
    for (unsigned int i = 0; i < plan->nr; i++)
        show_step(&plan->step[i], i + 1);
    boot_say("step %2u finalise: everything else starts", plan->nr + 1);
}
