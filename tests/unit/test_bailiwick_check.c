/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * `bailiwick check`, as its users see it: exit status and words.
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
    assert_int_equal(run("check a --cpus many"), 2);
    assert_said("--cpus takes a number from 1 to 256, not \"many\"");
    assert_int_equal(run("check a --cpus 2x"), 2);
    assert_said("--cpus takes a number from 1 to 256, not \"2x\"");
    assert_int_equal(run("check a --cpus +2"), 2);
    assert_said("--cpus takes a number from 1 to 256, not \"+2\"");
    assert_int_equal(run("check a --cpus 0"), 2);
    assert_said("--cpus takes a number from 1 to 256, not \"0\"");
    assert_int_equal(run("check a --cpus 257"), 2);
    assert_said("--cpus takes a number from 1 to 256, not \"257\"");
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
    assert_said("memory: 512 of the 996 MiB that a machine of 1024 MiB has for domains");
    assert_int_equal(run("check two-probes --root %s --memory 48", root), 0);
    assert_said("2 domains, 3 modules; ");
    assert_int_equal(run("check two-probes --root %s --memory 40", root), 1);
    assert_said("the required domains together ask for 32768 KiB");
}

/* Without --memory there is a machine, too, and modules take some of it. */
static void test_memory(void **state)
{
    (void)state;
    change("0,/0x40000>/s//0x20000000>/");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a: memory is 536870912 KiB: alone more than the ");
    change("s/0x40000>/0x28000>/");
    assert_int_equal(run("check %s/changed.dts --root %s --memory 360", root, root), 0);
    write_file("build/guests/initrd", output, 0);
    run_shell("truncate -s 32M %s/build/guests/initrd", root);
    assert_int_equal(run("check %s/changed.dts --root %s --memory 360", root, root), 1);
    assert_said("guest-b: the required domains together ask for 327680 KiB of memory, but ");
}

/* Without --cpus the machine has some, too: as many as Kconfig says. */
static void test_cpus(void **state)
{
    char text[64];

    (void)state;
    assert_int_equal(run("check two-guests --root %s --cpus 1", root), 0);
    assert_said("  CPUs: 0 of the machine's 1 are dedicated\n");
    change("0,/cpus = <1>;/s//cpus = <2>; scheduling = \"dedicated\";/");
    assert_int_equal(run("check %s/changed.dts --root %s --cpus 3", root, root), 0);
    assert_said("  CPUs: 2 of the machine's 3 are dedicated\n");
    assert_int_equal(run("check %s/changed.dts --root %s --cpus 2", root, root), 1);
    assert_said(
        "guest-b: the required domains ask for 3 CPUs (guest-a 2, and 1 for all that share)");
    assert_int_equal(run("check %s/changed.dts --root %s --cpus 256", root, root), 0);
    change("0,/cpus = <1>;/s//cpus = <32>; scheduling = \"dedicated\";/");
    snprintf(text, sizeof(text), "alone more than the %u that the machine has",
             CONFIG_MACHINE_CPUS);
    assert_int_equal(check_changed(), CONFIG_MACHINE_CPUS < 32);
    if (CONFIG_MACHINE_CPUS < 32)
        assert_said(text);
    change("0,/cpus = <1>;/s//cpus = <32>;/");
    assert_int_equal(check_changed(), 0);
    change("0,/cpus = <1>;/s//cpus = <33>;/");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a: cpus is 33: a domain can have at most 32");
}

/* As many domains as the launch takes, and one more. */
static void test_many_domains(void **state)
{
    static char tree[LARGEST];
    size_t used = (size_t)snprintf(tree, sizeof(tree),
                                   "/dts-v1/; / { chosen { hypervisor { "
                                   "compatible = \"hypervisor,xen\";");

    (void)state;
    for (unsigned int i = 1; i <= CONFIG_MAX_DOMAINS + 1; i++) {
        used +=
            (size_t)snprintf(tree + used, sizeof(tree) - used,
                             "d%u { compatible = \"xen,domain\"; memory = <0 1024>; mode = <4>; "
                             "kernel { compatible = \"module,kernel\"; "
                             "source = \"build/probe/probe.elf\"; }; };",
                             i);
        if (i < CONFIG_MAX_DOMAINS)
            continue;
        write_file("changed.dts", tree, used);
        run_shell("echo '}; }; };' >>%s/changed.dts", root);
        assert_int_equal(check_changed(), i > CONFIG_MAX_DOMAINS);
    }
    assert_said("is required domain number ");
    assert_said("1 error, ");
}

