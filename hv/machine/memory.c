/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "hv/boot/boot_info.h"
#include "hv/machine/lock.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "arch_layout.h"

#define FRAME_BITS 29
#define NO_FRAME ((1u << FRAME_BITS) - 1)
#define ORDER_BITS 5
#define MOST_ORDER ((1u << ORDER_BITS) - 1)
#define MAX_FRAMES ((uint64_t)NO_FRAME) /* 2 TiB */
#define LOW_MEMORY_END (1 * MIB)        /* firmware's; left alone */

/* One for each frame below the end of RAM: the head of a free block, or something else. */
union frame {
    __extension__ struct {
        uint64_t is_head : 1;
        uint64_t order : ORDER_BITS; /* of the block */
        uint64_t next : FRAME_BITS;
        uint64_t prev : FRAME_BITS;
    };
    __extension__ struct {
        uint64_t : 1;
        uint64_t is_stale : 1; /* memory_mark_stale() */
        uint64_t owner : 16;
    };
};

_Static_assert(sizeof(union frame) == 8, "8 bytes for each 4 KiB frame: 0.2 %");
_Static_assert(MAX_ORDER <= MOST_ORDER, "its number fits");

#define FRAMES_AT_ONCE 512u /* that are looked at while the lock is held */

#define MAX_RESERVED (BOOT_MAX_MODULES + 4)

struct reserved {
    unsigned int n;
    struct boot_range range[MAX_RESERVED];
};

static struct lock lock = LOCK_INITIAL(LOCK_MEMORY);
static union frame *frames;
static uint64_t nr_frames, nr_free, nr_ram;
static uint32_t free_list[MAX_ORDER + 1];
static struct reserved reserved;

static uint64_t block_frames(unsigned int order)
{
    return 1ul << order;
}

static uint16_t owner_of(uint64_t frame)
{
    union frame f = frames[frame];

    return f.is_head ? OWNER_FREE : f.owner;
}

/* Each copy doubles what is filled, since there are many. */
static void set_owner(uint64_t first, uint64_t n, uint16_t owner)
{
    uint64_t filled = 1;

    if (n == 0)
        return;
    frames[first] = (union frame){.owner = owner};
    for (uint64_t more; filled < n; filled += more) {
        more = min_u64(filled, n - filled);
        memcpy(&frames[first + filled], &frames[first], more * sizeof(union frame));
    }
}

static void list_insert(uint32_t frame, unsigned int order)
{
    frames[frame] = (union frame){.is_head = 1,
                                  .order = order & MOST_ORDER,
                                  .next = free_list[order] & NO_FRAME,
                                  .prev = NO_FRAME};
    if (free_list[order] != NO_FRAME)
        frames[free_list[order]].prev = frame & NO_FRAME;
    free_list[order] = frame;
}

static void list_remove(uint32_t frame, unsigned int order)
{
    union frame f = frames[frame];

    if (f.prev != NO_FRAME)
        frames[f.prev].next = f.next;
    else
        free_list[order] = (uint32_t)f.next;
    if (f.next != NO_FRAME)
        frames[f.next].prev = f.prev;
    frames[frame] = (union frame){.owner = OWNER_FREE};
}

static bool is_free_block(uint64_t frame, unsigned int order)
{
    return frame + block_frames(order) <= nr_frames && frames[frame].is_head &&
           frames[frame].order == order;
}

/* Under the lock; but anybody may read it. */
static void count_free(int64_t more)
{
    __atomic_store_n(&nr_free, nr_free + (uint64_t)more, __ATOMIC_RELAXED);
}

static void free_block(uint64_t frame, unsigned int order)
{
    set_owner(frame, block_frames(order), OWNER_FREE);
    count_free((int64_t)block_frames(order));
    while (order < MAX_ORDER && is_free_block(frame ^ block_frames(order), order)) {
        list_remove((uint32_t)(frame ^ block_frames(order)), order);
        frame &= ~block_frames(order);
        order++;
    }
    list_insert((uint32_t)frame, order);
}

/* Frames [start, end), in the largest aligned blocks. */
static void free_range(uint64_t start, uint64_t end)
{
    while (start < end) {
        unsigned int order = 0;

        while (order < MAX_ORDER && (start & (block_frames(order + 1) - 1)) == 0 &&
               start + block_frames(order + 1) <= end)
            order++;
        free_block(start, order);
        start += block_frames(order);
    }
}

static void reserve(paddr_t start, paddr_t end)
{
    assert(reserved.n < MAX_RESERVED);
    reserved.range[reserved.n++] =
        (struct boot_range){{align_down(start.a, PAGE_SIZE)}, {align_up(end.a, PAGE_SIZE)}};
}

