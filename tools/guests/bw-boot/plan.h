/* SPDX-License-Identifier: BSD-2-Clause */
/* What a configuration means for the domains that there are: steps, in their order. */
#ifndef BW_BOOT_PLAN_H
#define BW_BOOT_PLAN_H

#include "tools/guests/bw-boot/config.h"
#include "tools/guests/bw-boot/scene.h"

enum boot_step_kind {
    BOOT_STEP_CONFIGURE, /* BOOT_WRITE_*, BOOT_PARAM, BOOT_REGISTER: what the statement says */
    BOOT_STEP_OFFER,     /* BOOT_READY_*: offer an event channel, and tell the domain of it */
    BOOT_STEP_WAIT,      /* until the domain has said by it that it is ready */
    BOOT_STEP_START
};

struct boot_step {
    enum boot_step_kind kind;
    const struct boot_statement *statement; /* that wants it */
    const struct boot_domain *domain;
    uint32_t within_ms; /* BOOT_STEP_WAIT */
    int32_t module;     /* BOOT_WRITE_MODULE: its number */
};

/* Each statement is a step at most, and each domain is waited for once. */
#define BOOT_MAX_STEPS (BOOT_MAX_STATEMENTS + BOOT_MAX_DOMAINS)

struct boot_plan {
    unsigned int nr;
    struct boot_step step[BOOT_MAX_STEPS];
};

/*
 * All that domains are to have comes first, in the order of the lines; then they are started, in
 * that order, too, but each after those that it comes after. Finalising comes last, and is no step.
 * What can't be done is added to the report, with the line; the report is empty before.
 */
void boot_make_plan(const struct boot_config *config, const struct boot_scene *scene,
                    struct boot_plan *plan, struct boot_report *report);

/* Tell people, a line each. (show.c) */
void boot_show_plan(const struct boot_plan *plan);

#endif
