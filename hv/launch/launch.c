/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/launch/crash.h"
#include "hv/launch/launch.h"
#include "hv/launch/plan.h"
#include "hv/launch/report.h"
#include "hv/machine/cpus.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "lcm/classic.h"
#include "lcm/lcm.h"
#include "roles/roles.h"

struct plan plan;

static void list_modules(void)
{
    for (unsigned int i = 0; i < plan.boot->nr_modules; i++) {
        const struct boot_module *m = &plan.boot->module[i];

        if (!memory_holds_modules(m->range.start, m->range.end))
            report_refusal("boot module %u (`%s`) lies where there is no memory for it", i,
                           m->line);
        plan.module[i] = (struct lcm_boot_module){.data = map_paddr(m->range.start),
                                                  .address = m->range.start.a,
                                                  .size = m->range.end.a - m->range.start.a,
                                                  .line = m->line};
    }
}

static void describe_start(void)
{
    report_step(STEP_START, "start: %lu MiB of memory, %lu MiB free; %u modules by %s (%s)",
                memory_total_frames() * PAGE_SIZE / MIB, memory_free_frames() * PAGE_SIZE / MIB,
                plan.boot->nr_modules, plan.boot->loader, plan.boot->protocol);
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
    const struct lcm_finding *why = report_fatal(&plan.report);

    report_findings(&plan.report, why);
    if (why != NULL && why->severity == LCM_DOMAIN_ERROR)
        report_refusal("domain %s is required, and failed: %s: %s", why->domain->name, why->path,
                       why->text);
    if (why != NULL)
        report_refusal("%s: %s", why->path[0] != '\0' ? why->path : plan.module[0].line, why->text);
    if (refused)
        report_refusal("the LCM `%s` has errors", plan.module[0].line);
}

static struct lcm_environment environment(void)
{
    return (struct lcm_environment){
        .module = plan.module,
        .nr_modules = plan.boot->nr_modules,
        .memory_kib = lcm_memory_for_domains(memory_free_frames() * (PAGE_SIZE / KIB)),
        .nr_cpus = cpus_count(),
        .max_cpus = CONFIG_MAX_VCPUS,
        .max_domains = CONFIG_MAX_DOMAINS,
        .max_modules = LCM_MAX_BOOT_MODULES,
        .max_line = LCM_MAX_LINE,
        .domains_only_pvh = true,
    };
}

int plan_check(struct lcm_report *report)
{
    const struct lcm_environment has = environment();

    plan.checked = true;
    return lcm_check(&plan.lcm, &has, report);
}

/* Is this a launch without an LCM, in a build that has those? Then its plan is made. */
static bool is_classic(void)
{
#ifdef CONFIG_LAUNCH_CLASSIC
    const struct lcm_environment has = environment();

    if (!lcm_is_kernel(&plan.module[0]))
        return false;
    plan.checked = true;
    (void)lcm_classic(&has, plan.boot->command_line, &plan.lcm, &plan.report);
    report_step(STEP_LCM, "the first module `%s` is a kernel, no LCM: it is launched alone",
                plan.module[0].line);
    report_or_refuse(false);
    return true;
#else
    return false;
#endif
}

static void read_lcm(void)
{
    const struct lcm_boot_module *first = &plan.module[0];
    char bytes[16];

    if (plan.boot->nr_modules == 0)
        report_refusal("the bootloader loaded no modules: the first must be the launch control "
                       "module (LCM), a flattened device tree");
    if (is_classic())
        return;
    if (lcm_is_bzimage(first))
        report_refusal("the first boot module `%s` is a Linux bzImage, which this version doesn't "
                       "unpack: give it the ELF file in it (extract-vmlinux), or an LCM",
                       first->line);
    if (!lcm_is_lcm(first->data, first->size))
        report_refusal("the first boot module `%s` (%lu bytes, beginning %s) is no launch control "
                       "module: expected a flattened device tree, beginning d0 0d fe ed; put the "
                       "LCM first in the boot menu",
                       first->line, first->size, first_bytes(first, bytes));
    if (lcm_parse(first->data, first->size, &plan.lcm, &plan.report) != 0)
        report_or_refuse(true);
    report_step(STEP_LCM, "the first module `%s` is an LCM: %u domains, %u modules", first->line,
                plan.lcm.nr_domains, plan.lcm.nr_modules);
    report_or_refuse(plan_check(&plan.report) != 0);
}

