/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The host command, as its users see it: exit status, words, and files.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/kernel_image.h"

#define COMMAND "build/tests/bailiwick" /* with the sanitizers */
#define POLICY "build/policy/two-guests.30"
#define LARGEST 65536u

/* Where each test has its files: made by setup, removed by teardown. */
static char root[64];
static char output[LARGEST]; /* of the last command */

static void run_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));

static void run_shell(const char *format, ...)
{
    char command[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

/* Run the host command. Returns its exit status. */
static int run(const char *format, ...) __attribute__((format(printf, 1, 2)));

static int run(const char *format, ...)
{
    char command[1024] = COMMAND " ";
    size_t used = strlen(command), size;
    va_list arguments;
    FILE *stream;
    int status;

    va_start(arguments, format);
    vsnprintf(command + used, sizeof(command) - used - 8, format, arguments);
    va_end(arguments);
    strcat(command, " 2>&1");
    stream = popen(command, "r");
    assert_non_null(stream);
    size = fread(output, 1, sizeof(output) - 1, stream);
    output[size] = '\0';
    status = pclose(stream);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void assert_said(const char *text)
{
    if (!strstr(output, text))
        fail_msg("\"%s\" is not in:\n%s", text, output);
}

static size_t read_file(const char *name, char content[LARGEST])
{
    char path[256];
    FILE *stream;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    stream = fopen(path, "rb");
    if (!stream)
        fail_msg("%s is not there", path);
    size = fread(content, 1, LARGEST - 1, stream);
    content[size] = '\0';
    fclose(stream);
    return size;
}

static void write_file(const char *name, const void *data, size_t size)
{
    char path[256];
    FILE *stream;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(data, 1, size, stream), size);
    fclose(stream);
}

static bool exists(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return access(path, F_OK) == 0;
}

/* A root with what the shipped systems need, small: so they are tested, and quickly. */
static int setup(void **state)
{
    uint8_t elf[KERNEL_IMAGE_SIZE], bzimage[BZIMAGE_MAX_SIZE];

    (void)state;
    strcpy(root, "build/tests/bailiwick.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    run_shell("mkdir -p %s/build/guests %s/build/policy %s/build/probe %s/tests/qemu/scripts "
              "%s/lcm",
              root, root, root, root, root);
    run_shell("cp -r lcm/systems %s/lcm/ && cp " POLICY " %s/build/policy/", root, root);
    kernel_image_elf(elf, true);
    write_file("build/probe/probe.elf", elf, sizeof(elf));
    write_file("build/guests/vmlinuz", bzimage, kernel_image_bzimage(bzimage, elf, PACKING_XZ));
    write_file("build/guests/initrd", "ramdisk", 7);
    write_file("tests/qemu/scripts/hello", "say hello\n", 10);
    write_file("bailiwick.elf", "the hypervisor", 14);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    run_shell("rm -r %s", root);
    return 0;
}

/* The shipped two-guests, changed by a sed script, as DIR/changed.dts. */
static void change(const char *script)
{
    run_shell("sed -e '%s' lcm/systems/two-guests.dts >%s/changed.dts", script, root);
}

static int check_changed(void)
{
    return run("check %s/changed.dts --root %s", root, root);
}

static int build(const char *system, const char *more)
{
    return run("build %s --root %s --output %s/out --hypervisor %s/bailiwick.elf %s", system, root,
               root, root, more);
}

static void test_usage(void **state)
{
    (void)state;
    assert_int_equal(run("help"), 0);
    assert_said("bailiwick check SYSTEM|FILE");
    assert_said("bailiwick build SYSTEM|FILE");
    assert_int_equal(run("%s", ""), 2);
    assert_said("bailiwick check SYSTEM|FILE");
    assert_int_equal(run("frobnicate"), 2);
    assert_int_equal(run("check"), 2);
    assert_said("say one system or file");
    assert_int_equal(run("check a b"), 2);
    assert_int_equal(run("check a --colour"), 2);
    assert_int_equal(run("check a --memory much"), 2);
    assert_said("--memory takes a number of MiB, not \"much\"");
    assert_int_equal(run("check a --output b"), 2);
    assert_int_equal(run("build a"), 2);
    assert_said("build needs --output DIR");
}

static void test_no_such_system(void **state)
{
    (void)state;
    assert_int_equal(run("check three-guests"), 1);
    assert_said("lcm/systems/three-guests.dts: No such file or directory");
}

static void test_not_a_tree(void **state)
{
    (void)state;
    write_file("bad.dts", "/dts-v1/; / { oops", 18);
    assert_int_equal(run("check %s/bad.dts", root), 1);
    assert_said("dtc can't compile it");
    write_file("bad.dtb", "nothing", 7);
    assert_int_equal(run("check %s/bad.dtb", root), 1);
    assert_said("bad.dtb: error: is not a device tree blob (7 bytes)");
}

static void test_shipped_systems(void **state)
{
    (void)state;
    assert_int_equal(run("check two-guests --root %s", root), 0);
    assert_said("2 domains, 3 modules; ");
    assert_said("domid 1   guest-a             256 MiB  system_u:vm_r:guest_a_t  roles: none");
    assert_said("domid 2   guest-b             256 MiB  system_u:vm_r:guest_b_t  roles: none");
    assert_int_equal(run("check two-probes --root %s --memory 32", root), 0);
    assert_said("2 domains, 3 modules; ");
    assert_int_equal(run("check two-probes --root %s --memory 31", root), 1);
    assert_said("the domains together ask for 32768 KiB");
}

/* Faults of all kinds at once: source, tree, kernel, label, role. */
static void test_all_findings_at_once(void **state)
{
    (void)state;
    change("0,/guest_a_t/s/\"guest_a_t\"/\"gest_t\"/;"
           "s/\"guest_b_t\";/\"guest_b_t\"; permissions = <1>; new = <2>;/;"
           "0,/build.guests.vmlinuz/s//build\\/guests\\/missing/;"
           "s/build.guests.vmlinuz/tests\\/qemu\\/scripts\\/hello/;"
           "0,/0x40000>/s/0x40000>/0>/");
    assert_int_equal(check_changed(), 1);
    assert_said("changed.dts: notice: /chosen/hypervisor/guest-b: property new is not known");
    assert_said("changed.dts: domain error: /chosen/hypervisor/guest-a: memory is zero");
    assert_said("changed.dts: error: /chosen/hypervisor/guest-a/kernel: ");
    assert_said("build/guests/missing can't be used: No such file or directory");
    assert_said("guest-a: the policy has no label gest_t: ");
    assert_said("guest-b: the policy does not let xenboot give the label "
                "system_u:vm_r:guest_b_t the role control (bw_role:control)");
    assert_said("tests/qemu/scripts/hello is neither an ELF file nor a bzImage");
    assert_said("changed.dts: 5 errors, 1 notice\n");
}

static void test_policy(void **state)
{
    (void)state;
    change("s/two-guests.30/none.30/");
    assert_int_equal(check_changed(), 1);
    assert_said("config/policy: ");
    assert_said("none.30 can't be used: No such file");
    assert_int_equal(run("check %s/changed.dts --root %s --policy " POLICY, root, root), 0);
    assert_said("system_u:vm_r:guest_a_t");
    change("/policy {/,/};/d");
    assert_int_equal(check_changed(), 1);
    assert_said("changed.dts: error: names labels but no policy");
    write_file("junk", "junk", 4);
    assert_int_equal(run("check %s/changed.dts --root %s --policy %s/junk", root, root, root), 1);
    assert_said("changed.dts: error: policy: ");
    change("/policy {/,/};/d;/security-id/d");
    assert_int_equal(check_changed(), 0);
    assert_said("no policy: the role engine decides alone");
}

static void test_not_pvh(void **state)
{
    uint8_t elf[KERNEL_IMAGE_SIZE];

    (void)state;
    kernel_image_elf(elf, false);
    write_file("build/probe/probe.elf", elf, sizeof(elf));
    assert_int_equal(run("check two-probes --root %s", root), 1);
    assert_said("domain error: /chosen/hypervisor/guest-a/kernel: ");
    assert_said("probe.elf has no PVH entry (ELF note Xen PHYS32_ENTRY)");
    kernel_image_elf(elf, true);
    elf[4] = 1; /* 32-bit */
    write_file("build/probe/probe.elf", elf, sizeof(elf));
    assert_int_equal(run("check two-probes --root %s", root), 1);
    assert_said("probe.elf is not a 64-bit x86 ELF file");
}

static void test_module_names(void **state)
{
    (void)state;
    change("s/source = \"build.guests.initrd\";/& module-name = \"$x\";/");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a/ramdisk: can't be called $x");
    change("s/source = \"build.guests.initrd\";/& module-name = \"lcm.dtb\";/");
    assert_int_equal(check_changed(), 1);
    assert_said("can't be called lcm.dtb");
    assert_said("2 errors, 0 notices");
    change("0,/build.guests.vmlinuz/s//build\\/probe\\/initrd/");
    run_shell("cp %s/build/probe/probe.elf %s/build/probe/initrd", root, root);
    assert_int_equal(check_changed(), 1);
    assert_said("changed.dts: error: /chosen/hypervisor/guest-a/ramdisk: another file is called "
                "the same, give one a module-name: initrd");
    assert_said("1 error, 0 notices");
    change("s/source = \"build.guests.initrd\";//");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a/ramdisk: has no source");
}

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
                  "grep -qx 'console=hvc0 quiet nonce=%s'",
                  root, name, i ? other : nonce);
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

/* What was built is checked as it would boot; a file that changed since then is found. */
static void test_check_built(void **state)
{
    (void)state;
    assert_int_equal(build("two-guests", "--no-iso"), 0);
    assert_int_equal(run("check %s/out/lcm.dtb --modules %s/out", root, root), 0);
    assert_said("domid 2   guest-b");
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
        /* Cut short, with a wrong unpacked size, and of an unknown compression. */
        write_file("build/guests/vmlinuz", bzimage, size - 1);
        assert_int_equal(run("check two-guests --root %s", root), 1);
        assert_said("vmlinuz can't be used: it is cut short");
        bzimage[size - 3]++;
        write_file("build/guests/vmlinuz", bzimage, size);
        assert_int_equal(run("check two-guests --root %s", root), 1);
        assert_said("vmlinuz can't be used: it is damaged");
        memset(bzimage + 0x700, 'B', 2);
        write_file("build/guests/vmlinuz", bzimage, size);
        assert_int_equal(run("check two-guests --root %s", root), 1);
        assert_said("vmlinuz can't be used: its compression is not gzip, xz, lz4 or zstd");
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_usage),
        TEST(test_no_such_system),
        TEST(test_not_a_tree),
        TEST(test_shipped_systems),
        TEST(test_all_findings_at_once),
        TEST(test_policy),
        TEST(test_not_pvh),
        TEST(test_module_names),
        TEST(test_build),
        TEST(test_built_tree),
        TEST(test_check_built),
        TEST(test_check_modules_by_name),
        TEST(test_build_refuses),
        TEST(test_iso),
        TEST(test_compressions),
    };

    return cmocka_run_group_tests_name("bailiwick", tests, NULL, NULL);
}
