/* SPDX-License-Identifier: BSD-2-Clause */
/* As many domains and modules as there is room for, and one more of each. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <libfdt.h>

#include "lcm/lcm.h"

#define MODULES_OF_DOMAIN 4u

static _Alignas(8) uint8_t blob[256 * 1024];
static struct lcm lcm;
static struct lcm_report report;

static void begin(const char *name, const char *compatible)
{
    assert_int_equal(fdt_begin_node(blob, name), 0);
    if (compatible)
        assert_int_equal(fdt_property(blob, "compatible", compatible, (int)strlen(compatible) + 1),
                         0);
}

static void put_module(const char *name, const char *compatible)
{
    begin(name, compatible);
    assert_int_equal(fdt_property_u32(blob, "mb-index", 1), 0);
    assert_int_equal(fdt_end_node(blob), 0);
}

static void put_domain(unsigned int number)
{
    char name[16];

    snprintf(name, sizeof(name), "d%u", number);
    begin(name, "xen,domain");
    assert_int_equal(fdt_property_u32(blob, "mode", LCM_MODE_LONG), 0);
    assert_int_equal(fdt_property_u64(blob, "memory", 1024), 0);
    put_module("kernel", "module,kernel");
    put_module("ramdisk", "module,ramdisk");
    put_module("tree", "module,device-tree");
    put_module("config", "module,config");
    assert_int_equal(fdt_end_node(blob), 0);
}

static int parse(unsigned int nr_domains, bool with_policy)
{
    assert_int_equal(fdt_create(blob, sizeof(blob)), 0);
    assert_int_equal(fdt_finish_reservemap(blob), 0);
    begin("", NULL);
    begin("chosen", NULL);
    begin("hypervisor", "hypervisor,xen");
    for (unsigned int i = 0; i < nr_domains; i++)
        put_domain(i);
    begin("config", "xen,config");
    if (with_policy)
        put_module("policy", "module,xsm-policy");
    for (unsigned int i = 0; i < 4; i++)
        assert_int_equal(fdt_end_node(blob), 0);
    assert_int_equal(fdt_finish(blob), 0);
    memset(&report, 0, sizeof(report));
    return lcm_parse(blob, sizeof(blob), &lcm, &report);
}

static bool is_reported(const char *text)
{
    for (unsigned int i = 0; i < report.nr_findings; i++) {
        if (strstr(report.finding[i].text, text))
            return true;
    }
    return false;
}

static void test_most(void **state)
{
    (void)state;
    assert_int_equal(parse(LCM_MAX_DOMAINS, false), 0);
    assert_int_equal(lcm.nr_domains, LCM_MAX_DOMAINS);
    assert_int_equal(lcm.nr_modules, LCM_MAX_DOMAINS * MODULES_OF_DOMAIN);
    assert_int_equal(lcm.nr_modules, LCM_MAX_MODULES);
    assert_string_equal(lcm.domain[LCM_MAX_DOMAINS - 1].name, "d63");
}

static void test_one_domain_too_many(void **state)
{
    (void)state;
    assert_int_equal(parse(LCM_MAX_DOMAINS + 1, false), -EINVAL);
    assert_int_equal(lcm.nr_domains, LCM_MAX_DOMAINS);
    assert_true(is_reported("is one domain too many"));
    assert_string_equal(lcm.domain[0].name, "d0");
    assert_ptr_equal(lcm.module[0].domain, &lcm.domain[0]);
}

static void test_one_module_too_many(void **state)
{
    (void)state;
    assert_int_equal(parse(LCM_MAX_DOMAINS, true), -EINVAL);
    assert_int_equal(lcm.nr_modules, LCM_MAX_MODULES);
    assert_true(is_reported("is one module too many"));
    assert_null(lcm.policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_most),
        cmocka_unit_test(test_one_domain_too_many),
        cmocka_unit_test(test_one_module_too_many),
    };

    return cmocka_run_group_tests_name("lcm limits", tests, NULL, NULL);
}
