/* SPDX-License-Identifier: BSD-2-Clause */
/* hypfs_op as an interface: its arguments, whatever they are, and what fits into a buffer. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "hv/machine/memory.h"
#include "hv_digest.h"
#include "hv_hypfs.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define READ XEN_HYPFS_OP_read
#define STYLE "/launch/style"
#define STYLE_SIZE sizeof("hyperlaunch")
#define HEAD sizeof(struct xen_hypfs_direntry)
#define NOWHERE 0x300000ul /* the reader has 1 MiB */

static int stage(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    return 0;
}

static void version_takes_no_arguments(void **state)
{
    (void)state;
    assert_int_equal(hypfs_call(XEN_HYPFS_OP_get_version, 0, 0, 0, 0), XEN_HYPFS_VERSION);
    assert_int_equal(hypfs_call(XEN_HYPFS_OP_get_version, 1, 0, 0, 0), -EINVAL);
    assert_int_equal(hypfs_call(XEN_HYPFS_OP_get_version, 0, 1, 0, 0), -EINVAL);
    assert_int_equal(hypfs_call(XEN_HYPFS_OP_get_version, 0, 0, 1, 0), -EINVAL);
    assert_int_equal(hypfs_call(XEN_HYPFS_OP_get_version, 0, 0, 0, 1), -EINVAL);
    assert_int_equal(hypfs_call(3, 0, 0, 0, 0), -ENOSYS);
}

static void paths(void **state)
{
    static const struct {
        const char *path;
        int result;
    } cases[] = {
        {"/", 0},
        {"/launch", 0},
        {"/launch/", 0},
        {"/launch/domains/other/state", 0},
        {"", -ENOENT},
        {"launch", -ENOENT},
        {"//", -ENOENT},
        {"//launch", -ENOENT},
        {"/launch//style", -ENOENT},
        {"/launch/style/", -ENOENT},
        {"/launch/style/more", -ENOENT},
        {"/.", -ENOENT},
        {"/..", -ENOENT},
        {"/launch/../launch", -ENOENT},
        {"/launc", -ENOENT},
        {"/launchx", -ENOENT},
        {"/Launch", -ENOENT},
        {"/launch/modules/00", -ENOENT},
        {"/launch/modules/5", -ENOENT},
        {"/launch/modules/-1", -ENOENT},
        {"/launch/modules/18446744073709551616", -ENOENT},
        {"/launch/domains/\xff", -ENOENT},
    };

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(cases); i++) {
        if (hypfs_call_path(READ, cases[i].path, PAGE_SIZE) != cases[i].result)
            fail_msg("%s", cases[i].path);
        if (hypfs_call_path(XEN_HYPFS_OP_write_contents, cases[i].path, 1) !=
            (cases[i].result == 0 ? -EACCES : -ENOENT))
            fail_msg("write %s", cases[i].path);
    }
}

static int64_t read_sized(uint64_t path, uint64_t path_size)
{
    return hypfs_call(READ, path, path_size, HYPFS_BUFFER, PAGE_SIZE);
}

/* The NUL must be where the size says, and there only. */
static void sizes_of_paths(void **state)
{
    char *path = scene_memory(hypfs_reader(), HYPFS_PATH);

    (void)state;
    memcpy(path, STYLE, sizeof(STYLE));
    assert_int_equal(read_sized(HYPFS_PATH, sizeof(STYLE)), 0);
    assert_int_equal(read_sized(HYPFS_PATH, 0), -EINVAL);
    assert_int_equal(read_sized(HYPFS_PATH, sizeof(STYLE) - 1), -EINVAL);
    assert_int_equal(read_sized(HYPFS_PATH, sizeof(STYLE) + 1), -EINVAL);
    assert_int_equal(read_sized(HYPFS_PATH, XEN_HYPFS_MAX_PATHLEN + 1), -EINVAL);
    assert_int_equal(read_sized(HYPFS_PATH, UINT32_MAX), -EINVAL);
    assert_int_equal(read_sized(HYPFS_PATH, 1ul << 32 | sizeof(STYLE)), -EINVAL);
    assert_int_equal(read_sized(HYPFS_PATH, UINT64_MAX), -EINVAL);
    memset(path, 'x', PAGE_SIZE);
    assert_int_equal(read_sized(HYPFS_PATH, XEN_HYPFS_MAX_PATHLEN), -EINVAL);
    path[0] = '/';
    path[XEN_HYPFS_MAX_PATHLEN - 1] = '\0';
    assert_int_equal(read_sized(HYPFS_PATH, XEN_HYPFS_MAX_PATHLEN), -ENOENT);
    memset(path, '/', XEN_HYPFS_MAX_PATHLEN - 1);
    assert_int_equal(read_sized(HYPFS_PATH, XEN_HYPFS_MAX_PATHLEN), -ENOENT);
    path[0] = '\0';
    assert_int_equal(read_sized(HYPFS_PATH, 1), -ENOENT);
}

static void paths_that_cannot_be_read(void **state)
{
    static const uint64_t nowhere[] = {NOWHERE, UINT64_MAX, UINT64_MAX - 4, 1ul << 47};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++)
        assert_int_equal(read_sized(nowhere[i], sizeof(STYLE)), -EFAULT);
}

/* What there is is told whenever there is room for that; nothing else is written if not all fits.
 */
