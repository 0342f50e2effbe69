/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "roles/roles.h"
#include "tests/unit/fake_engine.h"

#define DOMAIN_PATH "/chosen/hypervisor/guest"
#define KERNEL_PATH DOMAIN_PATH "/kernel"
#define DOMID 7

/* A domain, the policy it meets, and what comes out. */
static struct flask_table policy;
static struct xsm_engine engine;
static struct lcm lcm;
static struct lcm_domain *const domain = &lcm.domain[0];
static struct roles_assignment assignment;
static struct roles_records records;
static struct lcm_report report;

static int setup(void **state)
{
    (void)state;
    fake_engine_reset();
    policy =
        (struct flask_table){.label = {"guest_t", "kernel_t", "domu_t"}, .default_label = "domu_t"};
    engine.flask = &policy;
    memset(&lcm, 0, sizeof(lcm));
    memset(&report, 0, sizeof(report));
    lcm.nr_domains = 1;
    lcm.nr_modules = 2;
    *domain = (struct lcm_domain){.path = DOMAIN_PATH,
                                  .name = "guest",
                                  .domid = DOMID,
                                  .security_id = "guest_t",
                                  .kernel = &lcm.module[0]};
    lcm.module[0] = (struct lcm_module){.path = KERNEL_PATH, .domain = domain};
    lcm.module[1] = (struct lcm_module){.path = DOMAIN_PATH "/ramdisk", .domain = domain};
    return 0;
}

static int assign(void)
{
    return roles_assign(&engine, domain, &assignment, &records, &report);
}

static void assert_finding(unsigned int index, const char *path, const char *text)
{
    assert_true(index < report.nr_findings);
    assert_int_equal(report.finding[index].severity, LCM_DOMAIN_ERROR);
    assert_ptr_equal(report.finding[index].domain, domain);
    assert_string_equal(report.finding[index].path, path);
    assert_non_null(strstr(report.finding[index].text, text));
}

static void test_asks_about_label_and_kernel(void **state)
{
    const struct xsm_query *query;

    (void)state;
    assert_int_equal(assign(), 0);
    assert_int_equal(assignment.sid, FAKE_FIRST_SID);
    assert_int_equal(assignment.roles, 0);
    assert_int_equal(fake_engine.nr_queries, 2);
    query = fake_engine_asked(XSM_HOOK_domain_create);
    assert_non_null(query);
    assert_int_equal(query->caller.domid, XSM_DOMID_NONE);
    assert_int_equal(query->caller.sid, XSM_INITIAL_XENBOOT);
    assert_int_equal(query->caller.roles, XSM_ROLE_HYPERVISOR);
    assert_int_equal(query->sid[XSM_PARTY_label], FAKE_FIRST_SID);
    assert_int_equal(query->target_domid, DOMID);
    assert_false(query->finalised);
    query = fake_engine_asked(XSM_HOOK_kernel_execute);
    assert_non_null(query);
    assert_int_equal(query->sid[XSM_PARTY_label], FAKE_FIRST_SID);
    assert_int_equal(query->sid[XSM_PARTY_module], XSM_INITIAL_BW_KERNEL);
    assert_int_equal(report.nr_findings, 0);
    assert_int_equal(records.nr_records, 0);
    assert_false(domain->failed);
    assert_int_equal(fake_engine.prepared, FAKE_FIRST_SID);
}

/* Channels are labelled for domains that are built, and a domain without is none. */
static void test_no_labels_left(void **state)
{
    (void)state;
    fake_engine.no_labels_left = true;
    assert_int_equal(assign(), -ENOSPC);
    assert_true(domain->failed);
    assert_finding(0, DOMAIN_PATH, "there are too many labels");
    setup(state);
    policy.refuse[XSM_HOOK_domain_create] = true;
    assert_int_equal(assign(), -EPERM);
    assert_int_equal(fake_engine.prepared, XSM_SID_NONE);
}

