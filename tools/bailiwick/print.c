/* SPDX-License-Identifier: BSD-2-Clause */
#include <inttypes.h>
#include <stdio.h>

#include "tools/bailiwick/system.h"

#define ROLES_SIZE 64

static unsigned int print_findings(const struct system *system, enum lcm_severity severity)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < system->report.nr_findings; i++) {
        const struct lcm_finding *finding = &system->report.finding[i];

        if (finding->severity != severity)
            continue;
        fprintf(stderr, "%s: %s: %s%s%s\n", system->file, lcm_severity_name(severity),
                finding->path, finding->path[0] ? ": " : "", finding->text);
        count++;
    }
    return count;
}

static void print_domain(const struct system *system, unsigned int index)
{
    const struct lcm_domain *domain = &system->lcm.domain[index];
    char label[XSM_MAX_CONTEXT] = "", roles[ROLES_SIZE];

    if (xsm_sid_to_context(&system->engine, system->assignment[index].sid, label, sizeof(label)))
        label[0] = '\0';
    printf("  domid %-3u %-16s %6" PRIu64 " MiB  %s  roles: %s\n", domain->domid, domain->name,
           domain->memory_kib / 1024, label[0] ? label : "(no label)",
           roles_names(system->assignment[index].roles, roles, sizeof(roles)));
}

static uint64_t memory_of_domains(const struct lcm *lcm)
{
    uint64_t sum_kib = 0;

    for (unsigned int i = 0; i < lcm->nr_domains; i++)
        sum_kib += lcm->domain[i].memory_kib;
    return sum_kib;
}

static unsigned int dedicated_cpus(const struct lcm *lcm)
{
    unsigned int sum = 0;

    for (unsigned int i = 0; i < lcm->nr_domains; i++) {
        if (lcm->domain[i].scheduling == LCM_DEDICATED)
            sum += lcm->domain[i].cpus;
    }
    return sum;
}

static void print_summary(const struct system *system)
{
    char policy[160] = "";

    if (!system->engine.flask || xsm_describe_policy(&system->engine, policy, sizeof(policy)) != 0)
        snprintf(policy, sizeof(policy), "no policy: the role engine decides alone");
    printf("%s: %u domain%s, %u module%s; %s\n", system->file, system->lcm.nr_domains,
           system->lcm.nr_domains == 1 ? "" : "s", system->nr_files,
           system->nr_files == 1 ? "" : "s", policy);
    for (unsigned int i = 0; i < system->lcm.nr_domains; i++)
        print_domain(system, i);
    printf("  memory: %" PRIu64 " of the %" PRIu64 " MiB that a machine of %" PRIu64
           " MiB has for domains\n",
           memory_of_domains(&system->lcm) / 1024, system->memory_kib / 1024,
           system->options->machine_kib / 1024);
    printf("  CPUs: %u of the machine's %u are dedicated\n", dedicated_cpus(&system->lcm),
           system->options->nr_cpus);
}

void system_print(const struct system *system)
{
    unsigned int notices = print_findings(system, LCM_NOTICE);
    unsigned int errors = print_findings(system, LCM_DOMAIN_ERROR);

    errors += print_findings(system, LCM_ERROR);
    if (system->report.nr_dropped)
        fprintf(stderr, "%s: and %u more findings\n", system->file, system->report.nr_dropped);
    if (system_has_errors(system))
        fprintf(stderr, "%s: %u error%s, %u notice%s\n", system->file, errors,
                errors == 1 ? "" : "s", notices, notices == 1 ? "" : "s");
    else
        print_summary(system);
}
