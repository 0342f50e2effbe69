/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/launch/crash.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "hv/domain/sched.h"
#include "hv/gate/change.h"
#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/launch/boot_domain.h"
#include "hv/launch/plan.h"
#include "hv/launch/record.h"
#include "hv/launch/report.h"
#include "hv/machine/console.h"
#include "hv/machine/log.h"
#include "hv/public/bailiwick_op.h"

#define ARGUMENT_SIZE 400u

/* In quotes, which a kernel keeps together, and without any within; cut to what fits. */
static const char *failure_argument(const char *why)
{
    static char text[ARGUMENT_SIZE] = "bailiwick.failure=\"";
    size_t at = strlen(text);

    for (; *why != '\0' && at < sizeof(text) - 2; why++)
        text[at++] = (char)(*why == '"' ? '\'' : *why);
    text[at] = '"';
    return text;
}

static bool is(const struct domain *d, enum domain_state state)
{
    return d != NULL && __atomic_load_n(&d->state, __ATOMIC_SEQ_CST) == state;
}

/* What the boot domain has started goes no further, but for the crash domain, and is kept. */
static void stop_others(int crash_domain)
{
    for (int i = 0; i < (int)plan.lcm.nr_domains; i++) {
        struct domain *d = plan.domain[i].domain;
        bool runs = is(d, DOMAIN_RUNNING);

        if (i == crash_domain && runs)
            continue;
        if (runs) {
            d->awaited = false;
            domain_halt(d);
            hv_log("domain %s is stopped, and stays as it is", d->name);
        }
        if (is(d, DOMAIN_STOPPED))
            domain_wait_off(d);
    }
}

/*
 * What has never run; the boot domain, which won't any more; and a crash domain that was started
 * and has stopped since, in whose place it is started again.
 */
static void give_back_domains(unsigned int crash_domain)
{
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++) {
        const struct domain *d = plan.domain[i].domain;
        bool is_over = i == crash_domain || roles_find_boot(&plan.lcm) == (int)i;

        if (is(d, DOMAIN_BUILDING) || (is_over && is(d, DOMAIN_STOPPED)))
            plan_destroy_domain(i);
    }
    boot_domain_forget_lcm();
}

/* If there is a policy to be had, it is enforced on the crash domain, too. */
static bool have_policy(void)
{
    const struct lcm_module *named = plan.lcm.policy;
    struct xsm_error error;

    if (policy_is_loaded())
        return true;
    return named != NULL && named->boot_module >= 0 && (!named->has_digest || named->verified) &&
           plan_load_policy(&error) == 0;
}

/* NULL, or what is wrong with it. */
static const char *build_alone(unsigned int number, const char *why)
{
    const struct lcm_domain *d = &plan.lcm.domain[number];
    bool with_policy;

    if (!plan.checked)
        (void)plan_check(&plan.report);
    plan_measure();
    if (d->failed || d->kernel == NULL || d->kernel->boot_module < 0)
        return "it has failed itself";
    with_policy = have_policy();
    if (!with_policy) {
#ifdef CONFIG_RELEASE
        return "there is no policy to be had, and this build (RELEASE) starts nothing without one";
#else
        hv_log("    there is no policy to be had: the role engine decides alone");
#endif
    }
    roles_leave_only_crash(&plan.lcm, number, with_policy);
    (void)roles_label_modules(&gate_engine, &plan.lcm, plan.boot->nr_modules, plan.module_sid,
                              &plan.report);
    if (build_assign(number) != 0) {
        report_findings(&plan.report, NULL);
        return "the policy doesn't let it have its label, role or kernel";
    }
    return build_domain(number, failure_argument(why));
}

/* It is enforced again, whoever had switched that off. A seal that is there already is as good. */
static void seal(void)
{
    (void)xsm_enforce(&gate_engine, true);
    if (change_seal() == -EBUSY)
        hv_log("    the policy can't be sealed: it has permissive types");
}

/*
 * Nothing is built or changed any more, whatever the policy would allow. A crash domain that runs
 * already may be at it, with another CPU.
 */
static void close_everything(void)
{
    struct xsm_error error;

    policy_take_turn();
    if (policy_finalise(&error) != 0)
        hv_log("    %s can't be switched on: %s", POLICY_OWN_BOOLEAN, error.text);
    if (policy_is_loaded())
        seal();
    sweep_channels();
    policy_end();
}

/* NULL, or what is wrong with it. */
static const char *prepare(unsigned int number, const char *why)
{
    const char *problem;

    if (is(plan.domain[number].domain, DOMAIN_RUNNING)) {
        give_back_domains(number);
        close_everything();
        hv_log("crash domain %s, which runs already, has the console and the reason",
               plan.lcm.domain[number].name);
        return NULL;
    }
    give_back_domains(number);
    problem = build_alone(number, why);
    if (problem != NULL)
        return problem;
    record_launch();
    close_everything();
    hv_log("crash domain %s starts, alone, with the console; no other domain starts",
           plan.lcm.domain[number].name);
    domain_unpause(plan.domain[number].domain);
    return NULL;
}

void crash_path(const char *why)
{
    static bool taken;
    int number = roles_find_crash(&plan.lcm);
    const char *problem;

    if (taken)
        return;
    taken = true;
    stop_others(number);
    if (number < 0)
        return;
    problem = prepare((unsigned int)number, why);
    if (problem != NULL) {
        hv_log("the crash domain %s can't be started: %s", plan.lcm.domain[number].name, problem);
        return;
    }
    console_focus(plan.domain[number].domain);
    domains_all_unpaused();
    for (;;)
        sched_run();
}
