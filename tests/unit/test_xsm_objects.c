/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels of resources: those of fields.conf's object contexts, and those given and taken later. */
#include <errno.h>
#include <pthread.h>

#include "xsm/flask/flask.h"
#include "xsm/objects.h"
#include "xsm_fixture.h"

#define TY3 "us1:object_r:ty3:s0"
#define TY4 "us1:object_r:ty4:s0"
#define MOVES 200000u

static void load_fields(struct policy *policy, const char *name)
{
    char *path = test_path(name);

    load_policy(policy, path);
    free(path);
}

static void expect_label(const struct policy *policy, enum xsm_object object, uint64_t number,
                         const char *expected)
{
    xsm_sid sid;

    assert_int_equal(xsm_object_sid(&policy->engine, object, number, &sid), 0);
    expect_context(policy, sid, expected);
}

static void expect_ranges(const char *name)
{
    struct policy policy = {0};

    load_fields(&policy, name);
    expect_label(&policy, XSM_OBJECT_IRQ, 3, TY4);
    expect_label(&policy, XSM_OBJECT_IRQ, 4, "us1:object_r:ty3:s1");
    expect_label(&policy, XSM_OBJECT_IRQ, 5, TY4);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3f7, TY4);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3f8, TY3);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3ff, TY3);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x400, TY4);
    expect_label(&policy, XSM_OBJECT_IOMEM, 0xfebdf, TY4);
    expect_label(&policy, XSM_OBJECT_IOMEM, 0xfebe0, TY3);
    expect_label(&policy, XSM_OBJECT_IOMEM, 0xfebff, TY3);
    expect_label(&policy, XSM_OBJECT_IOMEM, 0xfec00, "us1:object_r:ty4:s1:c2");
    expect_label(&policy, XSM_OBJECT_IOMEM, 0xfecff, "us1:object_r:ty4:s1:c2");
    expect_label(&policy, XSM_OBJECT_IOMEM, 0xfed00, TY4);
    expect_label(&policy, XSM_OBJECT_DEVICE, 0xc800, TY3);
    expect_label(&policy, XSM_OBJECT_DEVICE, 0xc801, TY4);
    free_policy(&policy);
}

static void test_labels_of_the_file(void **state)
{
    (void)state;
    expect_ranges("fields.30");
    expect_ranges("fields.24");
}

static void test_given_and_taken(void **state)
{
    struct policy policy = {0};
    struct xsm_engine *engine = &policy.engine;
    xsm_sid ty2, ty3;

    (void)state;
    load_fields(&policy, "fields.30");
    ty2 = sid_of(&policy, "us1:object_r:ty2:s0");
    ty3 = sid_of(&policy, TY3);
    /* What the file labels goes only as a whole, and then makes room. */
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3fe), -ENOENT);
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOPORT, 0x3f9, 0x3ff), -ENOENT);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3ff, ty3), 0);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3ff, ty2), -EEXIST);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3fe, ty3), -EEXIST);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3f9, 0x3ff, ty3), -EEXIST);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3ff, 0x400, ty3), -EEXIST);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3f0, 0x3f8, ty3), -EEXIST);
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3ff), 0);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3f8, TY4);
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3ff), -ENOENT);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3fb, ty2), 0);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOPORT, 0x3fc, 0x3fc, ty3), 0);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3fb, "us1:object_r:ty2:s0");
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3fc, TY3);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3fd, TY4);
    /* A number of another kind is another thing. */
    expect_label(&policy, XSM_OBJECT_IOMEM, 0x3f8, TY4);
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOMEM, 0x3f8, 0x3fb), -ENOENT);
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOPORT, 0x3f8, 0x3fb), 0);
    expect_label(&policy, XSM_OBJECT_IOPORT, 0x3f8, TY4);
    free_policy(&policy);
}

