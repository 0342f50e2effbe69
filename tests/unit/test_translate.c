/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's page tables (hv/arch/x86/translate.c) in a memory of a few frames, of which each is
 * another machine frame than guest frame, and some are missing.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/vmcb.h"
#include "hv/arch/x86/x86.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"

#define NR_FRAMES 8u
#define FIRST_MFN 100u
#define ABSENT 7u /* a guest frame without memory */
/* Where the guest's memory of large pages begins: its frames have no content. */
#define LARGE 512u
#define LARGE_END 0x100000u

/* Guest frames of the tables. */
enum { PML4 = 1, PDPT, PD, PT, DATA };

static uint64_t ram[NR_FRAMES][512];
static struct vmcb vmcb;
static struct domain domain;
static struct vcpu vcpu = {.domain = &domain, .arch = {.vmcb = &vmcb}};

mfn_t p2m_lookup(const struct domain *d, gfn_t at)
{
    assert_ptr_equal(d, &domain);
    if ((at.g < NR_FRAMES && at.g != ABSENT) || (at.g >= LARGE && at.g < LARGE_END))
        return mfn(FIRST_MFN + at.g);
    return INVALID_MFN;
}

void *map_mfn(mfn_t frame)
{
    assert_in_range(frame.m, FIRST_MFN, FIRST_MFN + NR_FRAMES - 1);
    return ram[frame.m - FIRST_MFN];
}

#define INDEX(address, level) ((address) >> (12 + 9 * (level)) & 511)
#define ENTRY(frame, bits) ((uint64_t)(frame) << PAGE_SHIFT | (bits))
#define RW (PTE_P | PTE_RW)

/* `address` is mapped to the page DATA, writable. */
static void map_page(uint64_t address)
{
    memset(ram, 0, sizeof(ram));
    ram[PML4][INDEX(address, 3)] = ENTRY(PDPT, RW);
    ram[PDPT][INDEX(address, 2)] = ENTRY(PD, RW);
    ram[PD][INDEX(address, 1)] = ENTRY(PT, RW);
    ram[PT][INDEX(address, 0)] = ENTRY(DATA, RW);
    vmcb.cr0 = CR0_PG | CR0_PE;
    vmcb.cr3 = ENTRY(PML4, PTE_PWT | PTE_PCD);
    vmcb.cr4 = CR4_PAE;
    vmcb.efer = EFER_LMA | EFER_LME;
}

static void must_reach(uint64_t address, bool write, uint64_t guest_frame)
{
    mfn_t frame = INVALID_MFN;

    assert_int_equal(arch_translate(&vcpu, (gva_t){address}, write, &frame), 0);
    assert_int_equal(frame.m, FIRST_MFN + guest_frame);
}

static void must_fault(uint64_t address, bool write)
{
    mfn_t frame;

    assert_int_equal(arch_translate(&vcpu, (gva_t){address}, write, &frame), -EFAULT);
}

static const uint64_t addresses[] = {0x0,
                                     0xfff,
                                     0x123456789abc,
                                     0x7fffffffffff,
                                     0xffff800000000000,
                                     0xffffffff80001234,
                                     0xffffffffffffffff};

static void test_pages(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(addresses); i++) {
        map_page(addresses[i]);
        must_reach(addresses[i], false, DATA);
        must_reach(addresses[i], true, DATA);
        must_fault(addresses[i] ^ 0x1000, false);
        must_fault(addresses[i] ^ 1ul << 40, false);
    }
}

/* What has no translation by tables of four levels. */
static void test_modes(void **state)
{
    (void)state;
    map_page(0x1000);
    vmcb.cr0 = CR0_PE;
    must_fault(0x1000, false);
    map_page(0x1000);
    vmcb.efer = EFER_LME;
    must_fault(0x1000, false);
    map_page(0x1000);
    vmcb.cr4 |= CR4_LA57;
    must_fault(0x1000, false);
}

static void test_not_canonical(void **state)
{
    static const uint64_t bad[] = {0x800000000000, 0xffff7fffffffffff, 0x8000000000000000,
                                   0x0001000000000000};

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        map_page(bad[i]);
        must_fault(bad[i], false);
    }
}

/* At each level: not present, not writable, a table that the guest doesn't have. */
static void test_each_level(void **state)
{
    static const unsigned int table[] = {PT, PD, PDPT, PML4};
    const uint64_t address = 0x123456789abc;

    (void)state;
    for (unsigned int level = 0; level < ARRAY_SIZE(table); level++) {
        uint64_t *entry = &ram[table[level]][INDEX(address, level)];

        map_page(address);
        *entry &= ~PTE_P;
        must_fault(address, false);
        map_page(address);
        *entry &= ~PTE_RW;
        must_reach(address, false, DATA);
        must_fault(address, true);
        map_page(address);
        *entry = ENTRY(ABSENT, RW);
        must_fault(address, false);
    }
    map_page(address);
    vmcb.cr3 = ENTRY(ABSENT, 0);
    must_fault(address, false);
    map_page(address);
    ram[PT][INDEX(address, 0)] |= PTE_NX | PTE_A | PTE_D | PTE_G; /* none of the frame's number */
    must_reach(address, true, DATA);
}

static void test_large_pages(void **state)
{
    const uint64_t address = 0x40000000 + 0x12345678; /* GiB 1 */

    (void)state;
    map_page(address);
    ram[PD][INDEX(address, 1)] = ENTRY(0x600, RW | PTE_PS);
    must_reach(address, true, 0x600 + (address >> 12 & 511));
    ram[PD][INDEX(address, 1)] = ENTRY(0x600 + 3, RW | PTE_PS); /* low bits are not looked at */
    must_reach(address, true, 0x600 + (address >> 12 & 511));
    ram[PDPT][INDEX(address, 2)] = ENTRY(0x40000, RW | PTE_PS);
    must_reach(address, true, 0x40000 + (address >> 12 & 0x3ffff));
    ram[PDPT][INDEX(address, 2)] = ENTRY(0x40000, PTE_P | PTE_PS);
    must_fault(address, true);
    ram[PML4][INDEX(address, 3)] = ENTRY(0x40000, RW | PTE_PS); /* there is no such page */
    must_fault(address, false);
}

/* PAT is bit 7 of the last level's entries, where PS is above. */
static void test_pat(void **state)
{
    (void)state;
    map_page(0x5000);
    ram[PT][5] |= PTE_PS;
    must_reach(0x5000, false, DATA);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),         cmocka_unit_test(test_modes),
        cmocka_unit_test(test_not_canonical), cmocka_unit_test(test_each_level),
        cmocka_unit_test(test_large_pages),   cmocka_unit_test(test_pat),
    };

    return cmocka_run_group_tests_name("translate", tests, NULL, NULL);
}
