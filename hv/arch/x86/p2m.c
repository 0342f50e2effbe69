/* SPDX-License-Identifier: BSD-2-Clause */
/* Nested page tables (APM2 15.25): four levels of the long-mode format. */
#include <errno.h>

#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/x86.h"
#include "hv/domain/domain.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

#define ENTRIES 512ul
#define LEVELS 4u
#define GFN_LIMIT (1ul << (4 * 9))
/* Nested walks are user accesses (APM2 15.25.5), so every entry has the user bit. */
#define NESTED (PTE_P | PTE_RW | PTE_US | PTE_A | PTE_D)

static unsigned int level_order(unsigned int level)
{
    return 9 * (level - 1);
}

static uint64_t *table_of(uint64_t entry)
{
    return direct_map(paddr(entry & PTE_ADDRESS));
}

static uint64_t *entry_in(uint64_t *table, gfn_t at, unsigned int level)
{
    return &table[(at.g >> level_order(level)) % ENTRIES];
}

/* CPUs and lookups walk the tables meanwhile. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes through it */
static void set_entry(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static bool is_leaf(uint64_t entry, unsigned int level)
{
    return level == 1 || (entry & PTE_PS);
}

/* Tables are the hypervisor's frames: no guest ever maps one. */
static int new_table(struct domain *d, uint64_t *entry)
{
    mfn_t frame;

    if (d->table_frames >= d->max_table_frames)
        return -ENOMEM;
    frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    d->table_frames++;
    set_entry(entry, mfn_to_paddr(frame).a | NESTED);
    return 0;
}

unsigned int p2m_max_order(void)
{
    return cpu_features.gib_pages ? ORDER_1G : ORDER_2M;
}

int p2m_init(struct domain *d)
{
    uint64_t entry;
    int error = new_table(d, &entry);

    if (error == 0)
        d->arch.nested_root = paddr(entry & PTE_ADDRESS);
    return error;
}

static void free_table(struct domain *d, uint64_t entry)
{
    memory_free(paddr_to_mfn(paddr(entry & PTE_ADDRESS)), ORDER_4K);
    d->table_frames--;
}

void p2m_destroy(struct domain *d)
{
    uint64_t *table[LEVELS + 1];
    uint64_t at[LEVELS + 1] = {0};
    unsigned int level = LEVELS;

    if (d->arch.nested_root.a == 0)
        return;
    table[LEVELS] = map_paddr(d->arch.nested_root);
    for (;;) {
        uint64_t entry;

        if (at[level] == ENTRIES) {
            at[level] = 0;
            if (level == LEVELS)
                break;
            level++;
            free_table(d, table[level][at[level] - 1]);
            continue;
        }
        entry = table[level][at[level]++];
        if ((entry & PTE_P) && !is_leaf(entry, level)) {
            level--;
            table[level] = table_of(entry);
        }
    }
    free_table(d, d->arch.nested_root.a);
    d->arch.nested_root = paddr(0);
}

/* Replace a large mapping by a table of the next smaller size. */
static int split(struct domain *d, uint64_t *entry, unsigned int level)
{
    uint64_t step = PAGE_SIZE << level_order(level - 1), table_entry, *table;
    int error = new_table(d, &table_entry);

    if (error != 0)
        return error;
    table = table_of(table_entry);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        table[i] = (*entry & ~(uint64_t)PTE_PS) + i * step;
        table[i] |= level > 2 ? PTE_PS : 0;
    }
    set_entry(entry, table_entry);
    return 0;
}

/* The entry for `at` at `level`. With `make`, tables are made and large mappings are split. */
static int find_entry(struct domain *d, gfn_t at, unsigned int level, bool make, uint64_t **found)
{
    uint64_t *table = map_paddr(d->arch.nested_root);

    if (at.g >= GFN_LIMIT)
        return -EINVAL;
    for (unsigned int l = LEVELS; l > level; l--) {
        uint64_t *entry = entry_in(table, at, l);
        int error = 0;

        if (!(*entry & PTE_P))
            error = make ? new_table(d, entry) : -ENOENT;
        else if (is_leaf(*entry, l))
            error = split(d, entry, l);
        if (error != 0)
            return error;
        table = table_of(*entry);
    }
    *found = entry_in(table, at, level);
    return 0;
}

int p2m_map(struct domain *d, gfn_t at, mfn_t frame, unsigned int order)
{
    unsigned int level = order / 9 + 1;
    uint64_t *entry;
    int error;

    assert(((at.g | frame.m) & ((1ul << order) - 1)) == 0);
    error = find_entry(d, at, level, true, &entry);
    if (error != 0)
        return error;
    if (*entry & PTE_P)
        return -EEXIST;
    set_entry(entry, mfn_to_paddr(frame).a | NESTED | (level > 1 ? PTE_PS : 0));
    return 0;
}

int p2m_unmap(struct domain *d, gfn_t at, mfn_t *frame)
{
    uint64_t *entry;
    int error = find_entry(d, at, 1, false, &entry);

    *frame = INVALID_MFN;
    if (error == -ENOENT)
        return 0;
    if (error != 0)
        return error;
    if (*entry & PTE_P)
        *frame = paddr_to_mfn(paddr(*entry & PTE_ADDRESS));
    set_entry(entry, 0);
    if (frame->m != INVALID_MFN.m)
        memory_mark_stale(*frame);
    __atomic_fetch_add(&d->unmapped, 1, __ATOMIC_SEQ_CST);
    return 0;
}

static inline mfn_t look_up(const struct domain *d, gfn_t at, uint64_t *frames)
{
    uint64_t *table = direct_map(d->arch.nested_root);

    *frames = 0;
    if (at.g >= GFN_LIMIT)
        return INVALID_MFN;
    for (unsigned int level = LEVELS; level > 0; level--) {
        uint64_t entry = __atomic_load_n(entry_in(table, at, level), __ATOMIC_ACQUIRE);
        uint64_t inside = at.g & ((1ul << level_order(level)) - 1);

        if (!(entry & PTE_P))
            return INVALID_MFN;
        if (is_leaf(entry, level)) {
            *frames = (1ul << level_order(level)) - inside;
            return mfn(((entry & PTE_ADDRESS) >> PAGE_SHIFT) + inside);
        }
        table = table_of(entry);
    }
    return INVALID_MFN;
}

mfn_t p2m_lookup_run(const struct domain *d, gfn_t at, uint64_t *frames)
{
    return look_up(d, at, frames);
}

mfn_t p2m_lookup(const struct domain *d, gfn_t at)
{
    uint64_t frames;

    return look_up(d, at, &frames);
}
