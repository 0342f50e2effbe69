/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/launch/plan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/launch/report.h"
#include "hv/machine/cpus.h"
#include "hv/machine/memory.h"
#include "lcm/classic.h"
#include "lcm/styles.h"

struct plan plan;

void plan_list_modules(const struct boot_info *boot)
{
    plan.boot = boot;
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

void plan_report_or_refuse(bool refused)
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

static bool is_kernel(const struct lcm_boot_module *module)
{
    return lcm_is_kernel(module->data, module->size) || lcm_is_bzimage(module->data, module->size);
}

/* A launch without an LCM. */
static void plan_classic(void)
{
    const struct lcm_environment has = environment();
    int error = lcm_classic(&has, plan.boot->command_line, &plan.lcm, &plan.report);

    plan.checked = true;
    report_step(STEP_LCM, "the first module `%s` is a kernel, no LCM: it is launched alone",
                plan.module[0].line);
    plan_report_or_refuse(error != 0);
}

/* What is first isn't an LCM, and no kernel that is launched without. */
static _Noreturn void refuse_first(const struct lcm_boot_module *first)
{
    char bytes[16];

    if (is_kernel(first))
        report_refusal("the first boot module `%s` is a kernel, and this hypervisor was built "
                       "without launching Dom0 alone: build it with LAUNCH_CLASSIC, or give it an "
                       "LCM",
                       first->line);
    report_refusal("the first boot module `%s` (%lu bytes, beginning %s) is no launch control "
                   "module: expected a flattened device tree, beginning d0 0d fe ed; put the LCM "
                   "first in the boot menu",
                   first->line, first->size, first_bytes(first, bytes));
}

void plan_read_lcm(void)
{
    const struct lcm_boot_module *first = &plan.module[0];

    if (plan.boot->nr_modules == 0)
        report_refusal("the bootloader loaded no modules: the first must be the launch control "
                       "module (LCM), a flattened device tree");
    if (LCM_HAS_CLASSIC && is_kernel(first) && !lcm_is_lcm(first->data, first->size)) {
        plan_classic();
        return;
    }
    if (!lcm_is_lcm(first->data, first->size))
        refuse_first(first);
    if (lcm_parse(first->data, first->size, &plan.lcm, &plan.report) != 0)
        plan_report_or_refuse(true);
    report_step(STEP_LCM, "the first module `%s` is an LCM%s: %u domains, %u modules", first->line,
                plan.lcm.dom0less ? " by Xen's dom0less binding" : "", plan.lcm.nr_domains,
                plan.lcm.nr_modules);
    plan_report_or_refuse(plan_check(&plan.report) != 0);
}

/* A digest that was found to match, so that the module isn't read twice; or NULL. */
static const uint8_t *find_digest(unsigned int boot_module)
{
    for (unsigned int i = 0; i < plan.lcm.nr_modules; i++)
        if (plan.lcm.module[i].boot_module == (int)boot_module && plan.lcm.module[i].verified)
            return plan.lcm.module[i].digest;
    return NULL;
}

bool plan_has_started(void)
{
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++)
        if (plan.domain[i].domain != NULL &&
            __atomic_load_n(&plan.domain[i].domain->state, __ATOMIC_SEQ_CST) == DOMAIN_STOPPED)
            return true;
    return false;
}

void plan_measure(void)
{
    for (unsigned int i = 0; i < plan.boot->nr_modules; i++) {
        const uint8_t *known = find_digest(i);

        if (known != NULL)
            memcpy(plan.digest[i], known, LCM_DIGEST_SIZE);
        else
            lcm_sha256(plan.module[i].data, plan.module[i].size, plan.digest[i]);
    }
}

void plan_label_modules(void)
{
    plan_report_or_refuse(roles_label_modules(&gate_engine, &plan.lcm, plan.boot->nr_modules,
                                              plan.module_sid, &plan.report) != 0);
}

int plan_load_policy(struct xsm_error *error)
{
    const struct lcm_boot_module *module = &plan.module[plan.lcm.policy->boot_module];

    if (module->size > LARGEST_POLICY) {
        error->offset = SIZE_MAX;
        (void)snprintf(error->text, sizeof(error->text), "it has %lu KiB: a policy has at most %lu",
                       module->size / KIB, LARGEST_POLICY / KIB);
        return -E2BIG;
    }
#ifdef CONFIG_COVERAGE
    if (policy_collect(error) != 0)
        return -ENOMEM;
#endif
    return policy_load(module->data, module->size, error);
}
