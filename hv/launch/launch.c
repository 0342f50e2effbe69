/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/launch/launch.h"
#include "hv/launch/report.h"
#include "hv/machine/cpus.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "lcm/lcm.h"
#include "roles/roles.h"

/* The seed's numbers (appendix 1). Steps 6 to 9 are a boot domain's. */
enum {
    STEP_START = 1,
    STEP_LCM = 2,
    STEP_POLICY = 3,
    STEP_DOMAIN = 4,
    STEP_BOOT_DOMAIN = 5,
    STEP_FINALISE = 10,
    STEP_CONSOLE = 11,
    STEP_RECLAIM = 12,
    STEP_UNPAUSE = 13,
};

struct planned_domain {
    struct roles_assignment assignment;
    struct domain *domain; /* NULL: it has failed */
};

static struct lcm lcm;
static struct lcm_report report;
static struct lcm_boot_module modules[BOOT_MAX_MODULES];
static struct planned_domain planned[LCM_MAX_DOMAINS];

static void list_modules(const struct boot_info *boot)
{
    for (unsigned int i = 0; i < boot->nr_modules; i++) {
        const struct boot_module *m = &boot->module[i];

        if (!memory_holds_modules(m->range.start, m->range.end))
            report_refusal("boot module %u (`%s`) lies where there is no memory for it", i,
                           m->line);
        modules[i] = (struct lcm_boot_module){.data = map_paddr(m->range.start),
                                              .address = m->range.start.a,
                                              .size = m->range.end.a - m->range.start.a,
                                              .line = m->line};
    }
}

static void describe_start(const struct boot_info *boot)
{
    report_step(STEP_START, "start: %lu MiB of memory, %lu MiB free; %u modules by %s (%s)",
                memory_total_frames() * PAGE_SIZE / MIB, memory_free_frames() * PAGE_SIZE / MIB,
                boot->nr_modules, boot->loader, boot->protocol);
    hv_log("    CPU: %s", arch_describe());
}

/* The first bytes of a module as hexadecimal numbers. */
static const char *first_bytes(const struct lcm_boot_module *module, char text[static 16])
{
    const uint8_t *data = module->data;
    size_t at = 0;

    text[0] = '\0';
    for (uint64_t i = 0; i < module->size && i < 4; i++)
        at += (size_t)snprintf(text + at, 16 - at, "%s%02x", i > 0 ? " " : "", data[i]);
    return text;
}

/*
 * Say what was found. If that refuses the launch, what does so is said once, in the last line; and
 * `refused` is for a report that had no room left for it.
 */
static void report_or_refuse(bool refused)
{
    const struct lcm_finding *why = report_fatal(&report);

    report_findings(&report, why);
    if (why != NULL && why->severity == LCM_DOMAIN_ERROR)
        report_refusal("domain %s is required, and failed: %s: %s", why->domain->name, why->path,
                       why->text);
    if (why != NULL)
        report_refusal("%s: %s", why->path[0] != '\0' ? why->path : modules[0].line, why->text);
    if (refused)
        report_refusal("the LCM `%s` has errors", modules[0].line);
}

static void read_lcm(const struct boot_info *boot)
{
    const struct lcm_boot_module *first = &modules[0];
    char bytes[16];

    if (boot->nr_modules == 0)
        report_refusal("the bootloader loaded no modules: the first must be the launch control "
                       "module (LCM), a flattened device tree");
    if (!lcm_is_lcm(first->data, first->size))
        report_refusal("the first boot module `%s` (%lu bytes, beginning %s) is no launch control "
                       "module: expected a flattened device tree, beginning d0 0d fe ed; put the "
                       "LCM first in the boot menu",
                       first->line, first->size, first_bytes(first, bytes));
    if (lcm_parse(first->data, first->size, &lcm, &report) != 0)
        report_or_refuse(true);
    report_step(STEP_LCM, "the first module `%s` is an LCM: %u domains, %u modules", first->line,
                lcm.nr_domains, lcm.nr_modules);
}

