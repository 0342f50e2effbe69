/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What all domains take together. Required domains are charged first, since the launch fails with
 * any of them; an optional one that finds too little left fails alone.
 */
#include <inttypes.h>
#include <stdio.h>

#include "lcm/node.h"

#define LIST_SIZE 96u

struct charge {
    struct lcm *lcm;
    const struct lcm_environment *environment;
    struct lcm_report *report;
    uint64_t memory_kib; /* taken so far */
    uint64_t cpus;
    bool sharing; /* one of these CPUs is for the domains that share */
    unsigned int nr_domains;
};

/* Of what required domains ask for, those that are listed by name. */
enum asked { MEMORY_KIB, CPUS };

/* A domain that has failed takes nothing. */
static bool is_charged(const struct lcm_domain *domain, bool required)
{
    return !domain->failed && domain->required == required;
}

/* No overflow: each domain's memory is below 2^54 KiB, and there are at most 64. */
static bool memory_suffices(const struct charge *charge, uint64_t more_kib)
{
    return !charge->environment->memory_kib ||
           charge->memory_kib + more_kib <= charge->environment->memory_kib;
}

/* Of the machine's. However many domains share, they can do with one; the first one takes it. */
static uint32_t cpus_for(const struct charge *charge, const struct lcm_domain *domain)
{
    if (domain->scheduling == LCM_DEDICATED)
        return domain->cpus;
    return charge->sharing ? 0 : 1;
}

/* No overflow: each domain has less than 2^32, and there are at most 64. */
static bool cpus_suffice(const struct charge *charge, uint32_t more)
{
    return !charge->environment->nr_cpus || charge->cpus + more <= charge->environment->nr_cpus;
}

static bool slots_suffice(const struct charge *charge, unsigned int more)
{
    return !charge->environment->max_domains ||
           charge->nr_domains + more <= charge->environment->max_domains;
}

static void take(struct charge *charge, const struct lcm_domain *domain)
{
    charge->memory_kib += domain->memory_kib;
    charge->cpus += cpus_for(charge, domain);
    charge->sharing = charge->sharing || domain->scheduling == LCM_SHARED;
    charge->nr_domains++;
}

/* For this domain alone. */
static uint64_t amount(const struct lcm_domain *domain, enum asked asked)
{
    if (asked == MEMORY_KIB)
        return domain->memory_kib;
    return domain->scheduling == LCM_DEDICATED ? domain->cpus : 0;
}

/* "a 16384, b 16384": what required domains ask for; cut where there is no more room. */
static const char *list_required(const struct lcm *lcm, enum asked asked, char text[LIST_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned int i = 0; i < lcm->nr_domains && used < LIST_SIZE; i++) {
        const struct lcm_domain *domain = &lcm->domain[i];
        int length;

        if (!is_charged(domain, true) || !amount(domain, asked))
            continue;
        length = snprintf(text + used, LIST_SIZE - used, "%s%s %" PRIu64, used ? ", " : "",
                          domain->name, amount(domain, asked));
        if (length < 0)
            break;
        used += (size_t)length;
    }
    return text;
}

/* `domain` is the first that finds too little left. */
static void report_memory(const struct charge *charge, const struct lcm_domain *domain)
{
    char list[LIST_SIZE];

    lcm_find(charge->report, LCM_ERROR, NULL, domain->path,
             "the required domains together ask for %" PRIu64
             " KiB of memory, but the machine has %" PRIu64
             " KiB for them (%s): give some of them less",
             charge->memory_kib, charge->environment->memory_kib,
             list_required(charge->lcm, MEMORY_KIB, list));
}

static void report_cpus(const struct charge *charge, const struct lcm_domain *domain)
{
    char list[LIST_SIZE];

    lcm_find(charge->report, LCM_ERROR, NULL, domain->path,
             "the required domains ask for %" PRIu64 " CPUs (%s%s), but the machine has %u: "
             "give some fewer, or scheduling = \"shared\"",
             charge->cpus, list_required(charge->lcm, CPUS, list),
             charge->sharing ? ", and 1 for all that share" : "", charge->environment->nr_cpus);
}

