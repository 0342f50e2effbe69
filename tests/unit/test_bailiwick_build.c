/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bailiwick build`, as its users see it: exit status, words, and files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/command.h"
#include "tests/unit/kernel_image.h"

static void test_build(void **state)
{
    static char content[LARGEST];
    static const char order[] = "    multiboot2 /boot/bailiwick.elf\n"
                                "    module2 /boot/lcm.dtb lcm.dtb\n"
                                "    module2 /boot/two-guests.30 two-guests.30\n"
                                "    module2 /boot/vmlinuz vmlinuz\n"
                                "    module2 /boot/initrd initrd\n";

    (void)state;
    assert_int_equal(build("two-guests", "--no-iso"), 0);
    read_file("out/modules", content);
    assert_string_equal(content, "lcm.dtb\ntwo-guests.30\nvmlinuz\ninitrd\n");
    read_file("out/grub.cfg", content);
    assert_non_null(strstr(content, order));
    assert_non_null(strstr(content, "set timeout=0\n"));
    assert_false(exists("out/boot.iso"));
    run_shell("cmp %s/build/guests/initrd %s/out/initrd", root, root);
    run_shell("cmp " POLICY " %s/out/two-guests.30", root);
    /* A bzImage was unpacked. */
    run_shell("cmp %s/build/probe/probe.elf %s/out/vmlinuz", root, root);
    run_shell("test -z \"$(find %s/out -name '*.new' -o -name '.*' -mindepth 1)\"", root);
}

static void test_built_tree(void **state)
{
    static char before[LARGEST], after[LARGEST];
    char name[32], nonce[32], other[32];

    (void)state;
    assert_int_equal(build("two-guests", "--no-iso"), 0);
    read_file("out/nonces", before);
    assert_int_equal(sscanf(before, "guest-a %31s guest-b %31s", nonce, other), 2);
    assert_int_equal(strlen(nonce), 16);
    assert_int_equal(strspn(nonce, "0123456789abcdef"), 16);
    assert_string_not_equal(nonce, other);
    for (unsigned int i = 0; i < 2; i++) {
        snprintf(name, sizeof(name), "guest-%c", "ab"[i]);
        run_shell("fdtget %s/out/lcm.dtb /chosen/hypervisor/%s/kernel bootargs | "
                  "grep -qx 'console=hvc0 quiet domain=%s nonce=%s'",
                  root, name, name, i ? other : nonce);
        run_shell("test \"$(fdtget %s/out/lcm.dtb /chosen/hypervisor/%s/kernel mb-index)\" = 2",
                  root, name);
        run_shell("test \"$(fdtget %s/out/lcm.dtb /chosen/hypervisor/%s/ramdisk mb-index)\" = 3",
                  root, name);
    }
    run_shell("test \"$(fdtget -t bx %s/out/lcm.dtb /chosen/hypervisor/guest-a/ramdisk digest | "
              "sed 's/\\b[0-9a-f]\\b/0&/g' | tr -d ' ')\" = "
              "\"$(sha256sum <%s/out/initrd | cut -c 1-64)\"",
              root, root);
    run_shell("! fdtget -p %s/out/lcm.dtb /chosen/hypervisor/guest-a/kernel | grep -q source",
              root);
    assert_int_equal(build("two-guests", "--no-iso"), 0);
    read_file("out/nonces", after);
    assert_string_not_equal(before, after);
}

static void test_nonces(void **state)
{
    static char content[LARGEST];
    char changed[80], nonce[32], other[32];

    (void)state;
    change("s/nonce=@NONCE@/& again=@NONCE@./");
    snprintf(changed, sizeof(changed), "%s/changed.dts", root);
    assert_int_equal(build(changed, "--no-iso"), 0);
    read_file("out/nonces", content);
    assert_int_equal(sscanf(content, "guest-a %31s guest-b %31s", nonce, other), 2);
    run_shell("fdtget %s/out/lcm.dtb /chosen/hypervisor/guest-a/kernel bootargs | "
              "grep -qx 'console=hvc0 quiet domain=guest-a nonce=%s again=%s.'",
              root, nonce, nonce);
}

/* What was built is checked as it would boot; a file that changed since then is found. */
static void test_check_built(void **state)
{
    (void)state;
    assert_int_equal(build("two-guests", "--no-iso"), 0);
    assert_int_equal(run("check %s/out/lcm.dtb --modules %s/out", root, root), 0);
    assert_said("domid 2   guest-b");
    /* A source finds its files there, too: by their names. */
    assert_int_equal(run("check lcm/systems/two-guests.dts --modules %s/out", root), 0);
    write_file("out/initrd", "changed", 7);
    assert_int_equal(run("check %s/out/lcm.dtb --modules %s/out", root, root), 1);
    assert_said("guest-a/ramdisk: module 3 (initrd) has the digest");
    assert_said("guest-b/ramdisk: module 3 (initrd) has the digest");
    run_shell("sed -i '/two-guests.30/d' %s/out/modules", root);
    assert_int_equal(run("check %s/out/lcm.dtb --modules %s/out", root, root), 1);
    assert_said("config/policy: should be two-guests.30, but module 1 is vmlinuz: boot menu and "
                "LCM are out of step");
}

static void test_check_modules_by_name(void **state)
{
    (void)state;
    run_shell("mkdir %s/files && cp %s/build/guests/* %s/build/policy/* %s/files/", root, root,
              root, root);
    assert_int_equal(run("check two-guests --root /nowhere --modules %s/files", root), 1);
    assert_int_equal(
        run("check lcm/systems/two-guests.dts --root /nowhere --modules %s/files", root), 0);
}

static void test_build_refuses(void **state)
{
    char changed[80];

    (void)state;
    change("s/\"guest_a_t\"/\"gest_t\"/");
    snprintf(changed, sizeof(changed), "%s/changed.dts", root);
    assert_int_equal(build(changed, ""), 1);
    assert_said("the policy has no label gest_t");
    assert_false(exists("out"));
}

static void test_iso(void **state)
{
    (void)state;
    assert_int_equal(build("two-probes", ""), 0);
    assert_true(exists("out/boot.iso"));
    run_shell("grep -q 'module2 /boot/probe.elf probe.elf' %s/out/boot.iso", root);
    run_shell("grep -q 'the hypervisor' %s/out/boot.iso", root);
    run_shell("test $(stat -c %%s %s/out/boot.iso) -lt 8000000", root);
    run_shell("test -z \"$(find %s/out -name '*.new' -o -name '*.log' -o -name '.*' -mindepth 1)\"",
              root);
    run_shell("rm %s/bailiwick.elf", root);
    assert_int_equal(build("two-probes", ""), 1);
    assert_said("bailiwick.elf: No such file or directory");
}

/* A bzImage that can't be unpacked, and why. */
static void assert_refused(const uint8_t *bzimage, size_t size, const char *why)
{
    write_file("build/guests/vmlinuz", bzimage, size);
    assert_int_equal(run("check two-guests --root %s", root), 1);
    assert_said("vmlinuz can't be used: ");
    assert_said(why);
}

static void test_compressions(void **state)
{
    uint8_t elf[KERNEL_IMAGE_SIZE], bzimage[BZIMAGE_MAX_SIZE];

    (void)state;
    kernel_image_elf(elf, true);
    for (unsigned int i = 0; i < NR_PACKINGS; i++) {
        size_t size = kernel_image_bzimage(bzimage, elf, (enum packing)i);

        write_file("build/guests/vmlinuz", bzimage, size);
        assert_int_equal(build("two-guests", "--no-iso"), 0);
        run_shell("cmp %s/build/probe/probe.elf %s/out/vmlinuz", root, root);
        assert_refused(bzimage, size - 1, "it is cut short");
        bzimage[size - 3]++; /* the unpacked size */
        assert_refused(bzimage, size, "it is damaged");
        bzimage[size - 3] = (uint8_t)(bzimage[size - 3] - 2);
        assert_refused(bzimage, size, "it is damaged");
        bzimage[size - 1] = 0x7f;
        assert_refused(bzimage, size, "its unpacked size is not believable");
        memset(bzimage + 0x700, 'B', 2);
        assert_refused(bzimage, size, "its compression is not gzip, xz, lz4 or zstd");
        bzimage[0x206] = 7;
        assert_refused(bzimage, size, "its boot protocol is older than 2.08");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_build),
        TEST(test_built_tree),
        TEST(test_nonces),
        TEST(test_check_built),
        TEST(test_check_modules_by_name),
        TEST(test_build_refuses),
        TEST(test_iso),
        TEST(test_compressions),
    };

    return cmocka_run_group_tests_name("bailiwick build", tests, NULL, NULL);
}
