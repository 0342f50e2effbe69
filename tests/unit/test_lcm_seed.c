/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The two examples of Hyperlaunch's design document mean what it says of them. What the launch says
 * to them is in their comments (test_lcm_findings).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "lcm/lcm.h"
#include "tests/unit/lcm_blob.h"

#define NR_MODULES 7u
#define ADDRESS 0xff00ul
#define SIZE 0x80u
#define MIB_128 0x20000u

struct example {
    const char *file, *boot, *dom0; /* names of its nodes */
    enum lcm_locator locator;
};

static const struct example x86 = {"seed_x86", "domain@1", "domain@2", LCM_BY_INDEX};
static const struct example arm = {"seed_arm", "domain", "domain@0", LCM_BY_ADDRESS};
static const struct example *const examples[] = {&x86, &arm};

#define EACH_EXAMPLE(e)                                                                            \
    for (size_t n = 0; n < sizeof(examples) / sizeof(examples[0]) && ((e) = examples[n]); n++)

static struct lcm_blob blob;
static struct lcm lcm;
static struct lcm_report report;

/* With another mode for Dom0; 0: as it is. */
static void parse(const struct example *example, uint32_t mode)
{
    char path[LCM_MAX_PATH];

    lcm_blob_read(&blob, example->file);
    if (mode) {
        snprintf(path, sizeof(path), "/chosen/hypervisor/%s", example->dom0);
        assert_int_equal(
            fdt_setprop_inplace_u32(blob.data, fdt_path_offset(blob.data, path), "mode", mode), 0);
    }
    memset(&report, 0, sizeof(report));
    assert_int_equal(lcm_parse(blob.data, blob.size, &lcm, &report), 0);
}

/* With what the document says is loaded: in order, or all at one address. */
static int check(const struct example *example)
{
    static const uint8_t content[SIZE];
    struct lcm_boot_module boot[NR_MODULES + 1];
    const struct lcm_environment environment = {.module = boot,
                                                .nr_modules = example == &x86 ? NR_MODULES + 1 : 2,
                                                .max_cpus = 2,
                                                .domains_only_pvh = true};

    for (unsigned int i = 0; i <= NR_MODULES; i++)
        boot[i] = (struct lcm_boot_module){
            .data = content, .size = SIZE, .address = i * ADDRESS, .line = ""};
    return lcm_check(&lcm, &environment, &report);
}

static void expect_boot_domain(const struct lcm_domain *domain)
{
    assert_int_equal(domain->domid, LCM_BOOT_DOMID);
    assert_int_equal(domain->permissions, 0);
    assert_int_equal(domain->functions, LCM_FUNCTION_BOOT);
    assert_int_equal(domain->mode, LCM_MODE_LONG);
    assert_int_equal(domain->memory_kib, MIB_128);
    assert_int_equal(domain->cpus, 1);
    assert_null(domain->security_id);
    assert_false(domain->initial_domain_hint);
    assert_null(domain->kernel->bootargs);
    assert_null(domain->device_tree);
}

static void expect_dom0(const struct lcm_domain *domain)
{
    static const uint8_t uuid[LCM_UUID_SIZE] = {0xb3, 0xfb, 0x98, 0xfb, 0x8f, 0x9f, 0x67, 0xa3};

    assert_int_equal(domain->domid, 0);
    assert_int_equal(domain->permissions, LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE);
    assert_int_equal(domain->functions, LCM_FUNCTION_LEGACY_DOM0 | LCM_FUNCTION_XENSTORE |
                                            LCM_FUNCTION_CONSOLE | LCM_FUNCTION_CRASH);
    assert_int_equal(domain->mode, LCM_MODE_LONG | LCM_MODE_PARAVIRTUALIZED);
    assert_memory_equal(domain->uuid, uuid, sizeof(uuid));
    assert_int_equal(domain->memory_kib, MIB_128);
    assert_int_equal(domain->cpus, 1);
    assert_string_equal(domain->security_id, "dom0_t");
    assert_true(domain->initial_domain_hint);
    assert_string_equal(domain->kernel->bootargs, "console=hvc0");
    assert_null(domain->device_tree);
    assert_null(domain->config);
}

static void test_domains(void **state)
{
    const struct example *example;

    (void)state;
    EACH_EXAMPLE(example)
    {
        parse(example, 0);
        assert_false(lcm.dom0less);
        assert_int_equal(lcm.nr_domains, 2);
        assert_string_equal(lcm.domain[0].name, example->boot);
        assert_string_equal(lcm.domain[1].name, example->dom0);
        expect_boot_domain(&lcm.domain[0]);
        expect_dom0(&lcm.domain[1]);
        lcm_blob_free(&blob);
    }
}

