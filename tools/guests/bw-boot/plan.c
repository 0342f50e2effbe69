/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw-boot/plan.h"

#include <string.h>

struct planning {
    const struct boot_config *config;
    const struct boot_scene *scene;
    struct boot_plan *plan;
    struct boot_report *report;
    bool is_placed[BOOT_MAX_STATEMENTS]; /* BOOT_START: its step is in the plan */
};

/* The plan has room: no statement is more than a step, no domain is waited for twice. */
static void add_step(struct planning *p, struct boot_step step)
{
    p->plan->step[p->plan->nr++] = step;
}

static const struct boot_domain *domain_of(const struct planning *p, const char *name)
{
    return boot_find_domain(p->scene, name);
}

static bool has_fault(const struct planning *p)
{
    return p->report->nr != 0;
}

static bool is_start_or_finalise(const struct boot_statement *s)
{
    return s->kind == BOOT_START || s->kind == BOOT_FINALISE;
}

/* --- Is what a statement says possible? Each complaint has its line. --- */

static void check_domain(struct planning *p, const struct boot_statement *s)
{
    const struct boot_domain *d = domain_of(p, s->name);

    if (d == NULL)
        boot_fault(p->report, "line %u: there is no domain %s", s->line, s->name);
    else if (d == boot_self(p->scene))
        boot_fault(p->report, "line %u: %s is the boot domain itself", s->line, s->name);
    else if (d->state != BW_STATE_staged)
        boot_fault(p->report, "line %u: %s isn't staged any more", s->line, s->name);
    else if (s->kind == BOOT_START && !d->starts)
        boot_fault(p->report, "line %u: %s is there for failures only", s->line, s->name);
}

static void check_after(struct planning *p, const struct boot_statement *s,
                        const struct boot_after *after)
{
    if (boot_find_statement(p->config, BOOT_START, after->name) == NULL)
        boot_fault(p->report, "line %u: no line starts %s", s->line, after->name);
    else if (after->ready && boot_find_ready(p->config, after->name) == NULL)
        boot_fault(p->report, "line %u: no line says how %s learns where to report ready", s->line,
                   after->name);
}

static void check_statement(struct planning *p, const struct boot_statement *s)
{
    if (s->kind != BOOT_FINALISE)
        check_domain(p, s);
    if (s->kind == BOOT_WRITE_MODULE && boot_find_module(p->scene, s->module) == BOOT_NO_MODULE)
        boot_fault(p->report, "line %u: there is no module %s", s->line, s->module);
    for (unsigned int i = 0; i < s->nr_after; i++)
        check_after(p, s, &s->after[i]);
}

/* --- The order --- */

/* The number of the statement that starts a domain; check_after() has seen that there is one. */
static unsigned int start_of(const struct planning *p, const char *name)
{
    return (unsigned int)(boot_find_statement(p->config, BOOT_START, name) - p->config->statement);
}

/* The first domain that it comes after and that isn't started before this place. NULL: none. */
static const struct boot_after *missing_before(const struct planning *p,
                                               const struct boot_statement *s)
{
    for (unsigned int i = 0; i < s->nr_after; i++)
        if (!p->is_placed[start_of(p, s->after[i].name)])
            return &s->after[i];
    return NULL;
}

static bool is_waited_for(const struct planning *p, const struct boot_domain *d)
{
    for (unsigned int i = 0; i < p->plan->nr; i++)
        if (p->plan->step[i].kind == BOOT_STEP_WAIT && p->plan->step[i].domain == d)
            return true;
    return false;
}

static void place_waits(struct planning *p, const struct boot_statement *s)
{
    for (unsigned int i = 0; i < s->nr_after; i++) {
        const struct boot_domain *d = domain_of(p, s->after[i].name);

        if (s->after[i].ready && !is_waited_for(p, d))
            add_step(p, (struct boot_step){.kind = BOOT_STEP_WAIT,
                                           .statement = s,
                                           .domain = d,
                                           .within_ms = s->after[i].within_ms});
    }
}

/* The first start, by line, that can be placed next. False: there is none. */
static bool place_next(struct planning *p)
{
    for (unsigned int i = 0; i < p->config->nr; i++) {
        const struct boot_statement *s = &p->config->statement[i];

        if (s->kind != BOOT_START || p->is_placed[i] || missing_before(p, s) != NULL)
            continue;
        place_waits(p, s);
        add_step(p, (struct boot_step){
                        .kind = BOOT_STEP_START, .statement = s, .domain = domain_of(p, s->name)});
        p->is_placed[i] = true;
        return true;
    }
    return false;
}

/*
 * Starts that are left all come after another one that is left. Whoever goes from each to that one
 * as often as there are statements has come into a circle.
 */
static void report_circle(struct planning *p, unsigned int left)
{
    const struct boot_statement *s = &p->config->statement[left];

    for (unsigned int i = 0; i < p->config->nr; i++)
        s = &p->config->statement[start_of(p, missing_before(p, s)->name)];
    boot_fault(p->report, "line %u: %s would wait for itself, by way of %s", s->line, s->name,
               missing_before(p, s)->name);
}

static void place_starts(struct planning *p)
{
    while (place_next(p))
        ;
    for (unsigned int i = 0; i < p->config->nr; i++) {
        if (p->config->statement[i].kind == BOOT_START && !p->is_placed[i]) {
            report_circle(p, i);
            return;
        }
    }
}

static void place_configuration(struct planning *p)
{
    for (unsigned int i = 0; i < p->config->nr; i++) {
        const struct boot_statement *s = &p->config->statement[i];
        bool offers = s->kind == BOOT_READY_PARAM || s->kind == BOOT_READY_AT;

        if (!is_start_or_finalise(s))
            add_step(p, (struct boot_step){.kind = offers ? BOOT_STEP_OFFER : BOOT_STEP_CONFIGURE,
                                           .statement = s,
                                           .domain = domain_of(p, s->name),
                                           .module = boot_find_module(p->scene, s->module)});
    }
}

void boot_make_plan(const struct boot_config *config, const struct boot_scene *scene,
                    struct boot_plan *plan, struct boot_report *report)
{
    struct planning p = {.config = config, .scene = scene, .plan = plan, .report = report};
    const struct boot_statement *last = boot_find_statement(config, BOOT_FINALISE, "");

    plan->nr = 0;
    for (unsigned int i = 0; i < config->nr; i++)
        check_statement(&p, &config->statement[i]);
    if (has_fault(&p))
        return;
    place_configuration(&p);
    place_starts(&p);
    if (last != NULL && !has_fault(&p))
        place_waits(&p, last);
}