static void test_refused(void **state)
{
    struct policy policy = {0};
    struct xsm_engine *engine = &policy.engine;
    const enum xsm_object none = (enum xsm_object)XSM_NR_OBJECTS;
    xsm_sid ty3, unknown;

    (void)state;
    load_fields(&policy, "fields.30");
    ty3 = sid_of(&policy, TY3);
    unknown = FLASK_MAX_SIDS;
    assert_int_equal(xsm_add_object_label(engine, none, 1, 1, ty3), -EINVAL);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IRQ, 2, 1, ty3), -EINVAL);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IRQ, 1, 1, unknown), -EINVAL);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IRQ, 1, 1, 0), -EINVAL);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IRQ, 1, 1, unknown + 1), -EINVAL);
    assert_int_equal(xsm_remove_object_label(engine, none, 1, 1), -ENOENT);
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IRQ, 5, 4), -ENOENT);
    for (unsigned int i = 0; i < FLASK_MAX_ADDED; i++)
        assert_int_equal(
            xsm_add_object_label(engine, XSM_OBJECT_IRQ, 100 + 2ul * i, 100 + 2ul * i, ty3), 0);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IRQ, 1, 1, ty3), -ENOSPC);
    expect_label(&policy, XSM_OBJECT_IRQ, 100 + 2 * (FLASK_MAX_ADDED - 1), TY3);
    expect_label(&policy, XSM_OBJECT_IRQ, 101, TY4);
    /* What is taken away makes room, for another kind, too. */
    assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IRQ, 102, 102), 0);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOMEM, 7, 9, ty3), 0);
    assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IRQ, 1, 1, ty3), -ENOSPC);
    expect_label(&policy, XSM_OBJECT_IRQ, 102, TY4);
    expect_label(&policy, XSM_OBJECT_IOMEM, 8, TY3);
    expect_label(&policy, XSM_OBJECT_IOMEM, 10, TY4);
    expect_label(&policy, XSM_OBJECT_IRQ, 8, TY4);
    for (unsigned int i = 0; i < 10 * FLASK_MAX_ADDED; i++) {
        assert_int_equal(xsm_remove_object_label(engine, XSM_OBJECT_IOMEM, 7 + i, 9 + i), 0);
        assert_int_equal(xsm_add_object_label(engine, XSM_OBJECT_IOMEM, 8 + i, 10 + i, ty3), 0);
    }
    free_policy(&policy);
}

struct mover {
    struct policy *policy;
    unsigned int moves;
    bool stop;
};

/* One label moves between two ranges that share nothing but their ends' order. */
static void *move(void *argument)
{
    struct mover *mover = argument;
    xsm_sid sid = sid_of(mover->policy, TY3);

    while (!__atomic_load_n(&mover->stop, __ATOMIC_RELAXED)) {
        (void)xsm_add_object_label(&mover->policy->engine, XSM_OBJECT_IRQ, 1000, 1001, sid);
        (void)xsm_remove_object_label(&mover->policy->engine, XSM_OBJECT_IRQ, 1000, 1001);
        (void)xsm_add_object_label(&mover->policy->engine, XSM_OBJECT_IRQ, 3000, 3001, sid);
        (void)xsm_remove_object_label(&mover->policy->engine, XSM_OBJECT_IRQ, 3000, 3001);
        __atomic_fetch_add(&mover->moves, 1, __ATOMIC_RELAXED);
    }
    return NULL;
}

/* Who reads while a slot is written never sees the beginning of one range and the end of another.
 */
static void test_no_mixed_label(void **state)
{
    struct policy policy = {0};
    struct mover mover = {.policy = &policy};
    pthread_t thread;

    (void)state;
    load_fields(&policy, "fields.30");
    (void)sid_of(&policy, TY3);
    assert_int_equal(pthread_create(&thread, NULL, move, &mover), 0);
    while (__atomic_load_n(&mover.moves, __ATOMIC_RELAXED) < MOVES) {
        xsm_sid sid;

        assert_int_equal(xsm_object_sid(&policy.engine, XSM_OBJECT_IRQ, 2000, &sid), 0);
        assert_int_equal(sid, XSM_INITIAL_IRQ);
    }
    __atomic_store_n(&mover.stop, true, __ATOMIC_RELAXED);
    assert_int_equal(pthread_join(thread, NULL), 0);
    free_policy(&policy);
}