/* Before anything that the CPUs might do wrong without it. */
static void load_microcode(void)
{
    const struct lcm_boot_module *module;
    char text[200];

    if (plan.lcm.microcode == NULL)
        return;
    module = &plan.module[plan.lcm.microcode->boot_module];
    if (arch_load_microcode(module->data, module->size, text, sizeof(text)) != 0)
        report_refusal("%s: the microcode `%s` can't be used: %s", plan.lcm.microcode->path,
                       module->line, text);
    report_step(STEP_POLICY, "microcode `%s`: %s", module->line, text);
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
    if (plan.lcm.policy == NULL) {
        if (roles_need_policy(&plan.lcm))
            report_refusal("the LCM names labels, but no xsm-policy module: name one, or no "
                           "security-id");
        refuse_without_policy();
        report_step(STEP_POLICY, "no policy and no labels: the role engine decides alone");
        return;
    }
    module = &plan.module[plan.lcm.policy->boot_module];
    if (module->size > LARGEST_POLICY)
        report_refusal("%s: `%s` has %lu KiB: a policy has at most %lu", plan.lcm.policy->path,
                       module->line, module->size / KIB, LARGEST_POLICY / KIB);
#ifdef CONFIG_COVERAGE
    if (policy_collect(&error) != 0)
        report_refusal("no memory to collect decisions in (COVERAGE): %s", error.text);
#endif
    if (policy_load(module->data, module->size, &error) != 0)
        report_refusal("%s: the policy `%s` can't be used: %s", plan.lcm.policy->path, module->line,
                       error.text);
    describe_policy(module);
    report_or_refuse(roles_check_labels(&gate_engine, &plan.lcm, &plan.report) != 0);
}

/* A domain that can't be had: alone if it is optional, with the whole launch if it is required. */
static void fail_domain(struct lcm_domain *d, const char *path, const char *why)
{
    d->failed = true;
    if (d->required)
        report_refusal("domain %s is required, and failed: %s: %s", d->name, path, why);
    hv_log("domain %s failed: %s: %s", d->name, path, why);
}

static void build(unsigned int number)
{
    const struct planned_domain *planned = &plan.domain[number];
    struct lcm_domain *d = &plan.lcm.domain[number];
    char label[XSM_MAX_CONTEXT], roles[80];
    const char *problem = build_domain(number, "");

    if (problem != NULL) {
        fail_domain(d, d->kernel->path, problem);
        return;
    }
    (void)xsm_sid_to_context(&gate_engine, planned->assignment.sid, label, sizeof(label));
    report_step(STEP_DOMAIN, "%s: built as domid %u, %lu MiB, %u %svCPU%s, label %s, roles: %s",
                d->name, d->domid, d->memory_kib / 1024, d->cpus,
                d->scheduling == LCM_DEDICATED ? "dedicated " : "", d->cpus > 1 ? "s" : "",
                label[0] != '\0' ? label : "none",
                roles_names(planned->assignment.roles, roles, sizeof(roles)));
}

static void build_domains(void)
{
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        const struct lcm_domain *d = &plan.lcm.domain[i];
        int error = d->failed ? 0 : build_assign(i, roles_assign);

        report_or_refuse(d->required && (error != 0 || d->failed));
    }
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        if (!plan.lcm.domain[i].failed)
            build(i);
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
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        if (roles_starts(&plan.lcm.domain[i])) {
            report_step(STEP_CONSOLE,
                        "console: kept by the hypervisor, input to %s; "
                        "Ctrl-%c moves it to the next domain",
                        plan.lcm.domain[i].name, CONFIG_CONSOLE_SWITCH_KEY + 0x40);
            console_focus(plan.domain[i].domain);
            return;
        }
    }
    report_refusal("no domain is left to start");
}

static void reclaim_modules(void)
{
    uint64_t frames = 0;

    for (unsigned int i = 0; i < plan.boot->nr_modules; i++)
        frames +=
            memory_reclaim_boot(plan.boot->module[i].range.start, plan.boot->module[i].range.end);
    report_step(STEP_RECLAIM, "boot modules cleared: %lu KiB reclaimed, %lu MiB free",
                frames * PAGE_SIZE / KIB, memory_free_frames() * PAGE_SIZE / MIB);
}

static void unpause(void)
{
    char names[512];
    size_t at = 0;

    names[0] = '\0';
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        if (!roles_starts(&plan.lcm.domain[i]))
            continue;
        domain_unpause(plan.domain[i].domain);
        if (at < sizeof(names))
            at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", at > 0 ? ", " : "",
                                   plan.lcm.domain[i].name);
    }
    report_step(STEP_UNPAUSE, "unpaused: %s", names);
    domains_all_unpaused();
}

void launch(const struct boot_info *boot)
{
    plan.boot = boot;
    list_modules();
    describe_start();
    read_lcm();
    load_microcode();
    load_policy();
    build_domains();
    report_step(STEP_BOOT_DOMAIN, "no boot domain");
    finalise();
    assign_console();
    reclaim_modules();
    unpause();
}
