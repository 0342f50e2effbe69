/* SPDX-License-Identifier: BSD-2-Clause */
/* `bailiwick explain`, as its users see it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "tests/unit/command.h"
#include "xsm/hooks.h"

static void test_permission(void **state)
{
    (void)state;
    assert_int_equal(run("explain event:create"), 0);
    assert_said("evtchn_alloc_unbound: open a port for another domain to connect to\n"
                "    needs event:create, caller to caller's end of the channel\n"
                "    needs event:bind, caller's end of the channel to domain at the other end\n"
                "    is asked again whenever the policy or a label changes\n"
                "    without a policy: any domain about any\n"
                "evtchn_bind_interdomain: ");
    assert_null(strstr(output, "evtchn_send"));
}

/* What is asked under a policy that lacks a class is a use of that permission, too. */
static void test_fallback(void **state)
{
    (void)state;
    assert_int_equal(run("explain domain:create"), 0);
    assert_said("role_control: hold the role control\n"
                "    needs bw_role:control, caller to label that is given; a policy without it: "
                "domain:create, caller to label that is given\n"
                "    is asked again whenever the policy or a label changes\n"
                "    without a policy: the launch\n");
    assert_int_equal(run("explain bw_virq:bind"), 0);
    assert_said("; a policy without it: only about itself\n");
    assert_int_equal(run("explain domain_create"), 0);
    assert_said("    only until the launch is finalised\n");
    assert_int_equal(run("explain security:load_policy"), 0);
    assert_said("    needs the role control\n    only until the policy is sealed\n");
}

static void test_class_and_operation(void **state)
{
    (void)state;
    assert_int_equal(run("explain grant"), 0);
    assert_said("grant_query: ");
    assert_int_equal(run("explain sched_yield"), 0);
    assert_said("sched_yield: let others run first\n"
                "    needs no permission: it reaches nobody else\n");
}

static void test_nothing_needs_it(void **state)
{
    (void)state;
    assert_int_equal(run("explain domain:pausee"), 1);
    assert_said("no operation of this version asks for domain:pausee");
    assert_int_equal(run("explain event:"), 1);
    assert_int_equal(run("explain even"), 1);
    assert_said("even is neither an operation nor a class");
    assert_int_equal(run("explain a b"), 2);
    assert_said("explain takes one permission, class or operation");
    assert_int_equal(run("explain --colour"), 2);
    assert_said("`bailiwick help` says how explain is used");
}

static void test_json(void **state)
{
    json_t *rows, *checks;

    (void)state;
    assert_int_equal(run("explain --json"), 0);
    rows = json_loads(output, 0, NULL);
    assert_int_equal(json_array_size(rows), XSM_NR_HOOKS);
    json_decref(rows);
    assert_int_equal(run("explain kernel_execute --json"), 0);
    rows = json_loads(output, 0, NULL);
    assert_int_equal(json_array_size(rows), 1);
    checks = json_object_get(json_array_get(rows, 0), "checks");
    assert_int_equal(json_array_size(checks), 1);
    assert_string_equal(json_string_value(json_object_get(json_array_get(checks, 0), "permission")),
                        "execute");
    assert_non_null(json_object_get(json_array_get(checks, 0), "other"));
    json_decref(rows);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_permission, setup, teardown),
        cmocka_unit_test_setup_teardown(test_fallback, setup, teardown),
        cmocka_unit_test_setup_teardown(test_class_and_operation, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_needs_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