/* The first reserved range that touches [start, end), or NULL. */
static const struct boot_range *first_reserved(uint64_t start, uint64_t end)
{
    const struct boot_range *first = NULL;

    for (unsigned int i = 0; i < reserved.n; i++) {
        const struct boot_range *r = &reserved.range[i];

        if (r->start.a < end && r->end.a > start && (first == NULL || r->start.a < first->start.a))
            first = r;
    }
    return first;
}

static void free_unreserved(uint64_t start, uint64_t end)
{
    while (start < end) {
        const struct boot_range *r = first_reserved(start, end);
        uint64_t stop = r == NULL ? end : max_u64(r->start.a, start);

        free_range(start >> PAGE_SHIFT, stop >> PAGE_SHIFT);
        start = r == NULL ? end : r->end.a;
    }
}

/* Room for the frame table: in RAM that the boot page tables reach, clear of what was loaded. */
static paddr_t find_room(const struct boot_info *boot, uint64_t size)
{
    for (unsigned int i = 0; i < boot->nr_ram; i++) {
        uint64_t start = align_up(max_u64(boot->ram[i].start.a, LOW_MEMORY_END), PAGE_SIZE);
        uint64_t end = min_u64(boot->ram[i].end.a, BOOT_MAP_SIZE);

        while (start < end && size <= end - start) {
            const struct boot_range *r = first_reserved(start, start + size);

            if (r == NULL)
                return paddr(start);
            start = r->end.a;
        }
    }
    panic("no room for the table of frames (%lu KiB): the machine has too little memory",
          size / KIB);
}

static void note_ram(const struct boot_info *boot)
{
    for (unsigned int i = 0; i < boot->nr_ram; i++) {
        uint64_t start = align_up(boot->ram[i].start.a, PAGE_SIZE) >> PAGE_SHIFT;
        uint64_t end = min_u64(align_down(boot->ram[i].end.a, PAGE_SIZE) >> PAGE_SHIFT, nr_frames);

        if (start >= end)
            continue;
        set_owner(start, end - start, OWNER_HYPERVISOR);
        nr_ram += end - start;
    }
    for (unsigned int i = 0; i < boot->nr_modules; i++) {
        const struct boot_range *r = &boot->module[i].range;

        for (uint64_t f = r->start.a >> PAGE_SHIFT; f < align_up(r->end.a, PAGE_SIZE) >> PAGE_SHIFT;
             f++) {
            if (f < nr_frames && f >= LOW_MEMORY_END >> PAGE_SHIFT &&
                owner_of(f) == OWNER_HYPERVISOR)
                frames[f].owner = OWNER_BOOT;
        }
    }
}

static void init_tables(paddr_t table)
{
    frames = map_paddr(table);
    set_owner(0, nr_frames, OWNER_NONE);
    for (unsigned int order = 0; order <= MAX_ORDER; order++)
        free_list[order] = NO_FRAME;
}

/* Free what is RAM, not reserved, and in [from, to). */
static void free_ram(const struct boot_info *boot, uint64_t from, uint64_t to)
{
    for (unsigned int i = 0; i < boot->nr_ram; i++)
        free_unreserved(max_u64(align_up(boot->ram[i].start.a, PAGE_SIZE), from),
                        min_u64(align_down(boot->ram[i].end.a, PAGE_SIZE), to));
}

void memory_init(const struct boot_info *boot)
{
    uint64_t end = 0, size;
    paddr_t table;

    for (unsigned int i = 0; i < boot->nr_ram; i++)
        end = max_u64(end, boot->ram[i].end.a);
    end = min_u64(end, DIRECT_MAP_SIZE);
    nr_frames = min_u64(end >> PAGE_SHIFT, MAX_FRAMES);
    size = nr_frames * sizeof(union frame);

    reserve(paddr(0), paddr(LOW_MEMORY_END));
    reserve(image_start_paddr(), image_end_paddr());
    reserve(boot->information.start, boot->information.end);
    for (unsigned int i = 0; i < boot->nr_modules; i++)
        reserve(boot->module[i].range.start, boot->module[i].range.end);
    table = find_room(boot, size);
    reserve(table, paddr(table.a + size));

    init_tables(table);
    note_ram(boot);
    free_ram(boot, 0, min_u64(nr_frames << PAGE_SHIFT, BOOT_MAP_SIZE));
}

void memory_add_high(const struct boot_info *boot)
{
    free_ram(boot, BOOT_MAP_SIZE, nr_frames << PAGE_SHIFT);
}

/* The smallest free block of at least `order`, or NO_FRAME. */
static uint32_t find_block(unsigned int order, unsigned int *found)
{
    for (unsigned int o = order; o <= MAX_ORDER; o++) {
        if (free_list[o] != NO_FRAME) {
            *found = o;
            return free_list[o];
        }
    }
    return NO_FRAME;
}

