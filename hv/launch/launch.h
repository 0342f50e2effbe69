/* SPDX-License-Identifier: BSD-2-Clause */
/* The launch: from what the bootloader loaded to running domains, in the order of the seed. */
#ifndef HV_LAUNCH_LAUNCH_H
#define HV_LAUNCH_LAUNCH_H

#include "hv/boot/boot_info.h"

/*
 * Build every domain of the LCM, and unpause them all; or, if there is a boot domain, that one
 * alone. Stops the machine with a report if the launch is refused.
 */
void launch(const struct boot_info *boot);
/*
 * The boot CPU has left sched_run(), since the boot domain has ended or its time is over: unpause
 * the others, or take the crash path.
 */
void launch_go_on(void);

#endif
