/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor's own page tables: W^X, no page 0, guard pages under the stacks. */
#ifndef HV_ARCH_X86_PAGING_H
#define HV_ARCH_X86_PAGING_H

#include "hv/arch/x86/x86.h"
#include "hv/boot/boot_info.h"

/* As map_paddr(), for those to whom a call would cost more than what it does. */
static inline void *direct_map(paddr_t address)
{
    return (void *)(DIRECT_MAP_BASE + address.a);
}

/* Build the tables and switch to them. */
void paging_init(const struct boot_info *boot);
/* The tables, as CR3 wants them: all CPUs use the same. */
uint64_t paging_root(void);
/*
 * Map one page of RAM at an address where none was, as data. On the boot CPU, before the others
 * run: nothing here locks, and no other CPU is told.
 */
void paging_map_data(uint64_t virtual, paddr_t frame);
/* Map one page of device registers, uncached, at its place in the direct map. */
void *paging_map_device(paddr_t address);

/*
 * Walk the live tables: the number of pages that are writable and executable (must be 0).
 * `*mapped` is the number of pages looked at.
 */
unsigned int paging_count_writable_executable(uint64_t *mapped);
/* Is there a translation for this address? */
bool paging_is_mapped(uint64_t address);

#endif