static mfn_t take_block(uint32_t frame, unsigned int order, unsigned int found, uint16_t owner)
{
    list_remove(frame, found);
    while (found > order) {
        found--;
        list_insert(frame + (uint32_t)block_frames(found), found);
    }
    count_free(-(int64_t)block_frames(order));
    set_owner(frame, block_frames(order), owner);
    return mfn(frame);
}

mfn_t memory_alloc(unsigned int order, uint16_t owner)
{
    unsigned int found;
    uint32_t frame;

    mfn_t taken = INVALID_MFN;

    assert(order <= MAX_ORDER);
    lock_take(&lock);
    frame = find_block(order, &found);
    if (frame != NO_FRAME)
        taken = take_block(frame, order, found, owner);
    lock_release(&lock);
    /* It is the caller's already, so that clearing it keeps nobody waiting. */
    if (taken.m != INVALID_MFN.m)
        memset(map_mfn(taken), 0, block_frames(order) * PAGE_SIZE);
    return taken;
}

static void mark(mfn_t frame, bool is_stale)
{
    lock_take(&lock);
    frames[frame.m].is_stale = is_stale;
    lock_release(&lock);
}

void memory_mark_stale(mfn_t frame)
{
    if (DEBUG_CHECKS)
        mark(frame, true);
}

void memory_mark_flushed(mfn_t frame)
{
    if (DEBUG_CHECKS)
        mark(frame, false);
}

void memory_take_away(mfn_t frame)
{
    lock_take(&lock);
    frames[frame.m].owner = OWNER_HYPERVISOR;
    lock_release(&lock);
}

void memory_free(mfn_t frame, unsigned int order)
{
    assert(order <= MAX_ORDER && frame.m + block_frames(order) <= nr_frames);
    lock_take(&lock);
    for (uint64_t i = 0; i < block_frames(order); i++) {
        uint16_t owner = owner_of(frame.m + i);

        assert(owner < OWNER_BOOT || owner == OWNER_HYPERVISOR);
        assert(!frames[frame.m + i].is_stale);
    }
    free_block(frame.m, order);
    lock_release(&lock);
}

void memory_free_cleared(mfn_t frame)
{
    memset(map_mfn(frame), 0, PAGE_SIZE);
    memory_free(frame, ORDER_4K);
}

uint64_t memory_clear_owned(uint16_t owner)
{
    uint64_t n = 0;

    for (uint64_t f = 0; f < nr_frames; f++) {
        if (memory_owner(mfn(f)) != owner)
            continue;
        memset(map_mfn(mfn(f)), 0, PAGE_SIZE);
        n++;
    }
    return n;
}

uint64_t memory_reclaim_boot(paddr_t start, paddr_t end)
{
    uint64_t first = start.a >> PAGE_SHIFT, n = 0;

    for (uint64_t f = first; f < align_up(end.a, PAGE_SIZE) >> PAGE_SHIFT; f++) {
        if (memory_owner(mfn(f)) != OWNER_BOOT)
            continue;
        memset(map_mfn(mfn(f)), 0, PAGE_SIZE);
        lock_take(&lock);
        free_block(f, 0);
        lock_release(&lock);
        n++;
    }
    return n;
}

/* Free those of frames [first, end) that are the owner's. Returns how many. */
static uint64_t free_owned(uint64_t first, uint64_t end, uint16_t owner)
{
    uint64_t n = 0;

    lock_take(&lock);
    for (uint64_t f = first; f < end; f++) {
        if (owner_of(f) == owner) {
            free_block(f, 0);
            n++;
        }
    }
    lock_release(&lock);
    return n;
}

uint64_t memory_free_owned(uint16_t owner)
{
    uint64_t n = 0;

    assert(owner < OWNER_BOOT);
    for (uint64_t f = 0; f < nr_frames; f += FRAMES_AT_ONCE)
        n += free_owned(f, min_u64(f + FRAMES_AT_ONCE, nr_frames), owner);
    return n;
}

bool memory_holds_modules(paddr_t start, paddr_t end)
{
    for (uint64_t f = start.a >> PAGE_SHIFT; f < align_up(end.a, PAGE_SIZE) >> PAGE_SHIFT; f++) {
        if (f >= nr_frames || owner_of(f) != OWNER_BOOT)
            return false;
    }
    return true;
}

uint64_t memory_free_frames(void)
{
    return __atomic_load_n(&nr_free, __ATOMIC_RELAXED);
}

uint64_t memory_total_frames(void)
{
    return nr_ram;
}

uint16_t memory_owner(mfn_t frame)
{
    uint16_t owner;

    if (frame.m >= nr_frames)
        return OWNER_NONE;
    lock_take(&lock);
    owner = owner_of(frame.m);
    lock_release(&lock);
    return owner;
}

uint64_t memory_end(void)
{
    return nr_frames << PAGE_SHIFT;
}
