/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The LCM's domains against each other and against the machine.
 */
#include <errno.h>
#include <inttypes.h>

#include "lcm/node.h"

/* Report a fault of one domain. */
#define FAULT(report, domain, ...)                                                                 \
    lcm_find(report, LCM_DOMAIN_ERROR, domain, (domain)->path, __VA_ARGS__)

static void check_mode(struct lcm_domain *domain, struct lcm_report *report)
{
    if (domain->mode & LCM_MODE_PARAVIRTUALIZED)
        FAULT(report, domain,
              "%s asks for a PV guest (mode bit 0), which this hypervisor doesn't "
              "run: use mode = <4>, 64-bit PVH, and a kernel that has a PVH entry",
              domain->name);
    else if (domain->mode & LCM_MODE_ENABLE_DEVICE_MODEL)
        FAULT(report, domain,
              "%s asks for a device model (mode bit 1), which this hypervisor "
              "doesn't run: use mode = <4>, 64-bit PVH",
              domain->name);
    else if (domain->mode != LCM_MODE_LONG)
        FAULT(report, domain,
              "%s has mode 0x%x, which this hypervisor doesn't run: use mode = <4>, "
              "64-bit PVH",
              domain->name, domain->mode);
}

/* What it was to prepare would start without. */
static void check_boot_domain(struct lcm_domain *domain, struct lcm_report *report)
{
    if ((domain->functions & LCM_FUNCTION_BOOT) != 0 && !domain->required)
        lcm_find(report, LCM_ERROR, NULL, domain->path,
                 "%s is the boot domain, and not required: nothing may start that it hasn't "
                 "prepared, so remove required = <0>",
                 domain->name);
}

/* What a boot domain has, it has until it finalises. */
static void note_passing_roles(const struct lcm_domain *domain, struct lcm_report *report)
{
    uint32_t others = domain->functions & ~(uint32_t)(LCM_FUNCTION_BOOT | LCM_FUNCTION_CRASH);

    if ((domain->functions & LCM_FUNCTION_BOOT) != 0 && (others | domain->permissions) != 0)
        lcm_find(report, LCM_NOTICE, NULL, domain->path,
                 "%s is the boot domain: when it has finalised it is gone, and its other roles "
                 "with it",
                 domain->name);
}

/*
 * Here and in check_memory, before what domains take together (budget.c): one that is larger than
 * the machine fails alone.
 */
static void check_cpus(struct lcm_domain *domain, const struct lcm_environment *environment,
                       struct lcm_report *report)
{
    if (domain->cpus > environment->max_cpus)
        FAULT(report, domain, "cpus is %u: a domain can have at most %u", domain->cpus,
              environment->max_cpus);
    else if (domain->scheduling == LCM_DEDICATED && environment->nr_cpus &&
             domain->cpus > environment->nr_cpus)
        FAULT(report, domain,
              "cpus is %u, each a CPU of its own: alone more than the %u that the machine has; "
              "ask for fewer, or for scheduling = \"shared\"",
              domain->cpus, environment->nr_cpus);
}

static void check_reserved_domid(struct lcm_domain *domain, struct lcm_report *report)
{
    if (domain->domid < LCM_FIRST_RESERVED_DOMID)
        return;
    if (domain->domid == LCM_BOOT_DOMID && (domain->functions & LCM_FUNCTION_BOOT))
        return;
    FAULT(report, domain, "domid %u (0x%x) is reserved: choose one from 1 to %u, or none",
          domain->domid, domain->domid, LCM_FIRST_RESERVED_DOMID - 1);
}

static void check_memory(struct lcm_domain *domain, const struct lcm_environment *environment,
                         struct lcm_report *report)
{
    if (environment->memory_kib && domain->memory_kib > environment->memory_kib)
        FAULT(report, domain,
              "memory is %" PRIu64 " KiB: alone more than the %" PRIu64
              " KiB that the machine has for all domains",
              domain->memory_kib, environment->memory_kib);
}

static bool wants_domid(const struct lcm_domain *domain, uint32_t *domid)
{
    *domid = domain->domid;
    if (domain->functions & LCM_FUNCTION_LEGACY_DOM0)
        *domid = 0;
    return domain->domid != 0 || (domain->functions & LCM_FUNCTION_LEGACY_DOM0);
}

/* The first domain before `end` that asks for this domid, or NULL. */
static const struct lcm_domain *find_domid(const struct lcm *lcm, unsigned int end, uint32_t domid)
{
    for (unsigned int i = 0; i < end; i++) {
        uint32_t other;

        if (wants_domid(&lcm->domain[i], &other) && other == domid)
            return &lcm->domain[i];
    }
    return NULL;
}

static void check_domids(const struct lcm *lcm, struct lcm_report *report)
{
    for (unsigned int i = 1; i < lcm->nr_domains; i++) {
        const struct lcm_domain *first = NULL;
        uint32_t domid;

        if (wants_domid(&lcm->domain[i], &domid))
            first = find_domid(lcm, i, domid);
        if (first)
            lcm_find(report, LCM_ERROR, NULL, lcm->domain[i].path,
                     "domid %u is %s's already: choose another, or none", domid, first->path);
    }
}

/* What is given to one domain is never taken again: it counts as asked for from then on. */
static void assign_domids(struct lcm *lcm)
{
    uint32_t next = 1;

    for (unsigned int i = 0; i < lcm->nr_domains; i++) {
        struct lcm_domain *domain = &lcm->domain[i];

        if (wants_domid(domain, &domain->domid))
            continue;
        while (find_domid(lcm, lcm->nr_domains, next))
            next++;
        domain->domid = next;
    }
}

static void check_domain(struct lcm_domain *domain, const struct lcm_environment *environment,
                         struct lcm_report *report)
{
    if (environment->domains_only_pvh)
        check_mode(domain, report);
    check_boot_domain(domain, report);
    note_passing_roles(domain, report);
    check_cpus(domain, environment, report);
    check_reserved_domid(domain, report);
    check_memory(domain, environment, report);
}

int lcm_check(struct lcm *lcm, const struct lcm_environment *environment, struct lcm_report *report)
{
    lcm_check_modules(lcm, environment, report);
    for (unsigned int i = 0; i < lcm->nr_domains; i++)
        check_domain(&lcm->domain[i], environment, report);
    check_domids(lcm, report);
    assign_domids(lcm);
    lcm_check_budget(lcm, environment, report);
    return report->nr_errors ? -EINVAL : 0;
}
