/* SPDX-License-Identifier: BSD-2-Clause */
/* What a bootloader hands over, the same whichever protocol it spoke. */
#ifndef HV_BOOT_BOOT_INFO_H
#define HV_BOOT_BOOT_INFO_H

#include "hv/types.h"
#include "lcm/lcm.h"

/* What `bailiwick check` counts on, too. */
#define BOOT_MAX_MODULES LCM_MAX_BOOT_MODULES
#define BOOT_MAX_RANGES 64
#define BOOT_MAX_LINE LCM_MAX_LINE
#define BOOT_RSDP_SIZE 36u

struct boot_range {
    paddr_t start, end; /* end is exclusive */
};

struct boot_module {
    struct boot_range range;
    char line[BOOT_MAX_LINE]; /* the bootloader's module line */
};

struct boot_info {
    const char *protocol; /* "Multiboot2" or "Multiboot" */
    char loader[64];
    char command_line[BOOT_MAX_LINE];
    struct boot_range information; /* where the bootloader's own tables are */
    /* ACPI's root pointer, if the bootloader gave a copy: 20 bytes of ACPI 1.0, or 36; else 0. */
    uint32_t rsdp_size;
    uint8_t rsdp[BOOT_RSDP_SIZE];
    unsigned int nr_ram, nr_modules;
    struct boot_range ram[BOOT_MAX_RANGES];
    struct boot_module module[BOOT_MAX_MODULES];
};

/*
 * Read the hand-over of a Multiboot2 or Multiboot bootloader. `magic` and `information` are the
 * values of EAX and EBX at entry. Stops the machine with a report when it makes no sense.
 */
void boot_read_multiboot(uint32_t magic, paddr_t information, struct boot_info *boot);

#endif
