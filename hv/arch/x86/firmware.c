/* SPDX-License-Identifier: BSD-2-Clause */
/* ACPI 6.4: 5.2.5 (RSDP), 5.2.6 (header), 5.2.7 (RSDT), 5.2.8 (XSDT), 5.2.12 (MADT). */
#include <string.h>

#include "arch_layout.h"
#include "hv/arch/x86/firmware.h"
#include "hv/machine/memory.h"

/* Where a BIOS keeps the RSDP, on a boundary of 16 bytes (5.2.5.1). */
#define EBDA_SEGMENT 0x40eul /* address of 16 bits: the extended BIOS data area's segment */
#define EBDA_SEARCHED (1 * KIB)
#define LOW_RAM_END 0xa0000ul
#define BIOS_START 0xe0000ul
#define BIOS_END 0x100000ul
#define RSDP_ALIGNMENT 16ul

#define RSDP_SIGNATURE "RSD PTR "
#define RSDP_REVISION 15u
#define RSDP_RSDT 16u
#define RSDP_XSDT 24u
#define RSDP_SIZE_1 20u /* of ACPI 1.0; has a checksum of its own */

#define HEADER_SIZE 36u
#define TABLE_MAX (1 * MIB) /* far more than the largest of those that are read */

#define MADT_FIXED_SIZE (HEADER_SIZE + 8u)
#define MADT_LOCAL_APIC 0u
#define MADT_LOCAL_X2APIC 9u
#define MADT_ENABLED 1u
#define APIC_ID_NONE 0xffu
#define X2APIC_ID_NONE 0xffffffffu

struct table {
    const uint8_t *data; /* NULL: there is none */
    uint32_t size;
};

/* A little-endian number, which may be at any address. */
static uint64_t number(const uint8_t *at, size_t size)
{
    uint64_t value = 0;

    memcpy(&value, at, size);
    return value;
}

static bool sum_is_zero(const uint8_t *data, size_t size)
{
    uint8_t sum = 0;

    for (size_t i = 0; i < size; i++)
        sum = (uint8_t)(sum + data[i]);
    return sum == 0;
}

/* `size` bytes of physical memory, or NULL if not all are in reach. */
static const uint8_t *reach(uint64_t address, uint64_t size)
{
    if (address == 0 || address >= BOOT_MAP_SIZE || size > BOOT_MAP_SIZE - address)
        return NULL;
    return map_paddr(paddr(address));
}

static bool has_signature(uint64_t address, const char signature[static 4])
{
    const uint8_t *header = reach(address, HEADER_SIZE);

    return header != NULL && memcmp(header, signature, 4) == 0;
}

static struct table table_at(uint64_t address, const char signature[static 4])
{
    const struct table none = {NULL, 0};
    const uint8_t *data;
    uint32_t size;

    if (!has_signature(address, signature))
        return none;
    size = (uint32_t)number(reach(address, HEADER_SIZE) + 4, 4);
    data = reach(address, size);
    if (size < HEADER_SIZE || size > TABLE_MAX || data == NULL || !sum_is_zero(data, size))
        return none;
    return (struct table){data, size};
}

static bool is_rsdp(const uint8_t *data)
{
    return memcmp(data, RSDP_SIGNATURE, 8) == 0 && sum_is_zero(data, RSDP_SIZE_1);
}

static const uint8_t *search_rsdp(uint64_t start, uint64_t end)
{
    for (uint64_t at = align_up(start, RSDP_ALIGNMENT); at + BOOT_RSDP_SIZE <= end;
         at += RSDP_ALIGNMENT) {
        const uint8_t *data = map_paddr(paddr(at));

        if (is_rsdp(data))
            return data;
    }
    return NULL;
}

/* Where no bootloader gave it: as a BIOS leaves it. */
static const uint8_t *search_bios(void)
{
    uint64_t ebda = number(map_paddr(paddr(EBDA_SEGMENT)), 2) << 4;
    const uint8_t *found = NULL;

    if (ebda >= EBDA_SEARCHED && ebda <= LOW_RAM_END - EBDA_SEARCHED)
        found = search_rsdp(ebda, ebda + EBDA_SEARCHED);
    return found != NULL ? found : search_rsdp(BIOS_START, BIOS_END);
}

