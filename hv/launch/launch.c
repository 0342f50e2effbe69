/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/gate/change.h"
#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/launch/boot_domain.h"
#include "hv/launch/launch.h"
#include "hv/launch/plan.h"
#include "hv/launch/record.h"
#include "hv/launch/report.h"
#include "hv/machine/cpus.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "lcm/lcm.h"
#include "roles/roles.h"

static void describe_start(void)
{
    report_step(STEP_START, "start: %lu MiB of memory, %lu MiB free; %u modules by %s (%s)",
                memory_total_frames() * PAGE_SIZE / MIB, memory_free_frames() * PAGE_SIZE / MIB,
                plan.boot->nr_modules, plan.boot->loader, plan.boot->protocol);
    hv_log("    CPU: %s", arch_describe());
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
    int status;

    if (plan.lcm.policy == NULL) {
        if (roles_need_policy(&plan.lcm))
            report_refusal("the LCM names labels, but no xsm-policy module: name one, or no "
                           "security-id");
        refuse_without_policy();
        report_step(STEP_POLICY, "no policy and no labels: the role engine decides alone");
        return;
    }
    module = &plan.module[plan.lcm.policy->boot_module];
    if (plan_load_policy(&error) != 0)
        report_refusal("%s: the policy `%s` can't be used: %s", plan.lcm.policy->path, module->line,
                       error.text);
    describe_policy(module);
    status = roles_check_labels(&gate_engine, &plan.lcm, &plan.report);
    if (roles_check_seal(&gate_engine, &plan.lcm, &plan.report) != 0)
        status = -EINVAL;
    plan_report_or_refuse(status != 0);
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
        int error = d->failed ? 0 : build_assign(i);

        plan_report_or_refuse(d->required && (error != 0 || d->failed));
    }
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        if (!plan.lcm.domain[i].failed)
            build(i);
    }
}

static void finalise(void)
{
    const bool seal = plan.lcm.policy != NULL && plan.lcm.policy->seal;
    struct xsm_error error = {0};
    bool sealed;
    int status;

    policy_take_turn();
    status = policy_finalise(&error);
    if (status == 0)
        sweep_channels();
    sealed = status == 0 && seal && change_seal() != -EBUSY;
    policy_end();
    if (status != 0)
        report_refusal("the policy with %s on: %s", POLICY_OWN_BOOLEAN, error.text);
    if (seal && !sealed)
        report_refusal("%s: the policy can't be sealed: it isn't enforced, or has permissive types",
                       plan.lcm.policy->path);
    report_step(STEP_FINALISE, "launch finalised: nothing is built or given a role from here on%s",
                sealed ? "; the policy is sealed" : "");
}

static void give_console(unsigned int number, const char *why)
{
    report_step(STEP_CONSOLE,
                "console: kept by the hypervisor, input to %s (%s); Ctrl-%c moves it to the next "
                "domain",
                plan.lcm.domain[number].name, why, CONFIG_CONSOLE_SWITCH_KEY + 0x40);
    console_focus(plan.domain[number].domain);
}

static bool has_state(unsigned int number, enum domain_state state)
{
    const struct domain *d = plan.domain[number].domain;

    return d != NULL && __atomic_load_n(&d->state, __ATOMIC_SEQ_CST) == state;
}

static void assign_console(void)
{
    bool have_stopped = false;
    const char *why;
    uint64_t there = 0;
    int number;

    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        bool has_stopped = has_state(i, DOMAIN_STOPPED);

        have_stopped |= has_stopped;
        there |= plan.domain[i].domain != NULL && !has_stopped ? UINT64_C(1) << i : 0;
    }
    number = roles_find_console(&plan.lcm, there, &why);
    if (number >= 0)
        give_console((unsigned int)number, why);
    else if (have_stopped)
        report_step(STEP_CONSOLE, "console: kept by the hypervisor; who was started has stopped");
    else
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

/* Does it still have to be started? */
static bool is_staged(unsigned int number)
{
    return roles_starts(&plan.lcm.domain[number]) && has_state(number, DOMAIN_BUILDING);
}

static void unpause(void)
{
    char names[512];
    size_t at = 0;

    names[0] = '\0';
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        if (!is_staged(i))
            continue;
        domain_unpause(plan.domain[i].domain);
        if (at < sizeof(names))
            at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", at > 0 ? ", " : "",
                                   plan.lcm.domain[i].name);
    }
    report_step(STEP_UNPAUSE, "unpaused: %s", names[0] != '\0' ? names : "all are already");
    domains_all_unpaused();
}

/* From here on there is no boot domain, and none will be. */
static void complete(void)
{
    finalise();
    assign_console();
    reclaim_modules();
    unpause();
}

void launch(const struct boot_info *boot)
{
    xsm_init_roles_engine(&gate_engine);
    plan_list_modules(boot);
    describe_start();
    plan_read_lcm();
    plan_measure();
    load_microcode();
    load_policy();
    plan_label_modules();
    build_domains();
    record_launch();
    if (boot_domain_start())
        return;
    report_step(STEP_BOOT_DOMAIN, "no boot domain");
    complete();
}

void launch_go_on(void)
{
    const char *why = boot_domain_end();

    if (why != NULL)
        report_refusal("%s", why);
    boot_domain_reclaim();
    complete();
}
