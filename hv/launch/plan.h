/* SPDX-License-Identifier: BSD-2-Clause */
/* What the launch has read, and what it makes of it. The boot CPU's, while no domain runs. */
#ifndef HV_LAUNCH_PLAN_H
#define HV_LAUNCH_PLAN_H

#include "hv/boot/boot_info.h"
#include "hv/domain/domain.h"
#include "lcm/lcm.h"
#include "roles/roles.h"

/* The seed's numbers (appendix 1). */
enum launch_step {
    STEP_START = 1,
    STEP_LCM = 2,
    STEP_POLICY = 3, /* and microcode */
    STEP_DOMAIN = 4,
    STEP_BOOT_DOMAIN = 5,
    STEP_CAME_UP = 6,
    STEP_PREPARE = 7, /* 8, what the boot domain cleans up, is its own affair */
    STEP_FINALISED = 9,
    STEP_FINALISE = 10,
    STEP_CONSOLE = 11,
    STEP_RECLAIM = 12,
    STEP_UNPAUSE = 13,
};

struct planned_domain {
    struct roles_assignment assignment;
    struct domain *domain; /* NULL: it isn't built */
};

struct plan {
    const struct boot_info *boot;
    struct lcm lcm;
    bool checked; /* the LCM, against modules and machine */
    struct lcm_report report;
    struct lcm_boot_module module[BOOT_MAX_MODULES];
    uint8_t digest[BOOT_MAX_MODULES][LCM_DIGEST_SIZE]; /* what was measured */
    xsm_sid module_sid[BOOT_MAX_MODULES];
    struct planned_domain domain[LCM_MAX_DOMAINS]; /* as those of the LCM */
};

extern struct plan plan;

/* First: note what the bootloader has loaded. Refuses modules for which there is no memory. */
void plan_list_modules(const struct boot_info *boot);
/*
 * Read and check the LCM, or make one of a launch without (classic.h). Says which it is; doesn't
 * return if the launch is refused.
 */
void plan_read_lcm(void);
/* Has any domain ever run? */
bool plan_has_started(void);
/* Measure every boot module whose digest isn't known by then, before any is used. */
void plan_measure(void);
/* Give the boot modules the labels that the LCM says; the policy is loaded. Says what is wrong. */
void plan_label_modules(void);
/* lcm_check() with what this machine has; findings go to `report`. */
int plan_check(struct lcm_report *report);
/*
 * Say what was found. If that refuses the launch, what does so is said once, in the last line; and
 * `refused` is for a report that had no room left for it.
 */
void plan_report_or_refuse(bool refused);
/*
 * Load the policy that the LCM names, whose module was found, and have decisions collected if the
 * build does so from the start. 0, or negative, and the error says why.
 */
int plan_load_policy(struct xsm_error *error);

/*
 * build.c. Destroy domain `number`, which has been built: others find it no longer.
 */
void plan_destroy_domain(unsigned int number);
/*
 * build.c. Ask for the domain's label, roles and kernel; what is refused is in plan.report, and
 * audited. 0 or negative: then the domain has failed.
 */
int build_assign(unsigned int number);
/*
 * Build it, paused, as it was assigned; `more` is added to its command line, "" for nothing. NULL,
 * or what is wrong: then nothing is left of it.
 */
const char *build_domain(unsigned int number, const char *more);

#endif
