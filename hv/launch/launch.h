/* SPDX-License-Identifier: BSD-2-Clause */
/* The launch: from what the bootloader loaded to running domains, in the order of the seed. */
#ifndef HV_LAUNCH_LAUNCH_H
#define HV_LAUNCH_LAUNCH_H

#include "hv/boot/boot_info.h"

/* Build and unpause every domain of the LCM; stops the machine with a report if it is refused. */
void launch(const struct boot_info *boot);

#endif
