/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A launch without an LCM, as a boot entry for Xen asks for it: the first boot module is Dom0's
 * kernel, the next its ramdisk. A Flask policy is known by its first bytes, wherever it stands.
 */
#ifndef LCM_CLASSIC_H
#define LCM_CLASSIC_H

#include "lcm/lcm.h"

/* Is it a kernel that could be Dom0's: an ELF file? `size` in bytes. */
bool lcm_is_kernel(const void *data, size_t size);

/* Is it a compressed Linux kernel (the x86 boot protocol: "HdrS" at 0x202), and no ELF file? */
bool lcm_is_bzimage(const void *data, size_t size);

/* Does it begin with the magic number of a compiled policy? */
bool lcm_is_policy(const void *data, size_t size);

/*
 * Make an LCM of it: one domain, dom0, with domid 0, every role but boot, every CPU, and the memory
 * that the hypervisor's command line says (dom0_mem=512M, or max:512M; the first of several with
 * commas; a bare number is KiB), else all of it. Modules that nothing is done with are LCM_NOTICEs,
 * and so is a dom0_mem that can't be read. It needs no lcm_check(). -EINVAL: there is more memory
 * asked for than there is, an LCM_ERROR says so.
 */
int lcm_classic(const struct lcm_environment *environment, const char *command_line,
                struct lcm *lcm, struct lcm_report *report);

#endif
