/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Multiboot2 Specification 2.0, section 3.6 (boot information), and Multiboot Specification
 * 0.6.96, section 3.3. Every length in it is checked: a bootloader can be wrong too.
 */
#include <string.h>

#include "hv/boot/boot_info.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

#define MB2_MAGIC 0x36d76289u
#define MB1_MAGIC 0x2badb002u

#define MB_MAX_SIZE (1 * MIB) /* of the boot information; GRUB's is a few KiB */

enum mb2_tag_type {
    MB2_END = 0,
    MB2_COMMAND_LINE = 1,
    MB2_LOADER_NAME = 2,
    MB2_MODULE = 3,
    MB2_MEMORY_MAP = 6,
    MB2_ACPI_1 = 14,
    MB2_ACPI_2 = 15,
};

struct mb2_header {
    uint32_t total_size, reserved;
};

struct mb2_tag {
    uint32_t type, size;
};

struct mb2_module {
    struct mb2_tag tag;
    uint32_t start, end;
    char line[];
};

struct mb2_memory_map {
    struct mb2_tag tag;
    uint32_t entry_size, entry_version;
};

struct mb2_memory {
    uint64_t start, size;
    uint32_t type, reserved;
};

#define MEMORY_AVAILABLE 1u

#define MB1_FLAG_COMMAND_LINE (1u << 2)
#define MB1_FLAG_MODULES (1u << 3)
#define MB1_FLAG_MEMORY_MAP (1u << 6)
#define MB1_FLAG_LOADER_NAME (1u << 9)

struct mb1_info {
    uint32_t flags, memory_lower, memory_upper, boot_device, command_line;
    uint32_t nr_modules, modules;
    uint32_t symbols[4];
    uint32_t memory_map_size, memory_map;
    uint32_t drives_size, drives, config_table, loader_name;
};

struct mb1_module {
    uint32_t start, end, line, reserved;
};

struct mb1_memory {
    uint32_t size; /* of the rest */
    uint32_t start[2], length[2], type;
};

/* `what` says whose line it is. */
static void copy_line(char *to, size_t to_size, const char *from, size_t limit, const char *what)
{
    size_t n = strnlen(from, limit);

    if (n >= to_size)
        panic("boot: %s is longer than %zu bytes: shorten it in the boot menu (`%.60s...')", what,
              to_size - 1, from);
    memcpy(to, from, n);
    to[n] = '\0';
}

/* A name that is too long is cut. */
static void copy_name(char *to, size_t to_size, const char *from, size_t limit)
{
    size_t n = min_u64(strnlen(from, limit), to_size - 1);

    memcpy(to, from, n);
    to[n] = '\0';
}

static void add_ram(struct boot_info *boot, uint64_t start, uint64_t size)
{
    uint64_t end = size > UINT64_MAX - start ? UINT64_MAX : start + size;

    if (boot->nr_ram == BOOT_MAX_RANGES)
        panic("boot: the memory map has more than %u ranges of RAM", BOOT_MAX_RANGES);
    boot->ram[boot->nr_ram++] = (struct boot_range){paddr(start), paddr(end)};
}

static struct boot_module *add_module(struct boot_info *boot, uint32_t start, uint32_t end)
{
    struct boot_module *module;

    if (boot->nr_modules == BOOT_MAX_MODULES)
        panic("boot: more than %u modules", BOOT_MAX_MODULES);
    if (end < start)
        panic("boot: module %u ends before it begins", boot->nr_modules);
    module = &boot->module[boot->nr_modules++];
    module->range = (struct boot_range){paddr(start), paddr(end)};
    return module;
}

static void read_mb2_memory_map(const struct mb2_memory_map *map, struct boot_info *boot)
{
    uint32_t at = sizeof(*map);

    if (map->tag.size < sizeof(*map) || map->entry_size < sizeof(struct mb2_memory))
        panic("boot: the Multiboot2 memory map is malformed");
    for (; map->tag.size - at >= map->entry_size; at += map->entry_size) {
        struct mb2_memory entry;

        memcpy(&entry, (const char *)map + at, sizeof(entry));
        if (entry.type == MEMORY_AVAILABLE)
            add_ram(boot, entry.start, entry.size);
    }
}

static void read_mb2_module(const struct mb2_module *m, struct boot_info *boot)
{
    struct boot_module *module;

    if (m->tag.size < sizeof(*m))
        panic("boot: a Multiboot2 module tag is malformed");
    module = add_module(boot, m->start, m->end);
    copy_line(module->line, sizeof(module->line), m->line, m->tag.size - sizeof(*m),
              "a module line");
}

/* There may be both forms: the longer one has the addresses of 64 bits. */
static void keep_rsdp(struct boot_info *boot, const char *rsdp, size_t size)
{
    uint32_t kept = (uint32_t)min_u64(size, BOOT_RSDP_SIZE);

    if (kept <= boot->rsdp_size)
        return;
    memcpy(boot->rsdp, rsdp, kept);
    boot->rsdp_size = kept;
}

