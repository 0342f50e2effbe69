/* SPDX-License-Identifier: BSD-2-Clause */
/* AMD's containers of microcode (hv/arch/x86/microcode_container.c): right, wrong and damaged. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/x86/microcode_container.h"

#define MINE 0x00800f12u  /* a CPU's signature */
#define OTHER 0x00a20f10u /* another's */
#define PATCH_SIZE 96u

struct file {
    size_t size;
    uint8_t data[4096];
};

static void put(struct file *file, uint64_t value, size_t size)
{
    assert_true(file->size + size <= sizeof(file->data));
    memcpy(file->data + file->size, &value, size);
    file->size += size;
}

static void put_row(struct file *file, uint32_t signature, uint16_t number)
{
    put(file, signature, 4);
    put(file, 0, 8);
    put(file, number, 2);
    put(file, 0, 2);
}

/* The magic number, and a table in which MINE is 0x8012 and OTHER 0xa210. */
static void put_table(struct file *file)
{
    put(file, 0x00414d44, 4);
    put(file, 0, 4);
    put(file, 48, 4);
    put_row(file, OTHER, 0xa210);
    put_row(file, MINE, 0x8012);
    put_row(file, 0, 0);
}

/* Returns where it begins. */
static size_t put_patch(struct file *file, uint16_t number, uint32_t revision, uint32_t chip_set)
{
    size_t begin = file->size + 8;

    put(file, 1, 4);
    put(file, PATCH_SIZE, 4);
    put(file, 0x11252026, 4);
    put(file, revision, 4);
    put(file, 0, 8);
    put(file, chip_set, 4);
    put(file, 0, 4);
    put(file, number, 2);
    while (file->size < begin + PATCH_SIZE)
        put(file, 0xcc, 1);
    return begin;
}

/* From memory of just this size, so that the sanitizer sees who reads on. */
static int find(const struct file *file, size_t size, uint32_t signature,
                struct microcode_patch *patch, const char **why)
{
    uint8_t *copy = malloc(size > 0 ? size : 1);
    int error;

    assert_non_null(copy);
    memcpy(copy, file->data, size);
    error = microcode_find(copy, size, signature, patch, why);
    assert_int_equal(error, *why == NULL ? 0 : -EINVAL);
    if (patch->data != NULL) {
        size_t at = (size_t)((const uint8_t *)patch->data - copy);

        assert_true(patch->size <= size && at <= size - patch->size);
        patch->data = file->data + at;
    }
    free(copy);
    return error;
}

static void expect_patch(const struct file *file, uint32_t signature, size_t at, uint32_t revision)
{
    struct microcode_patch patch;
    const char *why;

    assert_int_equal(find(file, file->size, signature, &patch, &why), 0);
    assert_ptr_equal(patch.data, file->data + at);
    assert_int_equal(patch.size, PATCH_SIZE);
    assert_int_equal(patch.revision, revision);
}

static void expect_nothing(const struct file *file, uint32_t signature)
{
    struct microcode_patch patch;
    const char *why;

    assert_int_equal(find(file, file->size, signature, &patch, &why), 0);
    assert_null(patch.data);
}

static void expect_refusal(const struct file *file, const char *expected)
{
    struct microcode_patch patch;
    const char *why;

    assert_int_equal(find(file, file->size, MINE, &patch, &why), -EINVAL);
    assert_non_null(strstr(why, expected));
    assert_null(patch.data);
}

static void test_the_newest_for_this_cpu(void **state)
{
    struct file file = {0};
    size_t old, new, others;

    (void)state;
    put_table(&file);
    old = put_patch(&file, 0x8012, 0x08001137, 0);
    expect_patch(&file, MINE, old, 0x08001137);
    others = put_patch(&file, 0xa210, 0x0a201016, 0);
    new = put_patch(&file, 0x8012, 0x08001138, 0);
    put_patch(&file, 0x8012, 0x08001136, 0);
    put_patch(&file, 0x8012, 0x08001139, 0x14801022); /* for one chip set only */
    expect_patch(&file, MINE, new, 0x08001138);
    expect_patch(&file, OTHER, others, 0x0a201016);
    expect_nothing(&file, MINE + 1);
}