/* The table of tables, and how long its entries are: 8 bytes if the firmware has such a one. */
static struct table root_table(const uint8_t *rsdp, size_t size, uint32_t *entry_size)
{
    struct table root = {NULL, 0};

    *entry_size = 8;
    if (rsdp[RSDP_REVISION] >= 2 && size >= BOOT_RSDP_SIZE && sum_is_zero(rsdp, BOOT_RSDP_SIZE))
        root = table_at(number(rsdp + RSDP_XSDT, 8), "XSDT");
    if (root.data == NULL) {
        *entry_size = 4;
        root = table_at(number(rsdp + RSDP_RSDT, 4), "RSDT");
    }
    return root;
}

static struct table find_madt(struct table root, uint32_t entry_size)
{
    struct table madt = {NULL, 0};

    for (uint32_t at = HEADER_SIZE; madt.data == NULL && root.size - at >= entry_size;
         at += entry_size)
        madt = table_at(number(root.data + at, entry_size), "APIC");
    return madt;
}

static void add_cpu(struct firmware_cpus *cpus, uint32_t apic_id, uint32_t flags)
{
    if (!(flags & MADT_ENABLED))
        return;
    for (unsigned int i = 0; i < cpus->kept; i++) {
        if (cpus->apic_id[i] == apic_id) /* some firmware lists a CPU in both forms */
            return;
    }
    cpus->listed++;
    if (cpus->kept < CONFIG_MAX_CPUS)
        cpus->apic_id[cpus->kept++] = apic_id;
}

/* An entry of `size` bytes, of which the first two are type and size. */
static void read_entry(struct firmware_cpus *cpus, const uint8_t *entry, uint32_t size)
{
    if (entry[0] == MADT_LOCAL_APIC && size >= 8 && entry[3] != APIC_ID_NONE)
        add_cpu(cpus, entry[3], (uint32_t)number(entry + 4, 4));
    if (entry[0] == MADT_LOCAL_X2APIC && size >= 16 && number(entry + 4, 4) != X2APIC_ID_NONE)
        add_cpu(cpus, (uint32_t)number(entry + 4, 4), (uint32_t)number(entry + 8, 4));
}

static const char *read_madt(struct table madt, struct firmware_cpus *cpus)
{
    uint32_t at = MADT_FIXED_SIZE;

    if (madt.size < MADT_FIXED_SIZE)
        return "its table of CPUs (ACPI MADT) is malformed";
    while (madt.size - at >= 2) {
        uint32_t size = madt.data[at + 1];

        if (size < 2 || size > madt.size - at)
            return "its table of CPUs (ACPI MADT) is malformed";
        read_entry(cpus, madt.data + at, size);
        at += size;
    }
    return NULL;
}

const char *firmware_read_cpus(const struct boot_info *boot, struct firmware_cpus *cpus)
{
    const uint8_t *rsdp = boot->rsdp_size >= RSDP_SIZE_1 && is_rsdp(boot->rsdp) ? boot->rsdp : NULL;
    size_t rsdp_size = rsdp != NULL ? boot->rsdp_size : BOOT_RSDP_SIZE;
    struct table root, madt;
    uint32_t entry_size;
    const char *why;

    memset(cpus, 0, sizeof(*cpus));
    if (rsdp == NULL)
        rsdp = search_bios();
    if (rsdp == NULL)
        return "no ACPI root pointer was found";
    root = root_table(rsdp, rsdp_size, &entry_size);
    if (root.data == NULL)
        return "its ACPI tables aren't where they should be, or damaged";
    madt = find_madt(root, entry_size);
    if (madt.data == NULL)
        return "it has no table of CPUs (ACPI MADT), or a damaged one";
    why = read_madt(madt, cpus);
    if (why != NULL)
        memset(cpus, 0, sizeof(*cpus));
    return why;
}
