/* SPDX-License-Identifier: BSD-2-Clause */
/* Launches without an LCM: what boot modules are taken for, and dom0_mem=. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "lcm/classic.h"

#define MEMORY_KIB (999u * 1024 + 512)

static struct lcm lcm;
static struct lcm_report report;

#define MODULE(bytes)                                                                              \
    {                                                                                              \
        .data = (bytes), .size = sizeof(bytes) - 1, .line = "a line"                               \
    }

static const struct lcm_boot_module all[] = {MODULE("\x7f"
                                                    "ELF and more"),
                                             MODULE("\x8c\xff\x7c\xf9 and more"),
                                             MODULE("a ramdisk"), MODULE("something else"),
                                             MODULE("\x8c\xff\x7c\xf9 another")};

static int classic(unsigned int nr_modules, const char *command_line)
{
    const struct lcm_environment environment = {.module = all,
                                                .nr_modules = nr_modules,
                                                .memory_kib = MEMORY_KIB,
                                                .nr_cpus = 4,
                                                .max_cpus = 3};

    report = (struct lcm_report){0};
    return lcm_classic(&environment, command_line, &lcm, &report);
}

static void test_what_is_a_kernel(void **state)
{
    static const char nearly[] = "\x7f"
                                 "EL";
    static char image[0x206];

    (void)state;
    assert_true(lcm_is_kernel(all[0].data, all[0].size));
    assert_false(lcm_is_kernel(all[1].data, all[1].size));
    assert_false(lcm_is_kernel(nearly, sizeof(nearly) - 1));
    memcpy(image + 0x202, "HdrS", 4);
    assert_true(lcm_is_bzimage(image, sizeof(image)));
    assert_false(lcm_is_bzimage(image, sizeof(image) - 1));
    assert_false(lcm_is_bzimage(all[0].data, all[0].size));
    memcpy(image, all[0].data, all[0].size);
    assert_false(lcm_is_bzimage(image, sizeof(image)));
}

static void test_kernel_alone(void **state)
{
    const struct lcm_domain *d = &lcm.domain[0];

    (void)state;
    assert_int_equal(classic(1, ""), 0);
    assert_int_equal(report.nr_findings, 0);
    assert_int_equal(lcm.nr_domains, 1);
    assert_int_equal(lcm.nr_modules, 1);
    assert_string_equal(d->name, "dom0");
    assert_int_equal(d->domid, 0);
    assert_int_equal(d->permissions, LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE);
    assert_int_equal(d->functions, LCM_FUNCTION_LEGACY_DOM0 | LCM_FUNCTION_CRASH |
                                       LCM_FUNCTION_CONSOLE | LCM_FUNCTION_XENSTORE);
    assert_int_equal(d->cpus, 3);
    assert_int_equal(d->memory_kib, 999ul * 1024);
    assert_true(d->required && d->initial_domain_hint && d->has_label_of_dom0);
    assert_ptr_equal(d->kernel, &lcm.module[0]);
    assert_int_equal(d->kernel->boot_module, 0);
    assert_null(d->ramdisk);
    assert_null(lcm.policy);
}

static void test_all_modules(void **state)
{
    (void)state;
    assert_int_equal(classic(5, ""), 0);
    assert_int_equal(lcm.policy->boot_module, 1);
    assert_null(lcm.policy->domain);
    assert_int_equal(lcm.domain[0].ramdisk->boot_module, 2);
    assert_int_equal(report.nr_findings, 2);
    assert_int_equal(report.finding[0].severity, LCM_NOTICE);
    assert_non_null(strstr(report.finding[0].text, "module 3 is neither"));
    assert_non_null(strstr(report.finding[1].text, "module 4 is neither"));
}

static void expect_kib(const char *command_line, uint64_t kib)
{
    assert_int_equal(classic(1, command_line), 0);
    assert_int_equal(lcm.domain[0].memory_kib, kib);
    assert_int_equal(report.nr_findings, 0);
}

static void test_memory(void **state)
{
    (void)state;
    expect_kib("dom0_mem=4096", 4096);
    expect_kib("dom0_mem=4096k", 4096);
    expect_kib("loglvl=all dom0_mem=64M", 65536);
    expect_kib("dom0_mem=64M com1=115200", 65536);
    expect_kib("dom0_mem=max:32m", 32768);
    expect_kib("dom0_mem=64M,max:128M", 65536);
    expect_kib("dom0_mem=4096,max:128M", 4096);
    expect_kib("dom0_mem=1M dom0_mem=2M", 2048);
    expect_kib("my_dom0_mem=64M", 999ul * 1024);
    expect_kib("dom0_mem=1022976", 999ul * 1024);
}

static void expect_notice(const char *command_line)
{
    assert_int_equal(classic(1, command_line), 0);
    assert_int_equal(lcm.domain[0].memory_kib, 999ul * 1024);
    assert_int_equal(report.nr_findings, 1);
    assert_int_equal(report.finding[0].severity, LCM_NOTICE);
}

static void test_memory_that_cant_be_read(void **state)
{
    (void)state;
    expect_notice("dom0_mem=");
    expect_notice("dom0_mem=0");
    expect_notice("dom0_mem=64X");
    expect_notice("dom0_mem=64MB");
    expect_notice("dom0_mem=min:64M");
}

static void test_more_memory_than_there_is(void **state)
{
    (void)state;
    assert_int_equal(classic(1, "dom0_mem=1G"), -EINVAL);
    assert_int_equal(report.finding[0].severity, LCM_ERROR);
    assert_int_equal(classic(1, "dom0_mem=99999999999999999999999999G"), -EINVAL);
    assert_int_equal(classic(1, "dom0_mem=1023489"), -EINVAL);
    assert_int_equal(classic(1, "dom0_mem=1023488"), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_a_kernel),
        cmocka_unit_test(test_kernel_alone),
        cmocka_unit_test(test_all_modules),
        cmocka_unit_test(test_memory),
        cmocka_unit_test(test_memory_that_cant_be_read),
        cmocka_unit_test(test_more_memory_than_there_is),
    };

    return cmocka_run_group_tests_name("launches without an LCM", tests, NULL, NULL);
}