/* A number that no CPU has isn't that of a CPU which isn't in the table. */
static void test_number_zero(void **state)
{
    struct file file = {0};

    (void)state;
    put_table(&file);
    put_patch(&file, 0, 1, 0);
    expect_nothing(&file, MINE);
    expect_nothing(&file, MINE + 1);
}

/* Each container has a table of its own. */
static void test_containers_in_one_file(void **state)
{
    struct file file = {0};
    size_t mine;

    (void)state;
    put_table(&file);
    mine = put_patch(&file, 0x8012, 5, 0);
    put(&file, 0x00414d44, 4);
    put(&file, 0, 4);
    put(&file, 32, 4);
    put_row(&file, OTHER, 0x8012);
    put_row(&file, 0, 0);
    put_patch(&file, 0x8012, 9, 0);
    expect_patch(&file, MINE, mine, 5);
}

static void test_refused(void **state)
{
    static const uint8_t cpio[] = "070701";
    struct file file = {0};

    (void)state;
    expect_refusal(&file, "no container");
    put(&file, 1, 4);
    expect_refusal(&file, "Intel");
    memcpy(file.data, cpio, 6);
    file.size = 6;
    expect_refusal(&file, "cpio");
    file.size = 0;
    put_table(&file);
    file.data[4] = 1;
    expect_refusal(&file, "another kind");
    file.size = 0;
    put_table(&file);
    file.data[8] = 40;
    expect_refusal(&file, "has no end");
    file.data[8] = 32; /* the last row that belongs to the table isn't the end */
    expect_refusal(&file, "has no end");
    file.data[8] = 0;
    expect_refusal(&file, "has no end");
    file.size = 0;
    put_table(&file);
    put(&file, 1, 4);
    put(&file, 63, 4);
    for (unsigned int i = 0; i < 63; i++)
        put(&file, 0, 1);
    expect_refusal(&file, "shorter than a patch's header");
    file.size = 0;
    put_table(&file);
    put(&file, 2, 4);
    put(&file, 0, 4);
    expect_refusal(&file, "another kind");
}

/* Cut anywhere else than between patches it is refused, and nothing beyond its end is read. */
static void test_cut(void **state)
{
    struct file file = {0};
    size_t between[3];

    (void)state;
    put_table(&file);
    between[0] = file.size;
    put_patch(&file, 0x8012, 5, 0);
    between[1] = file.size;
    put_patch(&file, 0x8012, 6, 0);
    between[2] = file.size;
    for (size_t size = 0; size <= file.size; size++) {
        struct microcode_patch patch;
        const char *why;
        bool whole = size == between[0] || size == between[1] || size == between[2];

        assert_int_equal(find(&file, size, MINE, &patch, &why), whole ? 0 : -EINVAL);
    }
}

static void test_damaged(void **state)
{
    struct file file = {0}, damaged;

    (void)state;
    put_table(&file);
    put_patch(&file, 0x8012, 5, 0);
    put_patch(&file, 0xa210, 6, 0);
    for (size_t i = 0; i < file.size; i++) {
        for (unsigned int bit = 0; bit < 8; bit++) {
            struct microcode_patch patch;
            const char *why;

            damaged = file;
            damaged.data[i] ^= (uint8_t)(1u << bit);
            (void)find(&damaged, damaged.size, MINE, &patch, &why);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_newest_for_this_cpu),
        cmocka_unit_test(test_number_zero),
        cmocka_unit_test(test_containers_in_one_file),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_damaged),
    };

    return cmocka_run_group_tests_name("containers of microcode", tests, NULL, NULL);
}
