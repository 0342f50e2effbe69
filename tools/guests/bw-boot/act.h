/* SPDX-License-Identifier: BSD-2-Clause */
/* Doing what was planned. */
#ifndef BW_BOOT_ACT_H
#define BW_BOOT_ACT_H

#include "tools/guests/bw-boot/plan.h"

/* Stops at the first step that fails, which is added to the report. */
void boot_do_plan(const struct boot_plan *plan, const struct boot_scene *scene,
                  struct boot_report *report);

#endif