static void read_mb2_tag(const struct mb2_tag *tag, struct boot_info *boot)
{
    const char *text = (const char *)(tag + 1);
    size_t size = tag->size - sizeof(*tag);

    switch (tag->type) {
    case MB2_COMMAND_LINE:
        copy_line(boot->command_line, sizeof(boot->command_line), text, size,
                  "the hypervisor's command line");
        break;
    case MB2_LOADER_NAME:
        copy_name(boot->loader, sizeof(boot->loader), text, size);
        break;
    case MB2_MODULE:
        read_mb2_module((const struct mb2_module *)(const void *)tag, boot);
        break;
    case MB2_MEMORY_MAP:
        read_mb2_memory_map((const struct mb2_memory_map *)(const void *)tag, boot);
        break;
    case MB2_ACPI_1:
    case MB2_ACPI_2:
        keep_rsdp(boot, text, size);
        break;
    default:
        break;
    }
}

static void read_mb2(paddr_t information, struct boot_info *boot)
{
    const struct mb2_header *header = map_paddr(information);
    uint32_t total = header->total_size, at = sizeof(*header);

    boot->protocol = "Multiboot2";
    if (total < sizeof(*header) || total > MB_MAX_SIZE)
        panic("boot: the Multiboot2 information is %u bytes long", total);
    boot->information = (struct boot_range){information, paddr(information.a + total)};
    while (total - at >= sizeof(struct mb2_tag)) {
        const struct mb2_tag *tag = map_paddr(paddr(information.a + at));

        if (tag->type == MB2_END)
            return;
        if (tag->size < sizeof(*tag) || tag->size > total - at)
            panic("boot: the Multiboot2 tag at offset %u is malformed", at);
        read_mb2_tag(tag, boot);
        at = (uint32_t)min_u64(align_up(at + tag->size, 8), total);
    }
    panic("boot: the Multiboot2 information has no end tag");
}

static void read_mb1_modules(const struct mb1_info *info, struct boot_info *boot)
{
    for (uint32_t i = 0; i < info->nr_modules; i++) {
        struct mb1_module entry; /* which may be at any address */
        struct boot_module *module;

        memcpy(&entry, map_paddr(paddr(info->modules + i * sizeof(entry))), sizeof(entry));
        module = add_module(boot, entry.start, entry.end);
        copy_line(module->line, sizeof(module->line), map_paddr(paddr(entry.line)), BOOT_MAX_LINE,
                  "a module line");
    }
}

static void read_mb1_memory_map(const struct mb1_info *info, struct boot_info *boot)
{
    uint32_t at = 0;

    while (info->memory_map_size - at >= sizeof(struct mb1_memory)) {
        struct mb1_memory entry;

        memcpy(&entry, map_paddr(paddr(info->memory_map + at)), sizeof(entry));
        if (entry.size < sizeof(entry) - sizeof(entry.size) ||
            entry.size > info->memory_map_size - at - sizeof(entry.size))
            panic("boot: the Multiboot memory map is malformed at offset %u", at);
        if (entry.type == MEMORY_AVAILABLE)
            add_ram(boot, (uint64_t)entry.start[1] << 32 | entry.start[0],
                    (uint64_t)entry.length[1] << 32 | entry.length[0]);
        at += entry.size + (uint32_t)sizeof(entry.size);
    }
}

static void read_mb1(paddr_t information, struct boot_info *boot)
{
    const struct mb1_info *info = map_paddr(information);

    boot->protocol = "Multiboot";
    boot->information = (struct boot_range){information, paddr(information.a + sizeof(*info))};
    if (info->flags & MB1_FLAG_COMMAND_LINE)
        copy_line(boot->command_line, sizeof(boot->command_line),
                  map_paddr(paddr(info->command_line)), BOOT_MAX_LINE,
                  "the hypervisor's command line");
    if (info->flags & MB1_FLAG_LOADER_NAME)
        copy_name(boot->loader, sizeof(boot->loader), map_paddr(paddr(info->loader_name)),
                  BOOT_MAX_LINE);
    if (info->flags & MB1_FLAG_MODULES)
        read_mb1_modules(info, boot);
    if (info->flags & MB1_FLAG_MEMORY_MAP)
        read_mb1_memory_map(info, boot);
}

/* Bring the ranges of RAM into order, and make one of those that touch or overlap. */
static void merge_ram(struct boot_info *boot)
{
    unsigned int kept = 0;

    for (unsigned int i = 1; i < boot->nr_ram; i++) {
        struct boot_range range = boot->ram[i];
        unsigned int at = i;

        for (; at > 0 && boot->ram[at - 1].start.a > range.start.a; at--)
            boot->ram[at] = boot->ram[at - 1];
        boot->ram[at] = range;
    }
    for (unsigned int i = 1; i < boot->nr_ram; i++) {
        if (boot->ram[i].start.a <= boot->ram[kept].end.a)
            boot->ram[kept].end.a = max_u64(boot->ram[kept].end.a, boot->ram[i].end.a);
        else
            boot->ram[++kept] = boot->ram[i];
    }
    boot->nr_ram = kept + 1;
}

void boot_read_multiboot(uint32_t magic, paddr_t information, struct boot_info *boot)
{
    memset(boot, 0, sizeof(*boot));
    memcpy(boot->loader, "an unnamed bootloader", sizeof("an unnamed bootloader"));
    if (magic == MB2_MAGIC)
        read_mb2(information, boot);
    else if (magic == MB1_MAGIC)
        read_mb1(information, boot);
    else
        panic("boot: started by something that is no Multiboot or Multiboot2 bootloader "
              "(magic 0x%x): use GRUB2's multiboot2 command",
              magic);
    if (boot->nr_ram == 0)
        panic("boot: the bootloader gave no memory map");
    merge_ram(boot);
}
