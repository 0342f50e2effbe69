/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The machine's memory: a buddy allocator over all RAM that knows each frame's owner.
 * All of it is mapped at the direct map, except that the hypervisor's own text and read-only
 * data are read-only there too. RAM above 2 TiB is left alone. All functions that change something
 * take the memory's lock.
 */
#ifndef HV_MACHINE_MEMORY_H
#define HV_MACHINE_MEMORY_H

#include "hv/types.h"

struct boot_info;

/* Owners of frames without a domain; domids end below these (Xen's DOMID_FIRST_RESERVED). */
#define OWNER_FREE 0xfffeu
#define OWNER_HYPERVISOR 0xfffdu
#define OWNER_BOOT 0xfffcu /* boot modules and what else the bootloader left */
#define OWNER_NONE 0xffffu /* not RAM */

#define MAX_ORDER ORDER_1G

/*
 * Take the bootloader's memory map; what it loaded is kept out of the free lists. Until
 * memory_add_high() only memory that the boot page tables reach is given out.
 */
void memory_init(const struct boot_info *boot);
void memory_add_high(const struct boot_info *boot);

/*
 * 2^order frames, zeroed, aligned to their size; INVALID_MFN when there are none.
 * A domain's frames are counted for it.
 */
mfn_t memory_alloc(unsigned int order, uint16_t owner);
/* Give back what memory_alloc returned, whole or in aligned parts. */
void memory_free(mfn_t frame, unsigned int order);
/* The same for a frame that held a guest's registers: it is cleared at once, not when it is given
 * out. */
void memory_free_cleared(mfn_t frame);
/*
 * Clear every frame of an owner that nobody uses any more, and leave it its owner's. Returns how
 * many there are.
 */
uint64_t memory_clear_owned(uint16_t owner);
/*
 * In builds with DEBUG: the frame was taken out of a domain's map, and CPUs may still have
 * translations to it, until it is marked as flushed. Freeing it in between stops the machine.
 */
void memory_mark_stale(mfn_t frame);
void memory_mark_flushed(mfn_t frame);
/*
 * The domain that had the frame has it no longer: whoever took it away frees it, also if the domain
 * is gone by then.
 */
void memory_take_away(mfn_t frame);
/* Give back every frame of an owner. Returns how many there were. */
uint64_t memory_free_owned(uint16_t owner);
/* Give boot modules' frames [start, end) to the free lists. Returns how many there were. */
uint64_t memory_reclaim_boot(paddr_t start, paddr_t end);

/* Is all of [start, end) RAM that the bootloader has put a module into? */
bool memory_holds_modules(paddr_t start, paddr_t end);

uint64_t memory_free_frames(void);
uint64_t memory_total_frames(void);
uint16_t memory_owner(mfn_t frame);
/* The end of RAM, bytes. */
uint64_t memory_end(void);

/* Where the hypervisor sees a frame or an address. Valid for RAM only. */
void *map_mfn(mfn_t frame);
void *map_paddr(paddr_t address);
/* The physical address of something in the direct map or in the hypervisor's image. */
paddr_t physical(const void *pointer);

#endif