/* Each role is asked for by its own hook, and given for its own LCM bit. */
static void test_each_role(void **state)
{
    static const struct {
        uint32_t permissions, functions, role;
        enum xsm_hook hook;
    } expected[] = {
        {LCM_PERMISSION_CONTROL, 0, XSM_ROLE_CONTROL, XSM_HOOK_role_control},
        {LCM_PERMISSION_HARDWARE, 0, XSM_ROLE_HARDWARE, XSM_HOOK_role_hardware},
        {0, LCM_FUNCTION_BOOT, XSM_ROLE_BOOT, XSM_HOOK_role_boot},
        {0, LCM_FUNCTION_CRASH, XSM_ROLE_CRASH, XSM_HOOK_role_crash},
        {0, LCM_FUNCTION_CONSOLE, XSM_ROLE_CONSOLE, XSM_HOOK_role_console},
        {0, LCM_FUNCTION_XENSTORE, XSM_ROLE_XENSTORE, XSM_HOOK_role_xenstore},
    };

    for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
        setup(state);
        domain->permissions = expected[i].permissions;
        domain->functions = expected[i].functions;
        assert_int_equal(assign(), 0);
        assert_int_equal(assignment.roles, expected[i].role);
        assert_int_equal(fake_engine.nr_queries, 3);
        assert_non_null(fake_engine_asked(expected[i].hook));
    }
}

static void test_legacy_dom0_is_no_role(void **state)
{
    (void)state;
    domain->functions = LCM_FUNCTION_LEGACY_DOM0;
    assert_int_equal(assign(), 0);
    assert_int_equal(assignment.roles, 0);
    assert_int_equal(fake_engine.nr_queries, 2);
}

static void test_all_denials_are_told(void **state)
{
    (void)state;
    domain->permissions = LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE;
    domain->functions = LCM_FUNCTION_CONSOLE;
    policy.refuse[XSM_HOOK_domain_create] = true;
    policy.refuse[XSM_HOOK_role_control] = true;
    policy.refuse[XSM_HOOK_role_console] = true;
    policy.refuse[XSM_HOOK_kernel_execute] = true;
    assert_int_equal(assign(), -EPERM);
    assert_int_equal(fake_engine.nr_queries, 5);
    assert_int_equal(report.nr_findings, 4);
    assert_finding(0, DOMAIN_PATH,
                   "does not let xenboot create a domain with the label u:r:guest_t "
                   "(domain:create)");
    assert_finding(1, DOMAIN_PATH,
                   "does not let xenboot give the label u:r:guest_t the role control "
                   "(bw_role:control)");
    assert_finding(2, DOMAIN_PATH,
                   "does not let xenboot give the label u:r:guest_t the role console "
                   "(bw_role:console)");
    assert_finding(3, KERNEL_PATH,
                   "does not let the label u:r:guest_t run a kernel with the label initial-14 "
                   "(bw_module:execute)");
    assert_int_equal(records.nr_records, 4);
    for (unsigned int i = 0; i < records.nr_records; i++)
        assert_true(records.record[i].denied);
    assert_true(domain->failed);
}

/* The rule that is named is the one that was asked for. */
static void test_policy_for_xen(void **state)
{
    (void)state;
    domain->permissions = LCM_PERMISSION_CONTROL;
    policy.lacks_our_classes = true;
    policy.refuse[XSM_HOOK_role_control] = true;
    assert_int_equal(assign(), -EPERM);
    assert_finding(0, DOMAIN_PATH, "the role control (domain:create): the policy of this system");
}

static void test_one_denial_is_enough(void **state)
{
    static const enum xsm_hook hooks[] = {XSM_HOOK_domain_create, XSM_HOOK_role_hardware,
                                          XSM_HOOK_kernel_execute};

    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        setup(state);
        domain->permissions = LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE;
        policy.refuse[hooks[i]] = true;
        assert_int_equal(assign(), -EPERM);
        assert_int_equal(fake_engine.nr_queries, 4);
        assert_int_equal(report.nr_findings, 1);
        assert_true(domain->failed);
        assert_int_equal(!(assignment.roles & XSM_ROLE_HARDWARE),
                         hooks[i] == XSM_HOOK_role_hardware);
    }
}

