/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in hypfs, and who sees what of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv/gate/permissive.h"
#include "hv/gate/policy.h"
#include "hv/launch/plan.h"
#include "hv/launch/record.h"
#include "hv/machine/memory.h"
#include "hv_hypfs.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define NOT_THERE "-2" /* -ENOENT */
#define DENIED "-1"
#define NOTHING_SAID(text) assert_null(strstr(fake.output, text))

static void hex(const uint8_t *digest, char text[static 2 * LCM_DIGEST_SIZE + 1])
{
    for (size_t i = 0; i < LCM_DIGEST_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", digest[i]);
}

static void expect_digest(const char *path, const void *data, size_t size)
{
    char text[2 * LCM_DIGEST_SIZE + 1];
    uint8_t digest[LCM_DIGEST_SIZE];

    lcm_sha256(data, size, digest);
    hex(digest, text);
    assert_string_equal(hypfs_cat(path), text);
}

static void the_tree(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    assert_string_equal(hypfs_ls("/"), "launch ");
    assert_string_equal(hypfs_ls("/launch"), "style finalised steps policy domains modules ");
    assert_string_equal(hypfs_ls("/launch/steps"), "01-start 13-unpause ");
    assert_string_equal(hypfs_ls("/launch/policy"), "mode sealed sha256 ");
    assert_string_equal(hypfs_ls("/launch/domains"), "reader other broken ");
    assert_string_equal(hypfs_ls("/launch/domains/other"),
                        "name domid uuid state label roles memory vcpus config ");
    assert_string_equal(hypfs_ls("/launch/domains/broken"),
                        "name domid uuid state label roles memory vcpus ");
    assert_string_equal(hypfs_ls("/launch/modules/2"), "name label size sha256 ");
}

static void what_the_launch_leaves(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    assert_string_equal(hypfs_cat("/launch/style"), "hyperlaunch");
    assert_string_equal(hypfs_cat("/launch/finalised"), "1");
    assert_true(record_time_of_step(STEP_START) != 0);
    assert_string_not_equal(hypfs_cat("/launch/steps/01-start"), "0");
    assert_string_equal(hypfs_cat("/launch/steps/02-lcm"), NOT_THERE);
    assert_string_equal(hypfs_cat("/launch/domains/reader/name"), "reader");
    assert_string_equal(hypfs_cat("/launch/domains/reader/domid"), "1");
    assert_string_equal(hypfs_cat("/launch/domains/other/uuid"),
                        "a1a1a1a1-a1a1-a1a1-a1a1-a1a1a1a1a1a1");
    assert_string_equal(hypfs_cat("/launch/domains/other/state"), "running");
    assert_string_equal(hypfs_cat("/launch/domains/other/label"), "system_u:vm_r:peer_t");
    assert_string_equal(hypfs_cat("/launch/domains/other/roles"), "none");
    assert_string_equal(hypfs_cat("/launch/domains/other/memory"), "1024");
    assert_string_equal(hypfs_cat("/launch/domains/other/vcpus"), "1");
    assert_string_equal(hypfs_cat("/launch/domains/broken/state"), "failed");
    assert_string_equal(hypfs_cat("/launch/domains/broken/label"), "system_u:vm_r:peer_t");
    assert_string_equal(hypfs_cat("/launch/domains/broken/roles"), "none");
    assert_string_equal(hypfs_cat("/launch/domains/broken/memory"), "1024");
    assert_string_equal(hypfs_cat("/launch/modules/2/name"), "/boot/vmlinux");
    assert_string_equal(hypfs_cat("/launch/modules/2/size"), "8");
    assert_string_equal(hypfs_cat("/launch/modules/2/label"), "system_u:object_r:kernel_t");
    expect_digest("/launch/modules/2/sha256", "a kernel", 8);
}

static void other_styles(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    plan.lcm.dom0less = true;
    record_launch();
    assert_string_equal(hypfs_cat("/launch/style"), "dom0less");
    plan.lcm.blob = NULL;
    record_launch();
    assert_string_equal(hypfs_cat("/launch/style"), "classic");
}

/* What changes is what it is now. */
static void domains_as_they_are_now(void **state)
{
    struct domain *other;

    (void)state;
    hypfs_stage("all_t");
    other = hypfs_other();
    other->roles = XSM_ROLE_CONTROL | XSM_ROLE_CONSOLE;
    assert_string_equal(hypfs_cat("/launch/domains/other/roles"), "control, console");
    scene_relabel(other, "all_t");
    assert_string_equal(hypfs_cat("/launch/domains/other/label"), "system_u:vm_r:all_t");
    scene_relabel(other, "peer_t");
    other->state = DOMAIN_BUILDING;
    assert_string_equal(hypfs_cat("/launch/domains/other/state"), "staged");
    other->state = DOMAIN_RUNNING;
    domain_stop(other, SHUTDOWN_poweroff);
    assert_string_equal(hypfs_cat("/launch/domains/other/state"), "stopped");
    scene_end(other);
    scene_schedule(hypfs_reader());
    assert_string_equal(hypfs_cat("/launch/domains/other/state"), "gone");
    assert_string_equal(hypfs_cat("/launch/domains/other/label"), "system_u:vm_r:peer_t");
    assert_string_equal(hypfs_cat("/launch/domains/other/memory"), "1024");
    /* Another one that has its domid isn't the one that was launched. */
    (void)scene_domain(HYPFS_OTHER, "moved_t", 1024);
    scene_schedule(hypfs_reader());
    assert_string_equal(hypfs_cat("/launch/domains/other/state"), "gone");
    assert_string_equal(hypfs_cat("/launch/domains/other/label"), "system_u:vm_r:peer_t");
}

/* What a list says of an entry is what reading that says. */
static void expect_list_to_agree(const char *path, unsigned int *directories)
{
    static uint8_t list[4096], content[8192];
    struct xen_hypfs_direntry whole, entry;
    struct xen_hypfs_dirlistentry listed = {.off_next = 1};
    char child[128];

    assert_int_equal(hypfs_read(path, &whole, list, sizeof(list)), 0);
    assert_int_equal(whole.type, XEN_HYPFS_TYPE_DIR);
    (*directories)++;
    for (size_t at = 0; at < whole.content_len; at += listed.off_next) {
        memcpy(&listed, list + at, sizeof(listed));
        (void)snprintf(child, sizeof(child), "%s/%.40s", strcmp(path, "/") == 0 ? "" : path,
                       list + at + offsetof(struct xen_hypfs_dirlistentry, name));
        assert_int_equal(hypfs_read(child, &entry, content, sizeof(content)), 0);
        assert_memory_equal(&entry, &listed.e, sizeof(entry));
        if (listed.off_next == 0)
            break;
    }
    assert_int_equal(listed.off_next, 0);
}

static void lists_agree_with_what_they_list(void **state)
{
    static const char *const paths[] = {
        "/",
        "/launch",
        "/launch/steps",
        "/launch/policy",
        "/launch/domains",
        "/launch/domains/reader",
        "/launch/domains/other",
        "/launch/domains/broken",
        "/launch/modules",
        "/launch/modules/2",
    };
    unsigned int directories = 0;

    (void)state;
    hypfs_stage("all_t");
    for (unsigned int i = 0; i < ARRAY_SIZE(paths); i++)
        expect_list_to_agree(paths[i], &directories);
    assert_int_equal(directories, ARRAY_SIZE(paths));
}

/* A domain that the caller may not see isn't there, by whatever way, and no record says he asked.
 */
static void domains_are_filtered(void **state)
{
    (void)state;
    hypfs_stage("no_domain_getdomaininfo_t");
    assert_string_equal(hypfs_ls("/launch/domains"), "reader ");
    assert_string_equal(hypfs_cat("/launch/domains/reader/state"), "running");
    assert_string_equal(hypfs_ls("/launch/domains/other"), NOT_THERE);
    assert_string_equal(hypfs_cat("/launch/domains/other/state"), NOT_THERE);
    assert_string_equal(hypfs_ls("/launch/domains/broken"), NOT_THERE);
    assert_int_equal(hypfs_call_path(XEN_HYPFS_OP_write_contents, "/launch/domains/other/state", 1),
                     -ENOENT);
    hypfs_stage("no_own_getdomaininfo_t");
    assert_string_equal(hypfs_ls("/launch/domains"), "other broken ");
    assert_string_equal(hypfs_cat("/launch/domains/reader/state"), NOT_THERE);
    NOTHING_SAID("denied");
}

/* By the label that it has now. */
static void relabelled_domains_are_filtered(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    scene_relabel(hypfs_other(), "moved_t");
    assert_string_equal(hypfs_ls("/launch/domains"), "reader broken ");
    assert_string_equal(hypfs_cat("/launch/domains/other/label"), NOT_THERE);
    NOTHING_SAID("denied");
}

static void modules_are_filtered(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    assert_string_equal(hypfs_ls("/launch/modules"), "2 ");
    assert_string_equal(hypfs_cat("/launch/modules/1/sha256"), NOT_THERE);
    hypfs_stage("no_bw_module_stat_t");
    assert_string_equal(hypfs_ls("/launch/modules"), "");
    assert_string_equal(hypfs_cat("/launch/modules/2/sha256"), NOT_THERE);
    NOTHING_SAID("denied");
}

static void who_may_not_at_all(void **state)
{
    (void)state;
    hypfs_stage("no_xen_hypfs_op_t");
    assert_int_equal(hypfs_call(XEN_HYPFS_OP_get_version, 0, 0, 0, 0), -EPERM);
    assert_string_equal(hypfs_ls("/"), DENIED);
    assert_string_equal(hypfs_cat("/launch/style"), DENIED);
    assert_string_equal(hypfs_cat("/nothing"), DENIED);
    assert_true(machine_said("avc:  denied  { hypfs_op } for domid=1 "));
    assert_true(machine_said(" hook=hypfs_read key=flask"));
}

static void expect_config(const char *path, unsigned int module, uint8_t type, size_t more)
{
    static uint8_t content[8192];
    struct xen_hypfs_direntry entry;
    const void *data;
    size_t size;

    data = hypfs_module(module, &size);
    assert_int_equal(hypfs_read(path, &entry, content, sizeof(content)), 0);
    assert_int_equal(entry.type, type);
    assert_int_equal(entry.content_len, size + more);
    assert_memory_equal(content, data, size);
    assert_true(more == 0 || content[size] == '\0');
}

/* Text is a string, with a NUL; anything else isn't. */
static void what_is_published(void **state)
{
    (void)state;
    hypfs_stage("all_t");
    expect_config("/launch/domains/reader/config", HYPFS_TEXT, XEN_HYPFS_TYPE_STRING, 1);
    expect_config("/launch/domains/other/config", HYPFS_BYTES, XEN_HYPFS_TYPE_BLOB, 0);
    assert_int_equal(hypfs_call_path(XEN_HYPFS_OP_read, "/launch/domains/reader/config", PAGE_SIZE),
                     -ENOBUFS);
}

/* The module's label says who may read it, and the domain's who sees that there is a domain. */
static void what_is_published_is_filtered(void **state)
{
    (void)state;
    hypfs_stage("no_bw_module_read_t");
    assert_null(strstr(hypfs_ls("/launch/domains/reader"), "config"));
    assert_string_equal(hypfs_cat("/launch/domains/reader/config"), NOT_THERE);
    hypfs_stage("no_domain_getdomaininfo_t");
    assert_non_null(strstr(hypfs_ls("/launch/domains/reader"), "config"));
    assert_string_equal(hypfs_cat("/launch/domains/other/config"), NOT_THERE);
    NOTHING_SAID("denied");
}

static void what_has_no_room_is_not_published(void **state)
{
    (void)state;
    hypfs_prepare("all_t");
    fake.fail_at = fake.allocations + 1;
    record_launch();
    assert_true(machine_said("/text: notice: isn't published: there is no memory for it"));
    assert_string_equal(hypfs_cat("/launch/domains/reader/config"), NOT_THERE);
    expect_config("/launch/domains/other/config", HYPFS_BYTES, XEN_HYPFS_TYPE_BLOB, 0);
}

static size_t read_file(const char *path, void *to, size_t room)
{
    FILE *stream = fopen(path, "rb");
    size_t size;

    assert_non_null(stream);
    size = fread(to, 1, room, stream);
    (void)fclose(stream);
    return size;
}

static void the_policy_s_state(void **state)
{
    static uint8_t file[256 * KIB];
    size_t size = read_file(SCENE_POLICY, file, sizeof(file));
    struct xsm_error error;

    (void)state;
    hypfs_stage("all_t");
    expect_digest("/launch/policy/sha256", file, size);
    assert_string_equal(hypfs_cat("/launch/policy/mode"), "enforcing");
    assert_string_equal(hypfs_cat("/launch/policy/sealed"), "0");
    assert_int_equal(policy_seal(), 0);
    assert_string_equal(hypfs_cat("/launch/policy/sealed"), "1");

    /* One that isn't taken changes nothing. */
    hypfs_stage("all_t");
    file[0] ^= 1;
    assert_int_equal(policy_load(file, size, &error), -EINVAL);
    file[0] ^= 1;
    expect_digest("/launch/policy/sha256", file, size);
}

/* The digest is that of the file that decides now. */
static void the_digest_follows_the_policy(void **state)
{
    static uint8_t file[256 * KIB];
    struct xsm_error error;
    uint8_t digest[LCM_DIGEST_SIZE];
    size_t size;

    (void)state;
    scene_start(SCENE_POLICY);
    for (unsigned int i = 0; i < 3; i++) {
        size = read_file(i % 2 == 0 ? FAKE_BUILD "/systems/two-probes/two-guests.30" : SCENE_POLICY,
                         file, sizeof(file));
        assert_int_equal(policy_load(file, size, &error), 0);
        lcm_sha256(file, size, digest);
        assert_memory_equal(policy_digest(), digest, sizeof(digest));
    }
}

/* Who may see only because nothing is enforced sees, and it is written down. */
static void permissive_mode_shows_and_records(void **state)
{
    (void)state;
    hypfs_stage("no_domain_getdomaininfo_t");
    assert_int_equal(xsm_enforce(&gate_engine, false), 0);
    assert_string_equal(hypfs_cat("/launch/policy/mode"), "permissive");
    NOTHING_SAID("getdomaininfo");
    assert_string_equal(hypfs_ls("/launch/domains"), "reader other broken ");
    assert_true(machine_said("avc:  denied  { getdomaininfo } for domid=1 target=2 "
                             "hook=hypfs_domain key=flask"));
    assert_true(machine_said("permissive=1"));
}

/* Then the role control decides, of all. */
static void without_a_policy(void **state)
{
    (void)state;
    hypfs_stage(NULL);
    assert_string_equal(hypfs_ls("/"), DENIED);
    assert_true(machine_said("role:  denied  { hypfs_read }"));
    hypfs_reader()->roles = XSM_ROLE_CONTROL;
    assert_string_equal(hypfs_ls("/launch/domains"), "reader other broken ");
    assert_string_equal(hypfs_ls("/launch/modules"), "0 1 2 3 4 ");
    assert_string_equal(hypfs_cat("/launch/policy/mode"), "none");
    assert_string_equal(hypfs_cat("/launch/policy/sha256"), "");
    assert_string_equal(hypfs_cat("/launch/domains/other/label"), "");
    expect_config("/launch/domains/other/config", HYPFS_BYTES, XEN_HYPFS_TYPE_BLOB, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_tree),
        cmocka_unit_test(what_the_launch_leaves),
        cmocka_unit_test(other_styles),
        cmocka_unit_test(domains_as_they_are_now),
        cmocka_unit_test(lists_agree_with_what_they_list),
        cmocka_unit_test(domains_are_filtered),
        cmocka_unit_test(relabelled_domains_are_filtered),
        cmocka_unit_test(modules_are_filtered),
        cmocka_unit_test(who_may_not_at_all),
        cmocka_unit_test(what_is_published),
        cmocka_unit_test(what_is_published_is_filtered),
        cmocka_unit_test(what_has_no_room_is_not_published),
        cmocka_unit_test(the_policy_s_state),
        cmocka_unit_test(the_digest_follows_the_policy),
        cmocka_unit_test(permissive_mode_shows_and_records),
        cmocka_unit_test(without_a_policy),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