/* Xen's binding, with our sources: domains and policy directly under /chosen. */
static void test_dom0less(void **state)
{
    static const char tree[] =
        "/dts-v1/; / { chosen { policy { compatible = \"xen,xsm-policy\"; source = \"" POLICY
        "\"; };"
        "domU1 { compatible = \"xen,domain\"; memory = <0x0 0x4000>; security-id = \"guest_a_t\";"
        "kernel { compatible = \"multiboot,kernel\"; source = \"build/probe/probe.elf\"; }; }; }; "
        "};";

    (void)state;
    write_file("changed.dts", tree, sizeof(tree) - 1);
    assert_int_equal(check_changed(), 0);
    assert_said("1 domain, 2 modules; ");
    assert_said("domid 1   domU1                16 MiB  system_u:vm_r:guest_a_t");
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
    change("s/source = .*two-guests.30.;/& security-id = \"policy_x\";/");
    assert_int_equal(check_changed(), 1);
    assert_said("changed.dts: error: /chosen/hypervisor/config/policy: the policy has no label "
                "policy_x: ");
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
    kernel_image_elf(elf, true);
    elf[56] = 65; /* e_phnum */
    write_file("build/probe/probe.elf", elf, sizeof(elf));
    assert_int_equal(run("check two-probes --root %s", root), 1);
    assert_said("probe.elf has more than 64 program headers");
}

/* What newcomers try: the folder of a built LCM is where its modules are. */
static void test_built(void **state)
{
    (void)state;
    assert_int_equal(build("two-guests", "--no-iso"), 0);
    assert_int_equal(run("check %s/out/lcm.dtb", root), 0);
    assert_said("2 domains, 3 modules; ");
    run_shell("cp %s/out/lcm.dtb %s/alone.dtb", root, root);
    assert_int_equal(run("check %s/alone.dtb", root), 1);
    assert_said("alone.dtb: error: this is a built LCM: add --modules DIR\n");
    assert_string_equal(strchr(output, '\n'), "\n");
    assert_int_equal(run("check %s/alone.dtb --modules %s/out", root, root), 0);
    /* A module that is lost is one error, and no wrong digest as well. */
    run_shell("rm %s/out/initrd", root);
    assert_int_equal(run("check %s/out/lcm.dtb", root), 1);
    assert_said("out/initrd can't be used: No such file or directory");
    assert_null(strstr(output, "digest"));
}

static void test_module_names(void **state)
{
    (void)state;
    change("s/source = \"build.guests.initrd\";/& module-name = \"$x\";/");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a/ramdisk: can't be called \"$x\": give it another module-name");
    change("s/source = \"build.guests.initrd\";/& module-name = \"lcm.dtb\";/");
    assert_int_equal(check_changed(), 1);
    assert_said("can't be called \"lcm.dtb\"");
    assert_said("2 errors, 0 notices");
    change("s/source = \"build.guests.initrd\";/& module-name = \"vmlinuz.new\";/");
    assert_int_equal(check_changed(), 1);
    change("0,/build.guests.vmlinuz/s//build\\/probe\\/initrd/");
    run_shell("cp %s/build/probe/probe.elf %s/build/probe/initrd", root, root);
    assert_int_equal(check_changed(), 1);
    assert_said("changed.dts: error: /chosen/hypervisor/guest-a/ramdisk: another file is called "
                "the same, give one a module-name: initrd");
    assert_said("1 error, 0 notices");
    /* As a kernel it is unpacked, as a ramdisk it isn't: not the same file. */
    change("s/build.guests.initrd/build\\/guests\\/vmlinuz/");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a/ramdisk: another file is called the same");
    change("s/source = \"build.guests.initrd\";//");
    assert_int_equal(check_changed(), 1);
    assert_said("guest-a/ramdisk: has no source");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_usage),           TEST(test_no_such_system), TEST(test_not_a_tree),
        TEST(test_shipped_systems), TEST(test_memory),         TEST(test_cpus),
        TEST(test_many_domains),    TEST(test_dom0less),       TEST(test_all_findings_at_once),
        TEST(test_policy),          TEST(test_not_pvh),        TEST(test_built),
        TEST(test_module_names),
    };

    return cmocka_run_group_tests_name("bailiwick check", tests, NULL, NULL);
}