static void test_permissive_is_recorded(void **state)
{
    (void)state;
    policy.refuse[XSM_HOOK_domain_create] = true;
    policy.permissive[XSM_HOOK_domain_create] = true;
    assert_int_equal(assign(), 0);
    assert_int_equal(report.nr_findings, 0);
    assert_int_equal(records.nr_records, 1);
    assert_true(records.record[0].permissive);
    assert_false(domain->failed);
}

static void test_records_are_bounded(void **state)
{
    (void)state;
    domain->permissions = UINT32_MAX;
    domain->functions = UINT32_MAX;
    policy.records_per_query = 5;
    assert_int_equal(assign(), 0);
    assert_int_equal(records.nr_records, ROLES_MAX_RECORDS);
}

static void test_unknown_label(void **state)
{
    (void)state;
    domain->security_id = "gest_t";
    assert_int_equal(assign(), -EINVAL);
    assert_finding(0, DOMAIN_PATH, "the policy has no label gest_t: no such type");
    assert_int_equal(fake_engine.nr_queries, 0);
    assert_true(domain->failed);
}

static void test_unknown_module_labels(void **state)
{
    (void)state;
    domain->ramdisk = &lcm.module[1];
    domain->ramdisk->security_id = "disk_t";
    domain->kernel->security_id = "linux_t";
    assert_int_equal(assign(), -EINVAL);
    assert_int_equal(report.nr_findings, 2);
    assert_finding(0, DOMAIN_PATH "/ramdisk", "the policy has no label disk_t");
    assert_finding(1, KERNEL_PATH, "the policy has no label linux_t");
    assert_non_null(fake_engine_asked(XSM_HOOK_domain_create));
}

static void test_kernel_label(void **state)
{
    (void)state;
    domain->kernel->security_id = "kernel_t";
    assert_int_equal(assign(), 0);
    assert_int_equal(fake_engine_asked(XSM_HOOK_kernel_execute)->sid[XSM_PARTY_module],
                     FAKE_FIRST_SID + 1);
}

static void test_default_label(void **state)
{
    (void)state;
    domain->security_id = NULL;
    assert_int_equal(assign(), 0);
    assert_int_equal(assignment.sid, FAKE_FIRST_SID + 2);
}

static void test_no_default_label(void **state)
{
    (void)state;
    domain->security_id = NULL;
    policy.default_label = NULL;
    assert_int_equal(assign(), -EINVAL);
    assert_finding(0, DOMAIN_PATH, "has no security-id, and the policy has no default label: no");
}

static void test_without_policy(void **state)
{
    (void)state;
    engine.flask = NULL;
    domain->security_id = NULL;
    domain->permissions = LCM_PERMISSION_CONTROL;
    assert_int_equal(assign(), 0);
    assert_int_equal(assignment.sid, XSM_SID_NONE);
    assert_int_equal(assignment.roles, XSM_ROLE_CONTROL);
    assert_int_equal(fake_engine_asked(XSM_HOOK_kernel_execute)->sid[XSM_PARTY_module],
                     XSM_SID_NONE);
}

/* Who asks for a label must not run without one. */
static void test_label_without_policy(void **state)
{
    (void)state;
    engine.flask = NULL;
    assert_int_equal(assign(), -EINVAL);
    assert_finding(0, DOMAIN_PATH, "has the label guest_t, but no policy is loaded");
    assert_true(domain->failed);
}

static void test_need_policy(void **state)
{
    (void)state;
    assert_true(roles_need_policy(&lcm));
    domain->security_id = NULL;
    assert_false(roles_need_policy(&lcm));
    lcm.module[1].security_id = "disk_t";
    assert_true(roles_need_policy(&lcm));
    lcm.module[1].security_id = NULL;
    lcm.policy = &lcm.module[1];
    assert_true(roles_need_policy(&lcm));
}