static void check_lcm(const struct boot_info *boot)
{
    const struct lcm_environment environment = {
        .module = modules,
        .nr_modules = boot->nr_modules,
        .memory_kib = lcm_memory_for_domains(memory_free_frames() * (PAGE_SIZE / KIB)),
        .nr_cpus = cpus_count(),
        .max_cpus = CONFIG_MAX_VCPUS,
        .max_domains = CONFIG_MAX_DOMAINS,
        .max_modules = LCM_MAX_BOOT_MODULES,
        .max_line = LCM_MAX_LINE,
        .domains_only_pvh = true,
    };

    report_or_refuse(lcm_check(&lcm, &environment, &report) != 0);
}

static void describe_policy(const struct lcm_boot_module *module)
{
    char text[200];

    (void)xsm_describe_policy(&gate_engine, text, sizeof(text));
    report_step(STEP_POLICY, "policy `%s`: %s", module->line, text);
    for (unsigned int i = 0; xsm_policy_note(&gate_engine, i, text, sizeof(text)) == 0; i++)
        hv_log("    policy: notice: %s", text);
}

static void refuse_without_policy(void)
{
#ifdef CONFIG_RELEASE
    report_refusal(
        "there is no xsm-policy module in the LCM, and this build (RELEASE) starts nothing "
        "without a policy");
#endif
}

static void load_policy(void)
{
    const struct lcm_boot_module *module;
    struct xsm_error error;

    xsm_init_roles_engine(&gate_engine);
    if (lcm.policy == NULL) {
        if (roles_need_policy(&lcm))
            report_refusal("the LCM names labels, but no xsm-policy module: name one, or no "
                           "security-id");
        refuse_without_policy();
        report_step(STEP_POLICY, "no policy and no labels: the role engine decides alone");
        return;
    }
    module = &modules[lcm.policy->boot_module];
    if (module->size > LARGEST_POLICY)
        report_refusal("%s: `%s` has %lu KiB: a policy has at most %lu", lcm.policy->path,
                       module->line, module->size / KIB, LARGEST_POLICY / KIB);
#ifdef CONFIG_COVERAGE
    if (policy_collect(&error) != 0)
        report_refusal("no memory to collect decisions in (COVERAGE): %s", error.text);
#endif
    if (policy_load(module->data, module->size, &error) != 0)
        report_refusal("%s: the policy `%s` can't be used: %s", lcm.policy->path, module->line,
                       error.text);
    describe_policy(module);
    report_or_refuse(roles_check_labels(&gate_engine, &lcm, &report) != 0);
}

/* A domain that can't be had: alone if it is optional, with the whole launch if it is required. */
static void fail_domain(struct lcm_domain *d, const char *path, const char *why)
{
    d->failed = true;
    if (d->required)
        report_refusal("domain %s is required, and failed: %s: %s", d->name, path, why);
    hv_log("domain %s failed: %s: %s", d->name, path, why);
}

static void assign_roles(struct lcm_domain *d, struct planned_domain *plan)
{
    struct roles_records records = {0};
    int error = d->failed ? 0 : roles_assign(&gate_engine, d, &plan->assignment, &records, &report);

    for (unsigned int i = 0; i < records.nr_records; i++)
        audit_record(&records.record[i]);
    report_or_refuse(d->required && (error != 0 || d->failed));
}

static const void *module_data(const struct lcm_module *m, size_t *size)
{
    *size = m == NULL ? 0 : modules[m->boot_module].size;
    return m == NULL ? NULL : modules[m->boot_module].data;
}

static const char *boot_arguments(const struct lcm_domain *d)
{
    return d->kernel->bootargs != NULL ? d->kernel->bootargs
                                       : lcm_module_arguments(modules[d->kernel->boot_module].line);
}

static const char *creation_error(int error)
{
    switch (error) {
    case -ENOSPC:
        return "more domains than this hypervisor was built for (MAX_DOMAINS)";
    case -EEXIST:
        return "its domid is taken";
    case -EBUSY:
        return "not enough CPUs";
    default:
        return "not enough memory: give it less, or the machine more";
    }
}

