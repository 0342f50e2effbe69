/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A CPU's way from the message that starts it, in real mode, to C (start_other.S). Assembler reads
 * this file too.
 *
 * The code is copied to a page below 1 MiB, since that is where a CPU can begin. There is one slot
 * in that page, in which one CPU at a time is offered its start; it takes the offer, or it halts,
 * having touched nothing else. So one that comes when nobody waits for it any more does no harm.
 *
 * The page is executed before the CPU has paging on, and then by the boot page tables, in which
 * everything is writable and executable. Those are not in use by any CPU that is online: in the
 * tables that all of them use, the page is data. A CPU leaves the boot page tables when it loads
 * CR3 in trampoline_arrive, whose code is part of the hypervisor's text.
 */
#ifndef HV_ARCH_X86_TRAMPOLINE_H
#define HV_ARCH_X86_TRAMPOLINE_H

/* Where its data is in the page: struct trampoline_data. */
#define TRAMPOLINE_DATA 0xf00
#define TRAMPOLINE_SLOT 0x00
#define TRAMPOLINE_BOOT_TABLES 0x08
#define TRAMPOLINE_TABLES 0x10
#define TRAMPOLINE_STACK 0x18
#define TRAMPOLINE_CPU 0x20
#define TRAMPOLINE_TO_32 0x28
#define TRAMPOLINE_TO_64 0x30
#define TRAMPOLINE_GDT_POINTER 0x3a
#define TRAMPOLINE_GDT 0x40

/* What the slot's upper half says; the lower one is an APIC ID. */
#define SLOT_CLOSED 0
#define SLOT_OFFERED 1
#define SLOT_TAKEN 2

#define SELECTOR_CODE32 0x18 /* of the trampoline's own GDT */

#ifndef __ASSEMBLER__

#include "hv/arch/x86/stacks.h"
#include "hv/boot/boot_info.h"
#include "hv/machine/cpu.h"

/* Choose the page: RAM that nothing is in. False: there is none. */
bool trampoline_choose(const struct boot_info *boot);
/* Put the code there; once, with the hypervisor's own page tables. */
void trampoline_install(void);
/* The vector of the start message (SIPI): the page's number. */
uint32_t trampoline_vector(void);

/* Offer the CPU with APIC ID `apic_id` its start: with this structure, on this stack. */
void trampoline_offer(uint32_t apic_id, const struct cpu *cpu, uint64_t stack);
/* Wait until it has taken the offer, for `ns` at most: false when it has not. */
bool trampoline_wait(uint64_t ns);
/* Take the offer back. False: the CPU has taken it before. */
bool trampoline_withdraw(void);

#endif
#endif