static void test_labels_of_the_launch(void **state)
{
    (void)state;
    lcm.module[1].domain = NULL;
    assert_int_equal(roles_check_labels(&engine, &lcm, &report), 0);
    lcm.module[1].security_id = "kernel_t";
    assert_int_equal(roles_check_labels(&engine, &lcm, &report), 0);
    lcm.module[0].security_id = "domains_t"; /* not asked about here */
    lcm.module[1].security_id = "policy_t";
    assert_int_equal(roles_check_labels(&engine, &lcm, &report), -EINVAL);
    assert_int_equal(report.nr_findings, 1);
    assert_int_equal(report.finding[0].severity, LCM_ERROR);
    assert_string_equal(report.finding[0].path, DOMAIN_PATH "/ramdisk");
    assert_string_equal(report.finding[0].text, "the policy has no label policy_t: no such type");
}

static void test_what_is_left_of_a_crash_domain(void **state)
{
    (void)state;
    domain->permissions = LCM_PERMISSION_CONTROL;
    domain->functions = LCM_FUNCTION_CRASH | LCM_FUNCTION_CONSOLE | LCM_FUNCTION_LEGACY_DOM0;
    domain->initial_domain_hint = true;
    domain->security_id = "guest_t";
    roles_leave_only_crash(&lcm, 0, true);
    assert_int_equal(domain->permissions, 0);
    assert_int_equal(domain->functions, LCM_FUNCTION_CRASH);
    assert_false(
        domain->initial_domain_hint); /* without the role console it couldn't be typed to */
    assert_non_null(domain->security_id);
    roles_leave_only_crash(&lcm, 0, false);
    assert_null(domain->security_id);
}

static void test_what_can_be_sealed(void **state)
{
    (void)state;
    assert_int_equal(roles_check_seal(&engine, &lcm, &report), 0);
    lcm.policy = &lcm.module[1];
    policy.permissive[0] = true;
    assert_int_equal(roles_check_seal(&engine, &lcm, &report), 0); /* nobody asks for it */
    lcm.policy->seal = true;
    assert_int_equal(roles_check_seal(&engine, &lcm, &report), -EINVAL);
    assert_int_equal(report.nr_findings, 1);
    assert_int_equal(report.finding[0].severity, LCM_ERROR);
    assert_string_equal(report.finding[0].path, DOMAIN_PATH "/ramdisk");
    policy.permissive[0] = false;
    assert_int_equal(roles_check_seal(&engine, &lcm, &report), 0);
    policy.permissive[0] = true;
    engine.flask = NULL; /* why it isn't loaded was said before */
    assert_int_equal(roles_check_seal(&engine, &lcm, &report), 0);
}

static void test_who_starts(void **state)
{
    (void)state;
    assert_true(roles_starts(domain));
    domain->functions = LCM_FUNCTION_CRASH;
    assert_false(roles_starts(domain));
    domain->functions = LCM_FUNCTION_CRASH | LCM_FUNCTION_CONSOLE;
    assert_true(roles_starts(domain));
    domain->functions = LCM_FUNCTION_CRASH;
    domain->permissions = LCM_PERMISSION_HARDWARE;
    assert_true(roles_starts(domain));
    domain->failed = true;
    assert_false(roles_starts(domain));
}

static void expect_console(uint64_t there, int number, const char *why)
{
    const char *said = NULL;

    assert_int_equal(roles_find_console(&lcm, there, &said), number);
    if (number >= 0)
        assert_non_null(strstr(said, why));
}