static const char *create_and_load(const struct lcm_domain *d, struct planned_domain *plan)
{
    struct domain_config config = {.name = d->name,
                                   .domid = (uint16_t)d->domid,
                                   .sid = plan->assignment.sid,
                                   .self_sid = xsm_self_sid(&gate_engine, plan->assignment.sid),
                                   .roles = plan->assignment.roles,
                                   .memory_kib = d->memory_kib,
                                   .nr_vcpus = d->cpus,
                                   .dedicated = d->scheduling == LCM_DEDICATED,
                                   .weight = d->weight,
                                   .cap = d->cap};
    struct guest_image image = {.command_line = boot_arguments(d),
                                .initial_domain_hint = d->initial_domain_hint};
    const char *why = NULL;
    int error;

    if (xsm_channel_sid(&gate_engine, config.sid, config.sid, &config.channel_sid) != 0)
        return "the policy gives its event channels no valid label";
    memcpy(config.uuid, d->uuid, sizeof(config.uuid));
    image.kernel = module_data(d->kernel, &image.kernel_size);
    image.ramdisk = module_data(d->ramdisk, &image.ramdisk_size);
    error = domain_create(&config, &plan->domain);
    if (error != 0)
        return creation_error(error);
    if (arch_load_guest(plan->domain, &image, &why) != 0) {
        domain_destroy(plan->domain);
        plan->domain = NULL;
    }
    return why;
}

static void build_domain(struct lcm_domain *d, struct planned_domain *plan)
{
    char label[XSM_MAX_CONTEXT], roles[80];
    const char *problem = create_and_load(d, plan);

    if (problem != NULL) {
        fail_domain(d, d->kernel->path, problem);
        return;
    }
    (void)xsm_sid_to_context(&gate_engine, plan->assignment.sid, label, sizeof(label));
    report_step(STEP_DOMAIN, "%s: built as domid %u, %lu MiB, %u %svCPU%s, label %s, roles: %s",
                d->name, d->domid, d->memory_kib / 1024, d->cpus,
                d->scheduling == LCM_DEDICATED ? "dedicated " : "", d->cpus > 1 ? "s" : "",
                label[0] != '\0' ? label : "none",
                roles_names(plan->assignment.roles, roles, sizeof(roles)));
}

static void build_domains(void)
{
    for (unsigned int i = 0; i < lcm.nr_domains; i++)
        assign_roles(&lcm.domain[i], &planned[i]);
    for (unsigned int i = 0; i < lcm.nr_domains; i++) {
        if (!lcm.domain[i].failed)
            build_domain(&lcm.domain[i], &planned[i]);
    }
}

static void finalise(void)
{
    struct xsm_error error = {0};

    if (policy_finalise(&error) != 0)
        report_refusal("the policy with %s on: %s", POLICY_OWN_BOOLEAN, error.text);
    sweep_channels();
    report_step(STEP_FINALISE, "launch finalised: nothing is built or given a role from here on");
}

static void assign_console(void)
{
    for (unsigned int i = 0; i < lcm.nr_domains; i++) {
        if (roles_starts(&lcm.domain[i])) {
            report_step(STEP_CONSOLE,
                        "console: kept by the hypervisor, input to %s; "
                        "Ctrl-%c moves it to the next domain",
                        lcm.domain[i].name, CONFIG_CONSOLE_SWITCH_KEY + 0x40);
            console_focus(planned[i].domain);
            return;
        }
    }
    report_refusal("no domain is left to start");
}

static void reclaim_modules(const struct boot_info *boot)
{
    uint64_t frames = 0;

    for (unsigned int i = 0; i < boot->nr_modules; i++)
        frames += memory_reclaim_boot(boot->module[i].range.start, boot->module[i].range.end);
    report_step(STEP_RECLAIM, "boot modules cleared: %lu KiB reclaimed, %lu MiB free",
                frames * PAGE_SIZE / KIB, memory_free_frames() * PAGE_SIZE / MIB);
}

static void unpause(void)
{
    char names[512];
    size_t at = 0;

    names[0] = '\0';
    for (unsigned int i = 0; i < lcm.nr_domains; i++) {
        if (!roles_starts(&lcm.domain[i]))
            continue;
        domain_unpause(planned[i].domain);
        if (at < sizeof(names))
            at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", at > 0 ? ", " : "",
                                   lcm.domain[i].name);
    }
    report_step(STEP_UNPAUSE, "unpaused: %s", names);
    domains_all_unpaused();
}

void launch(const struct boot_info *boot)
{
    list_modules(boot);
    describe_start(boot);
    read_lcm(boot);
    check_lcm(boot);
    load_policy();
    build_domains();
    report_step(STEP_BOOT_DOMAIN, "no boot domain");
    finalise();
    assign_console();
    reclaim_modules(boot);
    unpause();
}
