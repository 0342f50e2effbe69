/* SPDX-License-Identifier: BSD-2-Clause */
/* The ACPI tables of a guest: just enough for an operating system to find its CPUs. */
#ifndef HV_ARCH_X86_ACPI_H
#define HV_ARCH_X86_ACPI_H

#include "hv/types.h"

/*
 * Write RSDP, XSDT, FADT (hardware-reduced), an empty DSDT and a MADT with `cpus` local APICs into
 * a zeroed page that the guest sees at `address`. The RSDP is at its beginning.
 */
void acpi_write_tables(uint8_t *page, uint64_t address, uint32_t cpus);

#endif
