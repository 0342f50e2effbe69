/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/launch/boot_domain.h"

#include <stdio.h>

#include "hv/domain/sched.h"
#include "hv/launch/report.h"
#include "hv/machine/console.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/time.h"
#include "hv/public/bailiwick_op.h"

enum outcome { UNDECIDED, FINALISED, GIVEN_UP };

static struct {
    struct planned_domain *planned; /* NULL: there is none */
    const struct lcm_domain *lcm;
    uint64_t deadline; /* ns */
    enum outcome outcome;
    bool came_up;
    char why[BW_MOST_REASON + 1];
} boot;

bool boot_domain_start(void)
{
    int number = roles_find_boot(&plan.lcm);

    if (number < 0)
        return false;
    boot.lcm = &plan.lcm.domain[number];
    boot.planned = &plan.domain[number];
    boot.outcome = UNDECIDED;
    boot.came_up = false;
    boot.deadline = now() + boot.lcm->finalise_within * SECOND;
    report_step(STEP_BOOT_DOMAIN,
                "boot domain %s starts, alone, with the console; it has %u s to finalise",
                boot.lcm->name, boot.lcm->finalise_within);
    console_focus(boot.planned->domain);
    boot.planned->domain->awaited = true;
    sched_leave_at(boot.deadline);
    domain_unpause(boot.planned->domain);
    return true;
}

/* Several vCPUs may be at it at once. */
static bool decide(enum outcome outcome)
{
    enum outcome undecided = UNDECIDED;

    return __atomic_compare_exchange_n(&boot.outcome, &undecided, outcome, false, __ATOMIC_SEQ_CST,
                                       __ATOMIC_SEQ_CST);
}

void boot_domain_finalises(struct domain *d)
{
    (void)decide(FINALISED);
    domain_halt(d);
}

void boot_domain_gives_up(struct domain *d, const char *why)
{
    if (decide(GIVEN_UP))
        (void)snprintf(boot.why, sizeof(boot.why), "%s", why);
    domain_halt(d);
}

void boot_domain_came_up(const struct domain *d)
{
    if (!__atomic_exchange_n(&boot.came_up, true, __ATOMIC_RELAXED))
        report_step(STEP_CAME_UP, "%s has come up", d->name);
}

uint64_t boot_domain_time_left(void)
{
    uint64_t time = now();

    return boot.deadline > time ? boot.deadline - time : 0;
}

static const char *explain(const struct domain *d, bool in_time, char *text, size_t size)
{
    if (boot.outcome == GIVEN_UP)
        (void)snprintf(text, size, "boot domain %s gave up: %s", boot.lcm->name, boot.why);
    else if (in_time)
        (void)snprintf(text, size, "boot domain %s has stopped and didn't finalise: shutdown: %s",
                       boot.lcm->name, domain_shutdown_name(d->shutdown_code));
    else
        (void)snprintf(text, size, "boot domain %s didn't finalise within %u s", boot.lcm->name,
                       boot.lcm->finalise_within);
    return text;
}

/* What it did last counts: it is off before that is looked at. */
const char *boot_domain_end(void)
{
    static char text[sizeof(boot.why) + 100];
    struct domain *d = boot.planned->domain;
    bool in_time = __atomic_load_n(&d->state, __ATOMIC_SEQ_CST) == DOMAIN_STOPPED;

    domain_halt(d);
    domain_wait_off(d);
    sched_leave_at(NEVER);
    return boot.outcome == FINALISED ? NULL : explain(d, in_time, text, sizeof(text));
}

void boot_domain_reclaim(void)
{
    uint64_t cleared = memory_clear_owned(boot.planned->domain->domid);

    plan_destroy_domain((unsigned int)(boot.planned - plan.domain));
    boot_domain_forget_lcm();
    report_step(STEP_FINALISED, "boot domain %s has finalised: %lu KiB cleared and reclaimed",
                boot.lcm->name, cleared * (PAGE_SIZE / KIB));
}
