/* SPDX-License-Identifier: BSD-2-Clause */
/* The whole of what a boot domain does. */
#ifndef BW_BOOT_BOOT_H
#define BW_BOOT_BOOT_H

#include <stdbool.h>

/*
 * Look, tell, compare the digests, do what the configuration says, finalise; or give the launch up,
 * with the first thing that was wrong. Neither comes back unless it is refused, which is said.
 * `only_plan`: look, tell and compare; change nothing. True: all of it was well.
 */
bool boot_run(bool only_plan);

#endif