/* One rule after the other, as the domains for which it holds are lost. */
static void test_who_has_the_console(void **state)
{
    static const struct lcm_domain domains[] = {
        {.functions = LCM_FUNCTION_CRASH},
        {.functions = LCM_FUNCTION_XENSTORE},
        {.permissions = LCM_PERMISSION_HARDWARE},
        {.permissions = LCM_PERMISSION_HARDWARE},
        {.permissions = LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE},
        {.permissions = LCM_PERMISSION_CONTROL},
        {.functions = LCM_FUNCTION_CONSOLE},
    };

    (void)state;
    memcpy(lcm.domain, domains, sizeof(domains));
    lcm.nr_domains = sizeof(domains) / sizeof(domains[0]);
    expect_console(UINT64_MAX, 6, "it has the function console");
    lcm.domain[6].failed = true;
    expect_console(UINT64_MAX, 4, ": the first with the permission control");
    lcm.domain[4].failed = true;
    expect_console(UINT64_MAX, 5, ": the first with the permission control");
    lcm.domain[5].failed = true;
    expect_console(UINT64_MAX, 2, ": the first with the permission hardware");
    lcm.domain[2].failed = lcm.domain[3].failed = true;
    expect_console(UINT64_MAX, 1, ": the first of all");
    lcm.domain[1].failed = true;
    expect_console(UINT64_MAX, -1, "");
}

/* A boot domain is gone by then, and others may be. */
static void test_the_console_is_nobodys_who_is_gone(void **state)
{
    (void)state;
    domain->functions = LCM_FUNCTION_CONSOLE;
    lcm.domain[1].permissions = LCM_PERMISSION_HARDWARE;
    lcm.nr_domains = 2;
    expect_console(3, 0, "it has the function console");
    expect_console(2, 1, ": the first with the permission hardware");
    expect_console(0, -1, "");
}

static void test_names(void **state)
{
    char text[64], small[12];

    (void)state;
    assert_string_equal(roles_names(0, text, sizeof(text)), "none");
    assert_string_equal(roles_names(XSM_ROLE_CONTROL | XSM_ROLE_CONSOLE, text, sizeof(text)),
                        "control, console");
    assert_string_equal(roles_names(UINT32_MAX, text, sizeof(text)),
                        "control, hardware, boot, crash, console, xenstore");
    assert_string_equal(roles_names(UINT32_MAX, small, sizeof(small)), "control, ha");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_asks_about_label_and_kernel, setup),
        cmocka_unit_test_setup(test_no_labels_left, setup),
        cmocka_unit_test_setup(test_each_role, setup),
        cmocka_unit_test_setup(test_legacy_dom0_is_no_role, setup),
        cmocka_unit_test_setup(test_all_denials_are_told, setup),
        cmocka_unit_test_setup(test_policy_for_xen, setup),
        cmocka_unit_test_setup(test_one_denial_is_enough, setup),
        cmocka_unit_test_setup(test_permissive_is_recorded, setup),
        cmocka_unit_test_setup(test_records_are_bounded, setup),
        cmocka_unit_test_setup(test_unknown_label, setup),
        cmocka_unit_test_setup(test_unknown_module_labels, setup),
        cmocka_unit_test_setup(test_kernel_label, setup),
        cmocka_unit_test_setup(test_default_label, setup),
        cmocka_unit_test_setup(test_no_default_label, setup),
        cmocka_unit_test_setup(test_without_policy, setup),
        cmocka_unit_test_setup(test_label_without_policy, setup),
        cmocka_unit_test_setup(test_need_policy, setup),
        cmocka_unit_test_setup(test_labels_of_the_launch, setup),
        cmocka_unit_test_setup(test_what_is_left_of_a_crash_domain, setup),
        cmocka_unit_test_setup(test_what_can_be_sealed, setup),
        cmocka_unit_test_setup(test_who_starts, setup),
        cmocka_unit_test_setup(test_who_has_the_console, setup),
        cmocka_unit_test_setup(test_the_console_is_nobodys_who_is_gone, setup),
        cmocka_unit_test_setup(test_names, setup),
    };

    return cmocka_run_group_tests_name("roles", tests, NULL, NULL);
}
