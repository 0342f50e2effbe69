/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/trampoline.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

#define LOW_RAM_END 0xa0000ul /* adapters and BIOS are above */

struct far_pointer {
    uint32_t offset;
    uint16_t selector, unused;
};

struct trampoline_data {
    uint64_t slot;
    uint64_t boot_tables, tables; /* for CR3, first and then */
    uint64_t stack, cpu;
    struct far_pointer to_32, to_64;
    uint16_t unused, gdt_limit;
    uint32_t gdt_base;
    uint64_t gdt[4];
};

#define AT(field) offsetof(struct trampoline_data, field)
_Static_assert(AT(slot) == TRAMPOLINE_SLOT && TRAMPOLINE_DATA % 8 == 0, "a CPU writes it at once");
_Static_assert(AT(boot_tables) == TRAMPOLINE_BOOT_TABLES, "trampoline.h");
_Static_assert(AT(tables) == TRAMPOLINE_TABLES, "trampoline.h");
_Static_assert(AT(stack) == TRAMPOLINE_STACK && AT(cpu) == TRAMPOLINE_CPU, "trampoline.h");
_Static_assert(AT(to_32) == TRAMPOLINE_TO_32 && AT(to_64) == TRAMPOLINE_TO_64, "trampoline.h");
_Static_assert(AT(gdt_limit) == TRAMPOLINE_GDT_POINTER && AT(gdt) == TRAMPOLINE_GDT,
               "trampoline.h");
_Static_assert(TRAMPOLINE_DATA + sizeof(struct trampoline_data) <= PAGE_SIZE, "one page");

extern const char trampoline_code[], trampoline_code32[], trampoline_code64[];
extern const char trampoline_code_end[];
extern char boot_pml4[];

static uint64_t page; /* 0: there is none */

static struct trampoline_data *data(void)
{
    return map_paddr(paddr(page + TRAMPOLINE_DATA));
}

static bool overlaps(const struct boot_range *range, uint64_t start, uint64_t end)
{
    return range->start.a < end && start < range->end.a;
}

static bool is_ram(const struct boot_info *boot, uint64_t start, uint64_t end)
{
    for (unsigned int i = 0; i < boot->nr_ram; i++) {
        if (boot->ram[i].start.a <= start && end <= boot->ram[i].end.a)
            return true;
    }
    return false;
}

static bool is_used(const struct boot_info *boot, uint64_t start, uint64_t end)
{
    bool used = overlaps(&boot->information, start, end);

    for (unsigned int i = 0; i < boot->nr_modules; i++)
        used = used || overlaps(&boot->module[i].range, start, end);
    return used;
}

/* The highest there is; not page 0, with the interrupt vectors and data of the BIOS. */
bool trampoline_choose(const struct boot_info *boot)
{
    for (uint64_t at = LOW_RAM_END - PAGE_SIZE; at > 0; at -= PAGE_SIZE) {
        if (is_ram(boot, at, at + PAGE_SIZE) && !is_used(boot, at, at + PAGE_SIZE)) {
            page = at;
            return true;
        }
    }
    return false;
}

static struct far_pointer in_page(uint16_t selector, const char *code)
{
    return (struct far_pointer){(uint32_t)page + (uint32_t)(code - trampoline_code), selector, 0};
}

void trampoline_install(void)
{
    struct trampoline_data *d = data();
    size_t size = (size_t)(trampoline_code_end - trampoline_code);

    assert(page != 0 && size <= TRAMPOLINE_DATA);
    paging_map_data(DIRECT_MAP_BASE + page, paddr(page));
    memset(map_paddr(paddr(page)), 0, PAGE_SIZE);
    memcpy(map_paddr(paddr(page)), trampoline_code, size);
    d->boot_tables = physical(boot_pml4).a;
    d->tables = paging_root();
    d->to_32 = in_page(SELECTOR_CODE32, trampoline_code32);
    d->to_64 = in_page(SELECTOR_CODE, trampoline_code64);
    d->gdt_limit = sizeof(d->gdt) - 1;
    d->gdt_base = (uint32_t)(page + TRAMPOLINE_DATA + AT(gdt));
    d->gdt[SELECTOR_CODE / 8] = DESCRIPTOR_CODE;
    d->gdt[SELECTOR_DATA / 8] = DESCRIPTOR_DATA;
    d->gdt[SELECTOR_CODE32 / 8] = DESCRIPTOR_CODE32;
}

uint32_t trampoline_vector(void)
{
    return (uint32_t)(page >> PAGE_SHIFT);
}

static uint64_t slot_value(uint32_t state, uint64_t apic_id)
{
    return (uint64_t)state << 32 | apic_id;
}

void trampoline_offer(uint32_t apic_id, const struct cpu *cpu, uint64_t stack)
{
    struct trampoline_data *d = data();

    d->stack = stack;
    d->cpu = (uint64_t)cpu;
    __atomic_store_n(&d->slot, slot_value(SLOT_OFFERED, apic_id), __ATOMIC_RELEASE);
}

bool trampoline_wait(uint64_t ns)
{
    /* The upper half, on this little-endian machine. */
    const uint32_t *state = (const uint32_t *)(const void *)&data()->slot + 1;

    return clock_wait(ns, state, SLOT_TAKEN);
}

bool trampoline_withdraw(void)
{
    uint64_t slot = __atomic_load_n(&data()->slot, __ATOMIC_ACQUIRE);
    uint64_t offered = slot_value(SLOT_OFFERED, slot & UINT32_MAX);

    return __atomic_compare_exchange_n(&data()->slot, &offered, slot_value(SLOT_CLOSED, 0), false,
                                       __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}