static void expect_path(const struct policy *policy, const char *path, const char *expected)
{
    xsm_sid sid;

    assert_int_equal(xsm_path_sid(&policy->engine, path, &sid), expected != NULL ? 0 : -ENOENT);
    if (expected != NULL)
        expect_context(policy, sid, expected);
    else
        assert_int_equal(sid, XSM_SID_NONE);
}

static int add_path(struct policy *policy, const char *path, xsm_sid sid)
{
    return xsm_add_path_label(&policy->engine, path, strlen(path), sid);
}

static void test_paths(void **state)
{
    struct policy policy = {0};
    char path[XSM_MAX_PATH + 2];
    xsm_sid ty3;

    (void)state;
    load_fields(&policy, "fields.30");
    ty3 = sid_of(&policy, TY3);
    expect_path(&policy, "/d1", TY3);
    expect_path(&policy, "/d2", TY4);
    expect_path(&policy, "/d", NULL);
    expect_path(&policy, "/d3", NULL);
    assert_int_equal(add_path(&policy, "/d1", ty3), 0);
    assert_int_equal(add_path(&policy, "/d2", ty3), -EEXIST);
    assert_int_equal(add_path(&policy, "", ty3), -EINVAL);
    assert_int_equal(add_path(&policy, "d3", ty3), -EINVAL);
    assert_int_equal(add_path(&policy, "/d3", FLASK_MAX_SIDS), -EINVAL);
    assert_int_equal(xsm_add_path_label(&policy.engine, "/d\0003", 4, ty3), -EINVAL);
    memset(path, '/', sizeof(path));
    assert_int_equal(xsm_add_path_label(&policy.engine, path, XSM_MAX_PATH + 1, ty3), -EINVAL);
    assert_int_equal(xsm_add_path_label(&policy.engine, path, XSM_MAX_PATH, ty3), 0);
    path[XSM_MAX_PATH] = '\0';
    expect_path(&policy, path, TY3);
    assert_int_equal(add_path(&policy, "/d3", ty3), 0);
    assert_int_equal(add_path(&policy, "/d3", ty3), 0);
    assert_int_equal(add_path(&policy, "/d3", XSM_INITIAL_XEN), -EEXIST);
    expect_path(&policy, "/d3", TY3);
    expect_path(&policy, "/d4", NULL);
    for (unsigned int i = 2; i < FLASK_MAX_ADDED_PATHS; i++) {
        snprintf(path, sizeof(path), "/more/%u", i);
        assert_int_equal(add_path(&policy, path, ty3), 0);
    }
    assert_int_equal(add_path(&policy, "/d4", ty3), -ENOSPC);
    free_policy(&policy);
}

static void test_no_policy(void **state)
{
    struct xsm_engine engine;
    xsm_sid sid = 1;

    (void)state;
    xsm_init_roles_engine(&engine);
    assert_int_equal(xsm_add_object_label(&engine, XSM_OBJECT_IRQ, 1, 1, 1), -ENOENT);
    assert_int_equal(xsm_remove_object_label(&engine, XSM_OBJECT_IRQ, 1, 1), -ENOENT);
    assert_int_equal(xsm_object_sid(&engine, XSM_OBJECT_IRQ, 1, &sid), -ENOENT);
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_add_path_label(&engine, "/", 1, 1), -ENOENT);
    assert_int_equal(xsm_path_sid(&engine, "/", &sid), -ENOENT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_labels_of_the_file),
        cmocka_unit_test(test_given_and_taken),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_no_mixed_label),
        cmocka_unit_test(test_paths),
        cmocka_unit_test(test_no_policy),
    };

    return cmocka_run_group_tests_name("labels of objects", tests, NULL, NULL);
}