static void sizes_of_buffers(void **state)
{
    struct xen_hypfs_direntry entry;
    uint8_t all[64];

    (void)state;
    for (uint64_t size = 0; size < sizeof(all); size++) {
        int64_t result, expected = 0;

        hypfs_fill(0xee, sizeof(all));
        result = hypfs_call_path(READ, STYLE, size);
        hypfs_fetch(all, sizeof(all));
        memcpy(&entry, all, HEAD);
        if (size < HEAD)
            expected = -EINVAL;
        else if (size < HEAD + STYLE_SIZE)
            expected = -ENOBUFS;
        assert_int_equal(result, expected);
        for (size_t i = 0; i < sizeof(all); i++) {
            if (i >= (expected == 0 ? HEAD + STYLE_SIZE : expected == -ENOBUFS ? HEAD : 0))
                assert_int_equal(all[i], 0xee);
        }
        if (expected == -EINVAL)
            continue;
        assert_int_equal(entry.content_len, STYLE_SIZE);
        assert_int_equal(entry.type, XEN_HYPFS_TYPE_STRING);
        assert_int_equal(entry.encoding, XEN_HYPFS_ENC_PLAIN);
        assert_int_equal(entry.max_write_len, 0);
        assert_int_equal(entry.pad, 0);
    }
}

/* The same of a directory. */
static void lists_that_do_not_fit(void **state)
{
    struct xen_hypfs_direntry entry;
    uint8_t all[512];

    (void)state;
    assert_int_equal(hypfs_call_path(READ, "/launch", HEAD), -ENOBUFS);
    hypfs_fetch(&entry, HEAD);
    assert_int_equal(entry.type, XEN_HYPFS_TYPE_DIR);
    assert_true(entry.content_len > 0 && HEAD + entry.content_len < sizeof(all));
    hypfs_fill(0xee, sizeof(all));
    assert_int_equal(hypfs_call_path(READ, "/launch", HEAD + entry.content_len - 1), -ENOBUFS);
    hypfs_fetch(all, sizeof(all));
    for (size_t i = HEAD; i < sizeof(all); i++)
        assert_int_equal(all[i], 0xee);
    assert_int_equal(hypfs_call_path(READ, "/launch", HEAD + entry.content_len), 0);
    hypfs_fetch(all, sizeof(all));
    for (size_t i = HEAD + entry.content_len; i < sizeof(all); i++)
        assert_int_equal(all[i], 0xee);
}

static int64_t read_into(const char *path, uint64_t buffer, uint64_t size)
{
    memcpy(scene_memory(hypfs_reader(), HYPFS_PATH), path, strlen(path) + 1);
    return hypfs_call(READ, HYPFS_PATH, strlen(path) + 1, buffer, size);
}

static void buffers_that_cannot_be_written(void **state)
{
    static const uint64_t nowhere[] = {NOWHERE, UINT64_MAX, UINT64_MAX - 20, 1ul << 47};
    struct digest before = digest_take(), after;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(nowhere); i++) {
        assert_int_equal(read_into(STYLE, nowhere[i], PAGE_SIZE), -EFAULT);
        assert_int_equal(read_into("/launch", nowhere[i], UINT64_MAX), -EFAULT);
    }
    fake_restrict(hypfs_reader(), HYPFS_BUFFER, HYPFS_BUFFER + PAGE_SIZE, FAKE_READ_ONLY);
    assert_int_equal(read_into(STYLE, HYPFS_BUFFER, PAGE_SIZE), -EFAULT);
    after = digest_take();
    assert_null(digest_difference(&before, &after));
}

/* All of it or nothing: what is before the hole isn't written either. */
static void buffers_with_a_hole(void **state)
{
    uint64_t at = HYPFS_BUFFER + PAGE_SIZE - HEAD - 2;
    uint8_t *last = scene_memory(hypfs_reader(), at);

    (void)state;
    fake_restrict(hypfs_reader(), HYPFS_BUFFER + PAGE_SIZE, HYPFS_BUFFER + 2 * PAGE_SIZE,
                  FAKE_UNMAPPED);
    memset(last, 0xee, HEAD + 2);
    assert_int_equal(read_into(STYLE, at, PAGE_SIZE), -EFAULT);
    assert_int_equal(read_into("/launch", at, PAGE_SIZE), -EFAULT);
    for (size_t i = 0; i < HEAD + 2; i++)
        assert_int_equal(last[i], 0xee);
    /* A buffer that is larger than what there is needn't be there in whole. */
    assert_int_equal(read_into(STYLE, HYPFS_BUFFER, UINT64_MAX), 0);
    /* As much as is asked for is, too. */
    assert_int_equal(read_into(STYLE, at, HEAD + 2), -ENOBUFS);
}

#define HYPFS_TEST(name) cmocka_unit_test_setup(name, stage)

int main(void)
{
    const struct CMUnitTest tests[] = {
        HYPFS_TEST(version_takes_no_arguments),
        HYPFS_TEST(paths),
        HYPFS_TEST(sizes_of_paths),
        HYPFS_TEST(paths_that_cannot_be_read),
        HYPFS_TEST(sizes_of_buffers),
        HYPFS_TEST(lists_that_do_not_fit),
        HYPFS_TEST(buffers_that_cannot_be_written),
        HYPFS_TEST(buffers_with_a_hole),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
