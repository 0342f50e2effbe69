/* SPDX-License-Identifier: BSD-2-Clause */
/* APM2 5.3 (long-mode paging). */
#include <string.h>

#include "arch_layout.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

#define ENTRIES 512u
#define LOW_MEMORY_END (1 * MIB)

#define DATA (PTE_P | PTE_RW | PTE_NX | PTE_G)
#define RODATA (PTE_P | PTE_NX | PTE_G)
#define TEXT (PTE_P | PTE_G)

extern char image_start[], text_end[], rodata_end[], data_end[], image_end[];
extern char stacks_start[], stacks_end[];
extern char boot_stack_top[], double_fault_stack_top[], nmi_stack_top[];

static uint64_t *root;

paddr_t image_start_paddr(void)
{
    return physical(image_start);
}

paddr_t image_end_paddr(void)
{
    return physical(image_end);
}

paddr_t physical(const void *pointer)
{
    uint64_t address = (uint64_t)pointer;

    if (address >= IMAGE_BASE)
        return paddr(address - IMAGE_BASE);
    assert(address >= DIRECT_MAP_BASE && address < DIRECT_MAP_BASE + DIRECT_MAP_SIZE);
    return paddr(address - DIRECT_MAP_BASE);
}

void *map_paddr(paddr_t address)
{
    return direct_map(address);
}

void *map_mfn(mfn_t frame)
{
    return direct_map(mfn_to_paddr(frame));
}

static unsigned int level_shift(unsigned int level)
{
    return PAGE_SHIFT + 9 * (level - 1);
}

static uint64_t *new_table(void)
{
    mfn_t frame = memory_alloc(0, OWNER_HYPERVISOR);

    if (frame.m == INVALID_MFN.m)
        panic("no memory for the hypervisor's page tables");
    return map_mfn(frame);
}

/* The entry for `address` at `level`; tables above it are made as needed. */
static uint64_t *entry_at(uint64_t address, unsigned int level)
{
    uint64_t *table = root;

    for (unsigned int l = 4;; l--) {
        uint64_t *entry = &table[(address >> level_shift(l)) % ENTRIES];

        if (l == level)
            return entry;
        if (!(*entry & PTE_P))
            *entry = physical(new_table()).a | PTE_P | PTE_RW;
        assert(!(*entry & PTE_PS));
        table = map_paddr(paddr(*entry & PTE_ADDRESS));
    }
}

static unsigned int largest_level(uint64_t virtual, uint64_t address, uint64_t size)
{
    for (unsigned int level = cpu_features.gib_pages ? 3 : 2; level > 1; level--) {
        uint64_t page = 1ul << level_shift(level);

        if (((virtual | address) & (page - 1)) == 0 && size >= page)
            return level;
    }
    return 1;
}

static void map_range(uint64_t virtual, uint64_t address, uint64_t size, uint64_t flags)
{
    while (size > 0) {
        unsigned int level = largest_level(virtual, address, size);
        uint64_t page = 1ul << level_shift(level);

        *entry_at(virtual, level) = address | flags | (level > 1 ? PTE_PS : 0);
        virtual += page;
        address += page;
        size -= page;
    }
}

static void map_image_part(const char *start, const char *end, uint64_t flags)
{
    map_range((uint64_t)start, physical(start).a, (uint64_t)(end - start), flags);
}

static void unmap_page(uint64_t virtual)
{
    *entry_at(virtual, 1) = 0;
}

static void map_image(void)
{
    map_image_part(image_start, text_end, TEXT);
    map_image_part(text_end, rodata_end, RODATA);
    map_image_part(rodata_end, stacks_start, DATA);
    /* Page by page: the guard pages need small pages around them. */
    for (const char *page = stacks_start; page < stacks_end; page += PAGE_SIZE)
        map_image_part(page, page + PAGE_SIZE, DATA);
    unmap_page((uint64_t)stacks_start);
    unmap_page((uint64_t)boot_stack_top);
    unmap_page((uint64_t)double_fault_stack_top);
    unmap_page((uint64_t)nmi_stack_top);
}

/* RAM, writable but for the hypervisor's text and read-only data. */
static void map_ram(uint64_t start, uint64_t end)
{
    uint64_t fixed_start = physical(image_start).a, fixed_end = physical(rodata_end).a;
    uint64_t cut = min_u64(max_u64(fixed_start, start), end);
    uint64_t resume = min_u64(max_u64(fixed_end, start), end);

    map_range(DIRECT_MAP_BASE + start, start, cut - start, DATA);
    map_range(DIRECT_MAP_BASE + cut, cut, resume - cut, RODATA);
    map_range(DIRECT_MAP_BASE + resume, resume, end - resume, DATA);
}

void paging_init(const struct boot_info *boot)
{
    root = new_table();
    map_image();
    for (unsigned int i = 0; i < boot->nr_ram; i++) {
        uint64_t start = max_u64(align_up(boot->ram[i].start.a, PAGE_SIZE), LOW_MEMORY_END);
        uint64_t end = min_u64(align_down(boot->ram[i].end.a, PAGE_SIZE), DIRECT_MAP_SIZE);

        if (start < end)
            map_ram(start, end);
    }
    write_cr3(physical(root).a);
}

void paging_map_data(uint64_t virtual, paddr_t frame)
{
    *entry_at(virtual, 1) = frame.a | DATA;
}

uint64_t paging_root(void)
{
    return physical(root).a;
}

void *paging_map_device(paddr_t address)
{
    uint64_t virtual = DIRECT_MAP_BASE + align_down(address.a, PAGE_SIZE);

    *entry_at(virtual, 1) = align_down(address.a, PAGE_SIZE) | DATA | PTE_PCD | PTE_PWT;
    __asm__ volatile("invlpg (%0)" : : "r"(virtual) : "memory");
    return (void *)(DIRECT_MAP_BASE + address.a);
}

static bool writable_executable(const uint64_t path[static 5], unsigned int level)
{
    bool writable = true, executable = true;

    for (unsigned int l = 4; l >= level; l--) {
        writable = writable && (path[l] & PTE_RW);
        executable = executable && !(path[l] & PTE_NX);
    }
    return writable && executable;
}

unsigned int paging_count_writable_executable(uint64_t *mapped)
{
    uint64_t *table[5] = {0}, path[5] = {0};
    unsigned int at[5] = {0}, found = 0;
    unsigned int level = 4;

    *mapped = 0;
    table[4] = map_paddr(paddr(read_cr3() & PTE_ADDRESS));
    while (level <= 4) {
        if (at[level] == ENTRIES) {
            at[level] = 0;
            level++;
            continue;
        }
        path[level] = table[level][at[level]++];
        if (!(path[level] & PTE_P))
            continue;
        if (level > 1 && !(path[level] & PTE_PS)) {
            table[level - 1] = map_paddr(paddr(path[level] & PTE_ADDRESS));
            level--;
            continue;
        }
        (*mapped)++;
        found += writable_executable(path, level) ? 1 : 0;
    }
    return found;
}

bool paging_is_mapped(uint64_t address)
{
    uint64_t *table = map_paddr(paddr(read_cr3() & PTE_ADDRESS));

    for (unsigned int level = 4; level > 0; level--) {
        uint64_t entry = table[(address >> level_shift(level)) % ENTRIES];

        if (!(entry & PTE_P))
            return false;
        if (level == 1 || (entry & PTE_PS))
            break;
        table = map_paddr(paddr(entry & PTE_ADDRESS));
    }
    return true;
}
