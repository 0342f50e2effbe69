/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Copies from and to a guest (hv/gate/guest_memory.c): its pages are scattered, some are missing,
 * some are read-only. Each page has its own memory, so that a step beyond it is seen.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/arch.h"
#include "hv/gate/gate.h"
#include "hv/machine/memory.h"

#define BASE 0x400000ul
#define NR_PAGES 4u
#define READ_ONLY 2u /* page number; the one after it is missing */
#define MISSING 3u
#define LAST_PAGE (UINT64_MAX & ~PAGE_MASK) /* is there, too: page 0 once more */

static uint8_t *page[NR_PAGES];
static struct vcpu vcpu;

int arch_translate(struct vcpu *v, gva_t address, bool write, mfn_t *frame)
{
    uint64_t number = (address.v - BASE) / PAGE_SIZE;

    assert_ptr_equal(v, &vcpu);
    if (address.v >= LAST_PAGE || address.v < PAGE_SIZE)
        number = 0;
    if (number >= MISSING || (write && number == READ_ONLY))
        return -EFAULT;
    *frame = mfn(number);
    return 0;
}

void *map_mfn(mfn_t frame)
{
    return page[frame.m];
}

static int fill(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < NR_PAGES; i++) {
        page[i] = malloc(PAGE_SIZE);
        assert_non_null(page[i]);
        for (size_t at = 0; at < PAGE_SIZE; at++)
            page[i][at] = (uint8_t)(at + 7ul * i);
    }
    return 0;
}

static int empty(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < NR_PAGES; i++)
        free(page[i]);
    return 0;
}

static uint8_t expected(uint64_t at)
{
    return (uint8_t)(at % PAGE_SIZE + 7 * (at / PAGE_SIZE));
}

static void test_from(void **state)
{
    static const size_t starts[] = {0, 1, 4000, 4095, 4096, 8000};
    static const size_t sizes[] = {0, 1, 96, 97, 4096, 4097};
    uint8_t buffer[4200];

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(starts); i++) {
        for (size_t j = 0; j < ARRAY_SIZE(sizes); j++) {
            memset(buffer, 0xee, sizeof(buffer));
            assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){BASE + starts[i]}, sizes[j]), 0);
            for (size_t k = 0; k < sizes[j]; k++)
                assert_int_equal(buffer[k], expected(starts[i] + k));
            assert_int_equal(buffer[sizes[j]], 0xee);
        }
    }
}

static void test_to(void **state)
{
    uint8_t buffer[4200];

    (void)state;
    memset(buffer, 0xaa, sizeof(buffer));
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){BASE + 4000}, buffer, 4100), 0);
    assert_int_equal(page[0][3999], expected(3999));
    assert_int_equal(page[0][4000], 0xaa);
    assert_int_equal(page[0][4095], 0xaa);
    assert_int_equal(page[1][0], 0xaa);
    assert_int_equal(page[1][4003], 0xaa);
    assert_int_equal(page[1][4004], expected(4096 + 4004));
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){BASE}, buffer, 0), 0);
    assert_int_equal(page[0][0], expected(0));
}

static void test_faults(void **state)
{
    uint8_t buffer[4200] = {0};

    (void)state;
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){BASE + MISSING * PAGE_SIZE}, 1),
                     -EFAULT);
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){BASE + MISSING * PAGE_SIZE - 1}, 1), 0);
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){BASE + MISSING * PAGE_SIZE - 1}, 2),
                     -EFAULT);
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){BASE + READ_ONLY * PAGE_SIZE - 1}, buffer, 1), 0);
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){BASE + READ_ONLY * PAGE_SIZE - 1}, buffer, 2),
                     -EFAULT);
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){BASE + READ_ONLY * PAGE_SIZE}, 8), 0);
}

/* Both ends of the address space are there, and no copy goes over the top. */
static void test_wrap(void **state)
{
    uint8_t buffer[64] = {0};

    (void)state;
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){UINT64_MAX - 63}, 64), 0);
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){UINT64_MAX - 62}, 64), -EFAULT);
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){UINT64_MAX - 63}, buffer, 64), 0);
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){UINT64_MAX - 62}, buffer, 64), -EFAULT);
    assert_int_equal(page[0][0], expected(0));
    assert_int_equal(gate_copy_from(&vcpu, buffer, (gva_t){0}, 0), 0);
    assert_int_equal(gate_copy_to(&vcpu, (gva_t){0}, buffer, 0), 0);
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, fill, empty)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_from),
        TEST(test_to),
        TEST(test_faults),
        TEST(test_wrap),
    };

    return cmocka_run_group_tests_name("guest memory", tests, NULL, NULL);
}
