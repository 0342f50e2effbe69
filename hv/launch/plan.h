/* SPDX-License-Identifier: BSD-2-Clause */
/* What the launch has read, and what it makes of it. The boot CPU's, while no domain runs. */
#ifndef HV_LAUNCH_PLAN_H
#define HV_LAUNCH_PLAN_H

#include "hv/boot/boot_info.h"
#include "hv/domain/domain.h"
#include "lcm/lcm.h"
#include "roles/roles.h"

/* The seed's numbers (appendix 1). Steps 6 to 9 are a boot domain's. */
enum launch_step {
    STEP_START = 1,
    STEP_LCM = 2,
    STEP_POLICY = 3, /* and microcode */
    STEP_DOMAIN = 4,
    STEP_BOOT_DOMAIN = 5,
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
    struct planned_domain domain[LCM_MAX_DOMAINS]; /* as those of the LCM */
};

extern struct plan plan;

/* lcm_check() with what this machine has; findings go to `report`. */
int plan_check(struct lcm_report *report);

/*
 * build.c. Ask for the domain's label, roles and kernel by one of roles.h's functions; what is
 * refused is in plan.report, and audited. 0 or negative: then the domain has failed.
 */
int build_assign(unsigned int number, roles_assign_function *assign);
/*
 * Build it, paused, as it was assigned; `more` is added to its command line, "" for nothing. NULL,
 * or what is wrong: then nothing is left of it.
 */
const char *build_domain(unsigned int number, const char *more);

#endif
