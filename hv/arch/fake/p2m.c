/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Guest frames to machine frames: three levels of tables of 512 words. They are frames of the
 * hypervisor and count against the domain's allowance, as nested page tables do.
 */
#include <errno.h>

#include "hv/domain/domain.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

#define ENTRIES 512ul
#define LEVELS 3u
#define GFN_LIMIT (1ul << (LEVELS * 9))

/* An entry is 0 or a frame's number with these bits below it. */
#define PRESENT 1ul
#define LEAF 2ul
#define FLAG_BITS 2u

static unsigned int level_order(unsigned int level)
{
    return 9 * (level - 1);
}

static mfn_t frame_of(uint64_t entry)
{
    return mfn(entry >> FLAG_BITS);
}

static uint64_t make_entry(mfn_t frame, uint64_t flags)
{
    return frame.m << FLAG_BITS | flags;
}

/* Lookups walk the tables meanwhile. */
/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes through it */
static void set_entry(uint64_t *entry, uint64_t value)
{
    __atomic_store_n(entry, value, __ATOMIC_RELEASE);
}

static uint64_t *entry_in(uint64_t *table, gfn_t at, unsigned int level)
{
    return &table[(at.g >> level_order(level)) % ENTRIES];
}

static int new_table(struct domain *d, uint64_t *entry)
{
    mfn_t frame;

    if (d->table_frames >= d->max_table_frames)
        return -ENOMEM;
    frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    d->table_frames++;
    set_entry(entry, make_entry(frame, PRESENT));
    return 0;
}

static void free_table(struct domain *d, uint64_t *entry)
{
    memory_free(frame_of(*entry), ORDER_4K);
    d->table_frames--;
    *entry = 0;
}

unsigned int p2m_max_order(void)
{
    return ORDER_2M;
}

int p2m_init(struct domain *d)
{
    uint64_t entry;
    int error = new_table(d, &entry);

    if (error == 0)
        d->arch.p2m_root = mfn_to_paddr(frame_of(entry));
    return error;
}

static void free_tables_in(struct domain *d, uint64_t *table)
{
    for (uint64_t i = 0; i < ENTRIES; i++) {
        if ((table[i] & PRESENT) && !(table[i] & LEAF))
            free_table(d, &table[i]);
    }
}

void p2m_destroy(struct domain *d)
{
    uint64_t *root, root_entry = make_entry(paddr_to_mfn(d->arch.p2m_root), PRESENT);

    if (d->arch.p2m_root.a == 0)
        return;
    root = map_paddr(d->arch.p2m_root);
    for (uint64_t i = 0; i < ENTRIES; i++) {
        if ((root[i] & PRESENT) && !(root[i] & LEAF))
            free_tables_in(d, map_mfn(frame_of(root[i])));
    }
    free_tables_in(d, root);
    free_table(d, &root_entry);
    d->arch.p2m_root = paddr(0);
}

/* Replace a large mapping by a table of the next smaller size. */
static int split(struct domain *d, uint64_t *entry, unsigned int level)
{
    uint64_t table_entry, *table;
    int error = new_table(d, &table_entry);

    if (error != 0)
        return error;
    table = map_mfn(frame_of(table_entry));
    for (uint64_t i = 0; i < ENTRIES; i++)
        table[i] =
            make_entry(mfn(frame_of(*entry).m + (i << level_order(level - 1))), PRESENT | LEAF);
    set_entry(entry, table_entry);
    return 0;
}

/* The entry for `at` at `level`. With `make`, tables are made; what is larger is split. */
static int find_entry(struct domain *d, gfn_t at, unsigned int level, bool make, uint64_t **found)
{
    uint64_t *table = map_paddr(d->arch.p2m_root);

    if (at.g >= GFN_LIMIT)
        return -EINVAL;
    for (unsigned int l = LEVELS; l > level; l--) {
        uint64_t *entry = entry_in(table, at, l);
        int error = 0;

        if (!(*entry & PRESENT))
            error = make ? new_table(d, entry) : -ENOENT;
        else if (*entry & LEAF)
            error = split(d, entry, l);
        if (error != 0)
            return error;
        table = map_mfn(frame_of(*entry));
    }
    *found = entry_in(table, at, level);
    return 0;
}

static bool is_empty(const uint64_t *table)
{
    for (uint64_t i = 0; i < ENTRIES; i++) {
        if (table[i] & PRESENT)
            return false;
    }
    return true;
}

/* A mapping that failed leaves no tables behind that it made: those on the way that are empty. */
static void drop_empty_tables(struct domain *d, gfn_t at)
{
    for (unsigned int pass = LEVELS; pass > 1; pass--) {
        uint64_t *table = map_paddr(d->arch.p2m_root), *last = NULL;

        for (unsigned int l = LEVELS; l > 1; l--) {
            uint64_t *entry = entry_in(table, at, l);

            if (!(*entry & PRESENT) || (*entry & LEAF))
                break;
            last = entry;
            table = map_mfn(frame_of(*entry));
        }
        if (last == NULL || !is_empty(table))
            return;
        free_table(d, last);
    }
}

int p2m_map(struct domain *d, gfn_t at, mfn_t frame, unsigned int order)
{
    unsigned int level = order / 9 + 1;
    uint64_t *entry;
    int error;

    assert(order <= p2m_max_order() && ((at.g | frame.m) & ((1ul << order) - 1)) == 0);
    error = find_entry(d, at, level, true, &entry);
    if (error == -ENOMEM)
        drop_empty_tables(d, at);
    if (error != 0)
        return error;
    if (*entry & PRESENT)
        return -EEXIST;
    set_entry(entry, make_entry(frame, PRESENT | LEAF));
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
    if (*entry & PRESENT)
        *frame = frame_of(*entry);
    set_entry(entry, 0);
    if (frame->m != INVALID_MFN.m)
        memory_mark_stale(*frame);
    __atomic_fetch_add(&d->unmapped, 1, __ATOMIC_SEQ_CST);
    return 0;
}

mfn_t p2m_lookup_run(const struct domain *d, gfn_t at, uint64_t *frames)
{
    uint64_t *table = map_paddr(d->arch.p2m_root);

    *frames = 0;
    if (at.g >= GFN_LIMIT)
        return INVALID_MFN;
    for (unsigned int level = LEVELS; level > 0; level--) {
        uint64_t entry = __atomic_load_n(entry_in(table, at, level), __ATOMIC_ACQUIRE);
        uint64_t inside = at.g & ((1ul << level_order(level)) - 1);

        if (!(entry & PRESENT))
            return INVALID_MFN;
        if (entry & LEAF) {
            *frames = (1ul << level_order(level)) - inside;
            return mfn(frame_of(entry).m + inside);
        }
        table = map_mfn(frame_of(entry));
    }
    return INVALID_MFN;
}

mfn_t p2m_lookup(const struct domain *d, gfn_t at)
{
    uint64_t frames;

    return p2m_lookup_run(d, at, &frames);
}
