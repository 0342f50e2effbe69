/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Addresses and frame numbers, as types that cannot be mixed up.
 *   paddr_t  a byte in the machine's physical memory
 *   mfn_t    a 4 KiB frame of the machine
 *   gfn_t    a 4 KiB frame of a guest's physical address space
 *   gva_t    a guest's virtual address
 */
#ifndef HV_TYPES_H
#define HV_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PAGE_SHIFT 12u
#define PAGE_SIZE 4096ul
#define PAGE_MASK (PAGE_SIZE - 1)
#define KIB 1024ul
#define MIB (1024ul * KIB)
#define GIB (1024ul * MIB)

/* Orders (log2 of a number of 4 KiB frames) of the page sizes that nested paging knows. */
#define ORDER_4K 0u
#define ORDER_2M 9u
#define ORDER_1G 18u

typedef struct {
    uint64_t a;
} paddr_t;

typedef struct {
    uint64_t m;
} mfn_t;

typedef struct {
    uint64_t g;
} gfn_t;

typedef struct {
    uint64_t v;
} gva_t;

static inline mfn_t mfn(uint64_t number)
{
    return (mfn_t){number};
}

static inline gfn_t gfn(uint64_t number)
{
    return (gfn_t){number};
}

static inline paddr_t paddr(uint64_t address)
{
    return (paddr_t){address};
}

static inline mfn_t paddr_to_mfn(paddr_t address)
{
    return (mfn_t){address.a >> PAGE_SHIFT};
}

static inline paddr_t mfn_to_paddr(mfn_t frame)
{
    return (paddr_t){frame.m << PAGE_SHIFT};
}

#define INVALID_MFN ((mfn_t){~0ul})

#define ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

static inline uint64_t min_u64(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

static inline uint64_t max_u64(uint64_t a, uint64_t b)
{
    return a > b ? a : b;
}

/* `alignment` is a power of two. */
static inline uint64_t align_up(uint64_t value, uint64_t alignment)
{
    return (value + alignment - 1) & ~(alignment - 1);
}

static inline uint64_t align_down(uint64_t value, uint64_t alignment)
{
    return value & ~(alignment - 1);
}

#endif
