/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bzImage's payload from a stranger, in a domain with little memory: the loader writes nothing
 * but what it unpacks and the kernel in it, within the domain's memory and never over itself.
 */
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "tools/unpack/load.h"

#define MEMORY (128u << 10)
#define OWN_START 0x4000u
#define OWN_END 0x5000u
#define IMAGE 0x1b000u
#define HEADER 0x400u /* of the setup header: one sector and what follows */
#define OWN_BYTE 0x5a

static uint8_t memory[MEMORY];
static struct start start;

void *physical(uint64_t address)
{
    must(address <= MEMORY);
    return memory + address;
}

static void store(size_t offset, uint32_t value)
{
    memcpy(memory + IMAGE + offset, &value, sizeof(value));
}

static void make_image(const uint8_t *data, size_t size)
{
    memset(memory, 0, sizeof(memory));
    memset(memory + OWN_START, OWN_BYTE, OWN_END - OWN_START);
    memset(&start, 0, sizeof(start));
    memory[IMAGE + 0x1f1] = 1;
    memcpy(memory + IMAGE + 0x202, "HdrS\x0f\x02", 6);
    store(0x248, 0);
    store(0x24c, (uint32_t)size);
    memcpy(memory + IMAGE + HEADER, data, size);
    start.info.nr_modules = 2;
    start.info.memmap_entries = 1;
    start.map[0] = (struct hvm_memmap_table_entry){.addr = 0, .size = MEMORY, .type = 1};
    start.module[0] = (struct hvm_modlist_entry){.paddr = IMAGE, .size = HEADER + size};
    start.module[1] = (struct hvm_modlist_entry){.paddr = IMAGE - 0x1000, .size = 0x100};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const char *why;
    uint32_t entry;

    if (size > MEMORY - IMAGE - HEADER)
        return 0;
    make_image(data, size);
    why = load_kernel(&start, (struct range){OWN_START, OWN_END}, &entry);
    must(why == NULL || why[0] != '\0');
    for (unsigned int i = OWN_START; i < OWN_END; i++)
        must(memory[i] == OWN_BYTE);
    return 0;
}