static void report_slots(const struct charge *charge, const struct lcm_domain *domain)
{
    unsigned int most = charge->environment->max_domains;

    lcm_find(charge->report, LCM_ERROR, NULL, domain->path,
             "is required domain number %u, but this hypervisor was built for %u (MAX_DOMAINS)",
             most + 1, most);
}

static void charge_required(struct charge *charge)
{
    const struct lcm_domain *no_memory = NULL, *no_cpu = NULL, *no_slot = NULL;

    for (unsigned int i = 0; i < charge->lcm->nr_domains; i++) {
        const struct lcm_domain *domain = &charge->lcm->domain[i];

        if (!is_charged(domain, true))
            continue;
        take(charge, domain);
        if (!no_memory && !memory_suffices(charge, 0))
            no_memory = domain;
        if (!no_cpu && !cpus_suffice(charge, 0))
            no_cpu = domain;
        if (!no_slot && !slots_suffice(charge, 0))
            no_slot = domain;
    }
    if (no_memory)
        report_memory(charge, no_memory);
    if (no_cpu)
        report_cpus(charge, no_cpu);
    if (no_slot)
        report_slots(charge, no_slot);
}

static void refuse_cpus(const struct charge *charge, struct lcm_domain *domain)
{
    unsigned int all = charge->environment->nr_cpus;

    if (domain->scheduling == LCM_SHARED)
        lcm_find(charge->report, LCM_DOMAIN_ERROR, domain, domain->path,
                 "no CPU is left to share: dedicated domains have all %u of the machine; "
                 "let them have fewer",
                 all);
    else
        lcm_find(charge->report, LCM_DOMAIN_ERROR, domain, domain->path,
                 "cpus is %u, each a CPU of its own: the domains before it leave %" PRIu64
                 " of the %u that the machine has; ask for fewer, or for scheduling = \"shared\"",
                 domain->cpus, all - charge->cpus, all);
}

static void charge_optional(struct charge *charge, struct lcm_domain *domain)
{
    uint64_t all_kib = charge->environment->memory_kib;

    if (!slots_suffice(charge, 1))
        lcm_find(charge->report, LCM_DOMAIN_ERROR, domain, domain->path,
                 "this hypervisor was built for %u domains (MAX_DOMAINS), and the required and "
                 "earlier ones are as many",
                 charge->environment->max_domains);
    else if (!memory_suffices(charge, domain->memory_kib))
        lcm_find(charge->report, LCM_DOMAIN_ERROR, domain, domain->path,
                 "memory is %" PRIu64 " KiB: the domains before it leave %" PRIu64
                 " of the %" PRIu64 " KiB that the machine has for all domains",
                 domain->memory_kib, all_kib - charge->memory_kib, all_kib);
    else if (!cpus_suffice(charge, cpus_for(charge, domain)))
        refuse_cpus(charge, domain);
    else
        take(charge, domain);
}

/* Not with the domain on CPU 0: which one that is, the hypervisor decides. */
static void note_no_shared_cpu(const struct charge *charge)
{
    if (charge->environment->nr_cpus && charge->cpus == charge->environment->nr_cpus &&
        !charge->sharing)
        lcm_find(charge->report, LCM_NOTICE, NULL, "",
                 "dedicated domains have every CPU: the console is polled on CPU 0, whose domain "
                 "sees the hypervisor's entries for it; to avoid that, leave one CPU");
}

void lcm_check_budget(struct lcm *lcm, const struct lcm_environment *environment,
                      struct lcm_report *report)
{
    struct charge charge = {.lcm = lcm, .environment = environment, .report = report};

    charge_required(&charge);
    /* What is refused as a whole needs no more words. */
    if (!memory_suffices(&charge, 0) || !cpus_suffice(&charge, 0) || !slots_suffice(&charge, 0))
        return;
    for (unsigned int i = 0; i < lcm->nr_domains; i++) {
        if (is_charged(&lcm->domain[i], false))
            charge_optional(&charge, &lcm->domain[i]);
    }
    note_no_shared_cpu(&charge);
}
