/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI 6.4: 5.2.5 (RSDP), 5.2.6 (header), 5.2.8 (XSDT), 5.2.9 (FADT), 5.2.12 (MADT). */
#include <string.h>

#include "hv/arch/x86/acpi.h"

#define RSDP_AT 0x000
#define XSDT_AT 0x040
#define FADT_AT 0x080
#define DSDT_AT 0x1c0
#define MADT_AT 0x200

#define HEADER_SIZE 36u
#define RSDP_SIZE 36u
#define XSDT_SIZE (HEADER_SIZE + 2 * 8u)
#define FADT_SIZE 276u /* revision 6 */
#define MADT_SIZE (HEADER_SIZE + 8u)
#define MADT_LAPIC_SIZE 8ul

#define FADT_DSDT 40
#define FADT_BOOT_FLAGS 109
#define FADT_FLAGS 112
#define FADT_MINOR 131
#define FADT_X_DSDT 140
#define BOOT_FLAG_NO_VGA (1u << 2)
#define BOOT_FLAG_NO_RTC (1u << 5)
#define FLAG_WBINVD (1u << 0)
#define FLAG_HW_REDUCED (1u << 20)

#define LOCAL_APIC_ADDRESS 0xfee00000u

static void put(uint8_t *at, uint64_t value, size_t size)
{
    memcpy(at, &value, size);
}

static uint8_t checksum(const uint8_t *table, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + table[i]);
    return (uint8_t)-sum;
}

static void put_header(uint8_t *table, const char signature[static 4], uint32_t size,
                       uint8_t revision)
{
    memcpy(table, signature, 4);
    put(table + 4, size, 4);
    table[8] = revision;
    memcpy(table + 10, "BWICK ", 6);
    memcpy(table + 16, "BAILIWCK", 8);
    put(table + 24, 1, 4);
    memcpy(table + 28, "BWCK", 4);
    put(table + 32, 1, 4);
}

static void finish(uint8_t *table, uint32_t size)
{
    table[9] = 0;
    table[9] = checksum(table, size);
}

static void put_rsdp(uint8_t *table, uint64_t xsdt)
{
    memcpy(table, "RSD PTR ", 8);
    memcpy(table + 9, "BWICK ", 6);
    table[15] = 2;
    put(table + 20, RSDP_SIZE, 4);
    put(table + 24, xsdt, 8);
    table[8] = checksum(table, 20);
    table[32] = checksum(table, RSDP_SIZE);
}

static void put_fadt(uint8_t *table, uint64_t dsdt)
{
    put_header(table, "FACP", FADT_SIZE, 6);
    put(table + FADT_DSDT, dsdt, 4);
    put(table + FADT_BOOT_FLAGS, BOOT_FLAG_NO_VGA | BOOT_FLAG_NO_RTC, 2);
    put(table + FADT_FLAGS, FLAG_WBINVD | FLAG_HW_REDUCED, 4);
    table[FADT_MINOR] = 4;
    put(table + FADT_X_DSDT, dsdt, 8);
    finish(table, FADT_SIZE);
}

static void put_madt(uint8_t *table, uint32_t cpus)
{
    uint32_t size = MADT_SIZE + cpus * (uint32_t)MADT_LAPIC_SIZE;

    put_header(table, "APIC", size, 5);
    put(table + HEADER_SIZE, LOCAL_APIC_ADDRESS, 4);
    for (uint32_t i = 0; i < cpus; i++) {
        uint8_t *entry = table + MADT_SIZE + i * MADT_LAPIC_SIZE;

        entry[0] = 0; /* processor local APIC */
        entry[1] = MADT_LAPIC_SIZE;
        entry[2] = (uint8_t)i;
        entry[3] = (uint8_t)i;
        put(entry + 4, 1, 4); /* enabled */
    }
    finish(table, size);
}

void acpi_write_tables(uint8_t *page, uint64_t address, uint32_t cpus)
{
    put_rsdp(page + RSDP_AT, address + XSDT_AT);
    put_header(page + XSDT_AT, "XSDT", XSDT_SIZE, 1);
    put(page + XSDT_AT + HEADER_SIZE, address + FADT_AT, 8);
    put(page + XSDT_AT + HEADER_SIZE + 8, address + MADT_AT, 8);
    finish(page + XSDT_AT, XSDT_SIZE);
    put_fadt(page + FADT_AT, address + DSDT_AT);
    put_header(page + DSDT_AT, "DSDT", HEADER_SIZE, 2);
    finish(page + DSDT_AT, HEADER_SIZE);
    put_madt(page + MADT_AT, cpus);
}
