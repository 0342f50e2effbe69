/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the firmware says about the machine's CPUs, in its ACPI tables. (acpi.c writes the guests'.)
 * A table is believed only when its signature, its length and its checksum are right, and nothing
 * in one makes this read elsewhere than in the memory that the boot page tables reach.
 */
#ifndef HV_ARCH_X86_FIRMWARE_H
#define HV_ARCH_X86_FIRMWARE_H

#include "hv/boot/boot_info.h"

struct firmware_cpus {
    unsigned int listed; /* CPUs that the tables call enabled; there may be no room for all */
    unsigned int kept;
    uint32_t apic_id[CONFIG_MAX_CPUS]; /* of the first `kept`, each once, in the table's order */
};

/*
 * Read the table of CPUs (ACPI 6.4, 5.2.12: MADT). Works only with the boot page tables, which map
 * the firmware's memory too. NULL, or what is wrong; then there are none.
 */
const char *firmware_read_cpus(const struct boot_info *boot, struct firmware_cpus *cpus);

#endif
