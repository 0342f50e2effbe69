/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Memory for policies: what doesn't fit is refused, and what does isn't anybody else's. Built with
 * the sanitizers, which see what goes beyond it.
 */
#include <errno.h>

#include "xsm/flask/arena.h"
#include "xsm/policy.h"
#include "xsm_fixture.h"

static _Alignas(16) unsigned char block[256];

static struct flask_arena whole(size_t size)
{
    memset(block, 0xaa, sizeof(block));
    return (struct flask_arena){.base = block, .low = 0, .high = size};
}

static void test_keep(void **state)
{
    struct flask_arena arena = whole(64);
    unsigned char *first = flask_keep(&arena, 3, 5), *second;

    (void)state;
    assert_ptr_equal(first, block);
    assert_int_equal(first[14] | first[15], 0);
    assert_int_equal(block[16], 0xaa);
    second = flask_keep(&arena, 0, 8); /* nothing has an address, too */
    assert_ptr_equal(second, block + 16);
    assert_null(flask_keep(&arena, 33, 1));
    assert_null(flask_keep(&arena, 1, 0));
    assert_null(flask_keep(&arena, SIZE_MAX / 2, 3));
    assert_null(flask_keep(&arena, SIZE_MAX, 1));
    assert_null(flask_keep(&arena, SIZE_MAX / 16 + 2, 16)); /* 16 bytes, if they overflow */
    assert_ptr_equal(flask_keep(&arena, 32, 1), block + 32);
    assert_null(flask_keep(&arena, 1, 1));
    assert_int_equal(block[64], 0xaa);
}

static void test_scratch(void **state)
{
    struct flask_arena arena = whole(64);

    (void)state;
    assert_ptr_equal(flask_scratch(&arena, 1, 1), block + 48);
    assert_null(flask_scratch(&arena, 49, 1));
    assert_null(flask_scratch(&arena, SIZE_MAX, 2));
    assert_ptr_equal(flask_keep(&arena, 1, 32), block);
    assert_int_equal(block[48], 0);
    assert_int_equal(block[47], 0xaa);
    assert_ptr_equal(flask_scratch(&arena, 16, 1), block + 32);
    assert_null(flask_scratch(&arena, 1, 1));
    /* What is left in the end may have no place at a multiple of 16. */
    arena = whole(40);
    assert_ptr_equal(flask_keep_text(&arena, "abcdefg", 7), (char *)block);
    assert_non_null(flask_scratch(&arena, 16, 1)); /* 16 to 32 */
    arena = whole(40);
    assert_non_null(flask_keep_text(&arena, "abcdefghijklmnopqrst", 20));
    assert_null(flask_scratch(&arena, 16, 1));
}

static void test_text(void **state)
{
    struct flask_arena arena = whole(24);

    (void)state;
    assert_string_equal(flask_keep_text(&arena, "abcdefgh", 3), "abc");
    assert_null(flask_keep_text(&arena, "01234567890123456789", 20));
    assert_string_equal(flask_keep_text(&arena, "0123456789012345678", 19), "0123456789012345678");
    assert_null(flask_keep_text(&arena, "", 0));
    /* An object after a text that ends within 16 bytes of the end. */
    assert_null(flask_keep(&arena, 1, 1));
    assert_int_equal(block[24], 0xaa);
}

/* Every room is either too small, and said to be, or enough. */
static void expect_some_room(const char *name)
{
    char *path = test_path(name);
    struct flask_policy *policy = NULL;
    struct flask_table *table = NULL;
    struct policy whole_policy = {0};
    struct xsm_error error;
    size_t enough = 0;
    void *memory;

    load_policy(&whole_policy, path);
    for (size_t room = 0; enough == 0; room += 16) {
        int status;

        memory = aligned_alloc(16, room + 16);
        assert_non_null(memory);
        memset(&error, 0, sizeof(error));
        status =
            xsm_read_policy(whole_policy.image, whole_policy.size, memory, room, &policy, &error);
        assert_true(status == 0 || (status == -ENOMEM && error.text[0] != '\0'));
        enough = status == 0 ? room : 0;
        if (status != 0)
            free(memory);
    }
    assert_true(enough <= xsm_policy_room(whole_policy.size));
    assert_true(xsm_policy_kept(policy) <= enough);
    for (size_t room = 0; table == NULL; room += 16) {
        void *block_of_table = aligned_alloc(16, room + 16);
        int status = xsm_build_table(policy, NULL, block_of_table, room, &table, &error);

        assert_true(status == 0 || (status == -ENOMEM && table == NULL));
        assert_true(status != 0 ||
                    (room <= xsm_table_room(policy) && xsm_table_kept(table) <= room));
        free(block_of_table);
        if (status == 0)
            break;
    }
    free(memory);
    free_policy(&whole_policy);
    free(path);
}

/* So many labels that putting them into order takes the most memory. */
static void make_many_labels(void)
{
    char *path = test_path("fields.30.conf"), *conf = calloc(1, MAX_TEXT);
    struct policy policy = {0};

    assert_non_null(conf);
    append_file(conf, path);
    for (unsigned int i = 0; i < 300; i++)
        append(conf, "pirqcon %u us1:object_r:ty3:s0\n", 1000 + i);
    compile_policy_with(&policy, "many-labels", "-M", conf);
    free_policy(&policy);
    free(conf);
    free(path);
}

static void test_rooms(void **state)
{
    (void)state;
    make_many_labels();
    expect_some_room("unit-many-labels.30");
    expect_some_room("fields.30");
    expect_some_room("fields.24");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_keep),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_text),
        cmocka_unit_test(test_rooms),
    };

    return cmocka_run_group_tests_name("arenas", tests, NULL, NULL);
}
