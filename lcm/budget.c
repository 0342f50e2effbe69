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
    unsigned int nr_domains;
};

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

static bool slots_suffice(const struct charge *charge, unsigned int more)
{
    return !charge->environment->max_domains ||
           charge->nr_domains + more <= charge->environment->max_domains;
}

static void take(struct charge *charge, const struct lcm_domain *domain)
{
    charge->memory_kib += domain->memory_kib;
    charge->nr_domains++;
}

/* "a 16384, b 16384": what required domains ask for; cut where there is no more room. */
static const char *list_required(const struct lcm *lcm, char text[LIST_SIZE])
{
    size_t used = 0;

    text[0] = '\0';
    for (unsigned int i = 0; i < lcm->nr_domains && used < LIST_SIZE; i++) {
        const struct lcm_domain *domain = &lcm->domain[i];
        int length;

        if (!is_charged(domain, true))
            continue;
        length = snprintf(text + used, LIST_SIZE - used, "%s%s %" PRIu64, used ? ", " : "",
                          domain->name, domain->memory_kib);
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
             charge->memory_kib, charge->environment->memory_kib, list_required(charge->lcm, list));
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
    const struct lcm_domain *no_memory = NULL, *no_slot = NULL;

    for (unsigned int i = 0; i < charge->lcm->nr_domains; i++) {
        const struct lcm_domain *domain = &charge->lcm->domain[i];

        if (!is_charged(domain, true))
            continue;
        take(charge, domain);
        if (!no_memory && !memory_suffices(charge, 0))
            no_memory = domain;
        if (!no_slot && !slots_suffice(charge, 0))
            no_slot = domain;
    }
    if (no_memory)
        report_memory(charge, no_memory);
    if (no_slot)
        report_slots(charge, no_slot);
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
    else
        take(charge, domain);
}

void lcm_check_budget(struct lcm *lcm, const struct lcm_environment *environment,
                      struct lcm_report *report)
{
    struct charge charge = {.lcm = lcm, .environment = environment, .report = report};

    charge_required(&charge);
    /* What is refused as a whole needs no more words. */
    if (!memory_suffices(&charge, 0) || !slots_suffice(&charge, 0))
        return;
    for (unsigned int i = 0; i < lcm->nr_domains; i++) {
        if (is_charged(&lcm->domain[i], false))
            charge_optional(&charge, &lcm->domain[i]);
    }
}
