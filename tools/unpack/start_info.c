/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/unpack/start_info.h"

#include <stddef.h>
#include <string.h>

#define VERSION_WITH_MAP 1u
#define REACHABLE (1ul << 32)

_Static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h, version 1");

/* Copy a text; `*address` becomes its place in the copies, plus one. False: there is no room. */
static bool keep_text(struct start *start, uint64_t *address)
{
    const char *from = physical(*address);
    uint32_t size = 0;

    if (*address == 0)
        return true;
    do {
        if (start->text_size + size == MAX_TEXT)
            return false;
        start->text[start->text_size + size] = from[size];
    } while (from[size++] != '\0');
    *address = start->text_size + 1;
    start->text_size += size;
    return true;
}

static bool keep_texts(struct start *start)
{
    if (!keep_text(start, &start->info.cmdline_paddr))
        return false;
    for (unsigned int i = 0; i < start->info.nr_modules; i++) {
        if (!keep_text(start, &start->module[i].cmdline_paddr))
            return false;
    }
    return true;
}

const char *start_copy(struct start *start, uint64_t info)
{
    memcpy(&start->info, physical(info), sizeof(start->info));
    start->text_size = 0;
    if (start->info.magic != XEN_HVM_START_MAGIC_VALUE || start->info.version < VERSION_WITH_MAP ||
        start->info.memmap_entries == 0)
        return "the hypervisor doesn't say what memory there is";
    if (start->info.nr_modules == 0)
        return "there is none";
    if (start->info.nr_modules > MAX_MODULES || start->info.memmap_entries > MAX_MAP)
        return "there are more modules, or more stretches of memory, than 32";
    memcpy(start->module, physical(start->info.modlist_paddr),
           start->info.nr_modules * sizeof(start->module[0]));
    memcpy(start->map, physical(start->info.memmap_paddr),
           start->info.memmap_entries * sizeof(start->map[0]));
    return keep_texts(start) ? NULL : "the command lines are longer than 8191 bytes";
}

void start_memory(const struct start *start, struct ranges *memory)
{
    memory->count = 0;
    for (unsigned int i = 0; i < start->info.memmap_entries; i++) {
        const struct hvm_memmap_table_entry *map = &start->map[i];

        if (map->type != XEN_HVM_MEMMAP_TYPE_RAM || map->addr >= REACHABLE)
            continue;
        (void)ranges_add(memory, map->addr,
                         map->size < REACHABLE - map->addr ? map->size : REACHABLE - map->addr);
    }
}

static void point_to_text(uint64_t *place, uint64_t text)
{
    if (*place != 0)
        *place = text + *place - 1;
}

void start_finish(struct start *start, uint64_t address)
{
    uint64_t text = address + offsetof(struct start, text);

    point_to_text(&start->info.cmdline_paddr, text);
    for (unsigned int i = 0; i < start->info.nr_modules; i++)
        point_to_text(&start->module[i].cmdline_paddr, text);
    start->info.nr_modules--;
    start->info.modlist_paddr = address + offsetof(struct start, module[1]);
    start->info.memmap_paddr = address + offsetof(struct start, map);
}
