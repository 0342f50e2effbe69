/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef HV_LAUNCH_CRASH_H
#define HV_LAUNCH_CRASH_H

/*
 * The launch has failed: if the LCM has a crash domain that can be had, start that one, alone and
 * with no other role, under a sealed policy (without a policy: under the role engine, which lets it
 * do nothing to others); then this doesn't return. It gets `why` on its command line, as
 * bailiwick.failure="...", and the console. Whatever else was built is given back.
 */
void crash_path(const char *why);

#endif
