/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot domain's configuration from a stranger: read, and planned for domains that never change. A
 * plan that nothing is said against starts each domain once, after those that it comes after.
 */
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/guests/bw-boot/call.h"
#include "tools/guests/bw-boot/plan.h"

static struct boot_config config;
static struct boot_report report;
static struct boot_scene scene;
static struct boot_plan plan;

/* scene.c would ask a hypervisor, which nothing here has it do. */
struct boot_place *boot_place(void)
{
    abort();
}

int boot_call(unsigned int operation, void *structure)
{
    (void)operation;
    (void)structure;
    abort();
}

static void make_scene(void)
{
    static const char *const names[] = {"boot", "a", "b", "c"};

    scene.nr_domains = sizeof(names) / sizeof(names[0]);
    scene.nr_modules = 1;
    (void)snprintf(scene.module[0].line, BOOT_LINE, "m x");
    for (unsigned int i = 0; i < scene.nr_domains; i++) {
        struct boot_domain *d = &scene.domain[i];

        (void)snprintf(d->name, sizeof(d->name), "%s", names[i]);
        d->domid = (uint16_t)i;
        d->starts = true;
        d->roles = i == 0 ? BW_ROLE_boot : 0;
    }
}

/* Where a domain's step of this kind is, which there is once at most; -1: there is none. */
static int place_of(enum boot_step_kind kind, const char *name)
{
    int place = -1;

    for (unsigned int i = 0; i < plan.nr; i++) {
        if (plan.step[i].kind != kind || strcmp(plan.step[i].domain->name, name) != 0)
            continue;
        must(place < 0);
        place = (int)i;
    }
    return place;
}

static void check_start(const struct boot_statement *s)
{
    int own = s->kind == BOOT_START ? place_of(BOOT_STEP_START, s->name) : (int)plan.nr;

    must(own >= 0);
    for (unsigned int i = 0; i < s->nr_after; i++) {
        int start = place_of(BOOT_STEP_START, s->after[i].name);
        int wait = place_of(BOOT_STEP_WAIT, s->after[i].name);

        must(start >= 0 && start < own);
        must(!s->after[i].ready || (start < wait && wait < own));
        must(!s->after[i].ready || place_of(BOOT_STEP_OFFER, s->after[i].name) >= 0);
    }
}

static void check_report(void)
{
    for (unsigned int i = 0; i < report.nr && i < BOOT_MAX_FAULTS; i++)
        for (const char *c = report.text[i]; *c != '\0'; c++)
            must(*c >= ' ' && *c <= '~');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    make_scene();
    report.nr = 0;
    boot_read_config((const char *)data, size, &config, &report);
    must(config.nr <= BOOT_MAX_STATEMENTS);
    if (report.nr == 0) {
        boot_make_plan(&config, &scene, &plan, &report);
        must(plan.nr <= BOOT_MAX_STEPS);
    }
    for (unsigned int i = 0; i < config.nr && report.nr == 0; i++)
        if (config.statement[i].kind == BOOT_START || config.statement[i].kind == BOOT_FINALISE)
            check_start(&config.statement[i]);
    check_report();
    return 0;
}