static void expect_module(unsigned int number, enum lcm_locator locator)
{
    const struct lcm_module *module = &lcm.module[number];

    assert_int_equal(module->locator, locator);
    assert_null(module->name);
    assert_false(module->has_digest);
    if (locator == LCM_BY_INDEX) {
        assert_int_equal(module->index, number + 1);
        return;
    }
    assert_int_equal(module->address, ADDRESS);
    assert_int_equal(module->size, SIZE);
}

static void test_modules(void **state)
{
    static const enum lcm_module_type types[NR_MODULES] = {
        LCM_MICROCODE, LCM_XSM_POLICY, LCM_KERNEL, LCM_RAMDISK,
        LCM_CONFIG,    LCM_KERNEL,     LCM_RAMDISK};
    const struct example *example;

    (void)state;
    EACH_EXAMPLE(example)
    {
        parse(example, 0);
        assert_int_equal(lcm.nr_modules, NR_MODULES);
        for (unsigned int i = 0; i < NR_MODULES; i++) {
            assert_int_equal(lcm.module[i].type, types[i]);
            expect_module(i, example->locator);
        }
        assert_ptr_equal(lcm.microcode, &lcm.module[0]);
        assert_ptr_equal(lcm.policy, &lcm.module[1]);
        assert_null(lcm.config);
        assert_ptr_equal(lcm.domain[0].kernel, &lcm.module[2]);
        assert_ptr_equal(lcm.domain[0].ramdisk, &lcm.module[3]);
        assert_ptr_equal(lcm.domain[0].config, &lcm.module[4]);
        assert_ptr_equal(lcm.domain[1].kernel, &lcm.module[5]);
        assert_ptr_equal(lcm.domain[1].ramdisk, &lcm.module[6]);
        lcm_blob_free(&blob);
    }
}

/* Of what is loaded, each module is the one that the document's list has at its place. */
static void test_modules_are_found(void **state)
{
    const struct example *example;

    (void)state;
    EACH_EXAMPLE(example)
    {
        parse(example, 0);
        assert_int_equal(check(example), 0);
        for (unsigned int i = 0; i < NR_MODULES; i++)
            assert_int_equal(lcm.module[i].boot_module, example == &x86 ? i + 1 : 1);
        lcm_blob_free(&blob);
    }
}

static const struct lcm_finding *find_fault_of(const struct lcm_domain *domain)
{
    for (unsigned int i = 0; i < report.nr_findings; i++) {
        if (report.finding[i].severity == LCM_DOMAIN_ERROR && report.finding[i].domain == domain)
            return &report.finding[i];
    }
    return NULL;
}

static void test_pv_dom0_is_refused(void **state)
{
    const struct example *example;

    (void)state;
    EACH_EXAMPLE(example)
    {
        const struct lcm_finding *fault;

        parse(example, 0);
        assert_int_equal(check(example), 0);
        assert_true(lcm.domain[1].failed);
        fault = find_fault_of(&lcm.domain[1]);
        assert_non_null(fault);
        assert_string_equal(fault->path, lcm.domain[1].path);
        assert_non_null(strstr(fault->path, example->dom0));
        assert_non_null(strstr(fault->text, "asks for a PV guest (mode bit 0)"));
        assert_int_equal(strncmp(fault->text, example->dom0, strlen(example->dom0)), 0);
        lcm_blob_free(&blob);
    }
}

static void test_pvh_dom0_is_accepted(void **state)
{
    const struct example *example;

    (void)state;
    EACH_EXAMPLE(example)
    {
        parse(example, LCM_MODE_LONG);
        assert_int_equal(lcm.domain[1].mode, LCM_MODE_LONG);
        assert_int_equal(check(example), 0);
        assert_null(find_fault_of(&lcm.domain[1]));
        assert_false(lcm.domain[1].failed);
        assert_int_equal(lcm.domain[1].domid, 0);
        lcm_blob_free(&blob);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_domains),
        cmocka_unit_test(test_modules),
        cmocka_unit_test(test_modules_are_found),
        cmocka_unit_test(test_pv_dom0_is_refused),
        cmocka_unit_test(test_pvh_dom0_is_accepted),
    };

    return cmocka_run_group_tests_name("Hyperlaunch's examples", tests, NULL, NULL);
}
