/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engines beyond the shipped policy: no policy at all, policies that lack our classes, what is
 * recorded of permissive, dontaudit and auditallow, and chains of bounds.
 */
#include <errno.h>

#include "xsm/hooks.h"
#include "xsm_fixture.h"

static int ask_simple(const struct xsm_engine *engine, enum xsm_hook hook, uint32_t roles,
                      bool self, struct xsm_verdict *verdict)
{
    struct xsm_query query = {.hook = hook,
                              .caller = {.domid = 4, .roles = roles},
                              .target_domid = XSM_DOMID_NONE,
                              .self = self};

    return xsm_ask(engine, &query, verdict);
}

static void expect_alone(enum xsm_hook hook, uint32_t roles, bool self, bool allowed)
{
    struct xsm_engine engine;
    struct xsm_verdict verdict;

    xsm_init_roles_engine(&engine);
    assert_int_equal(ask_simple(&engine, hook, roles, self, &verdict), allowed ? 0 : -EPERM);
    assert_int_equal(verdict.allowed, allowed);
    assert_int_equal(verdict.nr_records, allowed ? 0 : 1);
    assert_int_equal(verdict.denied_by[XSM_KEY_ROLE], !allowed);
    assert_false(verdict.denied_by[XSM_KEY_FLASK]);
}

static void test_roles_alone(void **state)
{
    const uint32_t domain_roles = XSM_ROLE_CONTROL | XSM_ROLE_HARDWARE | XSM_ROLE_BOOT |
                                  XSM_ROLE_CRASH | XSM_ROLE_CONSOLE | XSM_ROLE_XENSTORE;

    (void)state;
    expect_alone(XSM_HOOK_domain_create, XSM_ROLE_HYPERVISOR, false, true);
    expect_alone(XSM_HOOK_domain_create, domain_roles, true, false);
    expect_alone(XSM_HOOK_role_control, domain_roles, true, false);
    expect_alone(XSM_HOOK_evtchn_alloc_unbound, 0, false, true);
    expect_alone(XSM_HOOK_evtchn_send, 0, false, true);
    expect_alone(XSM_HOOK_evtchn_status, 0, true, true);
    expect_alone(XSM_HOOK_evtchn_status, domain_roles, false, false);
    expect_alone(XSM_HOOK_add_to_physmap, 0, true, true);
    expect_alone(XSM_HOOK_add_to_physmap, 0, false, false);
    expect_alone(XSM_HOOK_console_write, 0, false, true);
    expect_alone(XSM_HOOK_version_commandline, XSM_ROLE_CONTROL, false, true);
    expect_alone(XSM_HOOK_version_commandline, domain_roles & ~XSM_ROLE_CONTROL, true, false);
}

static void test_role_text(void **state)
{
    struct xsm_engine engine;
    struct xsm_verdict verdict;
    char text[XSM_MAX_AUDIT];
    struct xsm_error error;
    xsm_sid sid = 5;

    (void)state;
    xsm_init_roles_engine(&engine);
    ask_simple(&engine, XSM_HOOK_version_commandline, XSM_ROLE_CRASH | XSM_ROLE_CONSOLE, false,
               &verdict);
    xsm_format_record(&engine, &verdict.record[0], text, sizeof(text));
    assert_string_equal(text, "role:  denied  { version_commandline } for domid=4 "
                              "hook=version_commandline key=role holds=crash,console "
                              "needs=control");
    assert_int_equal(xsm_label_to_sid(&engine, "a_t", &sid, &error), -ENOENT);
    assert_int_equal(xsm_default_domain_sid(&engine, &sid, &error), -ENOENT);
    assert_int_equal(xsm_prepare_domain(&engine, 1), 0);
    assert_int_equal(xsm_channel_sid(&engine, 1, 2, &sid), 0);
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_sid_to_context(&engine, 1, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_int_equal(xsm_policy_note(&engine, 0, text, sizeof(text)), -ENOENT);
}

/* One check, asked by its own labels. */
static int ask_as(struct policy *policy, enum xsm_hook hook, const char *caller, const char *target,
                  bool self, struct xsm_verdict *verdict)
{
    struct xsm_query query = {.hook = hook,
                              .caller = {.domid = 1, .sid = sid_of(policy, caller)},
                              .target_domid = 2,
                              .self = self};

    query.sid[XSM_PARTY_target] = query.sid[XSM_PARTY_label] = query.sid[XSM_PARTY_channel] =
        sid_of(policy, target);
    return xsm_ask(&policy->engine, &query, verdict);
}

static void expect_text(const struct policy *policy, const struct xsm_record *record,
                        const char *expected)
{
    char text[XSM_MAX_AUDIT];

    xsm_format_record(&policy->engine, record, text, sizeof(text));
    assert_string_equal(text, expected);
}

static void expect_rule(const struct policy *policy, const struct xsm_record *record,
                        const char *class_name, const char *permission)
{
    struct xsm_rule rule;

    assert_int_equal(xsm_record_rule(&policy->engine, record, &rule), 0);
    assert_string_equal(rule.class_name, class_name);
    assert_string_equal(rule.permission, permission);
    assert_string_equal(rule.subject, "u:r:boot_t");
    assert_string_equal(rule.object, "u:r:b_t");
}

/* A policy for Xen, which has none of our classes. */
static void test_fallbacks(void **state)
{
    struct policy policy = {0};
    struct xsm_verdict verdict;
    struct xsm_rule rule;

    (void)state;
    make_policy(&policy, "xen-only", "allow boot_t a_t:domain create;");
    assert_int_equal(ask_as(&policy, XSM_HOOK_domain_create, "boot_t", "a_t", false, &verdict), 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_role_control, "boot_t", "a_t", false, &verdict), 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_kernel_execute, "boot_t", "a_t", false, &verdict), 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_role_control, "boot_t", "b_t", false, &verdict),
                     -EPERM);
    expect_text(&policy, &verdict.record[0],
                "avc:  denied  { create } for domid=1 target=2 hook=role_control key=flask "
                "scontext=u:r:boot_t tcontext=u:r:b_t tclass=domain permissive=0");
    expect_rule(&policy, &verdict.record[0], "domain", "create");
    verdict.record[0].key = XSM_KEY_ROLE;
    assert_int_equal(xsm_record_rule(&policy.engine, &verdict.record[0], &rule), -ENOENT);
    assert_int_equal(ask_as(&policy, XSM_HOOK_vcpu_timer, "a_t", "a_t", true, &verdict), 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_bind_virq, "a_t", "a_t", true, &verdict), 0);
    /* The same label is not the same domain. */
    assert_int_equal(ask_as(&policy, XSM_HOOK_vcpu_timer, "a_t", "a_t", false, &verdict), -EPERM);
    expect_text(&policy, &verdict.record[0],
                "avc:  denied  { timer } for domid=1 target=2 hook=vcpu_timer key=flask "
                "scontext=u:r:a_t tcontext=u:r:a_t tclass=bw_vcpu permissive=0 unknown=timer");
    free_policy(&policy);
}

static void test_notes(void **state)
{
    static const char *const expected[] = {
        "no class bw_module:execute: kernel_execute asks domain:create instead",
        "no class bw_role:control: role_control asks domain:create instead",
        "no class bw_role:hardware: role_hardware asks domain:create instead",
        "no class bw_role:boot: role_boot asks domain:create instead",
        "no class bw_role:crash: role_crash asks domain:create instead",
        "no class bw_role:console: role_console asks domain:create instead",
        "no class bw_role:xenstore: role_xenstore asks domain:create instead",
        "no class bw_launch:read_failure: failure_read asks xen:readconsole instead",
        "no class bw_launch:info: launch_info is denied",
        "no class bw_module:stat: module_stat is denied",
        "no class bw_module:read: module_read is denied",
        "no class bw_launch:finalise: launch_finalise is denied",
        "no class bw_launch:fail: launch_fail is denied",
        "no class bw_virq:bind: evtchn_bind_virq is allowed on the domain itself only",
        "no class bw_vcpu:register: vcpu_register_area is allowed on the domain itself only",
        "no class bw_vcpu:timer: vcpu_timer is allowed on the domain itself only",
        "no class bw_vcpu:status: vcpu_status is allowed on the domain itself only",
        "no class bw_vcpu:start: vcpu_start is allowed on the domain itself only",
        "no class bw_vcpu:stop: vcpu_stop is allowed on the domain itself only",
        "no class bw_policy:getenforce: flask_getenforce asks security:check_context instead",
        "no class bw_policy:policyvers: flask_policyvers asks security:check_context instead",
        "no class bw_policy:getbool: flask_getbool asks security:check_context instead",
        "no class bw_policy:getmls: flask_mls asks security:check_context instead",
        "no class bw_policy:getstats: flask_getavc_threshold asks security:check_context instead",
        "no class bw_policy:seal: policy_seal is denied",
        "no class bw_audit:read: audit_read is denied",
        "no class bw_audit:see: audit_see is denied",
        "no class bw_coverage:read: coverage_read is denied",
        "no class bw_coverage:reset: coverage_reset is denied",
        "no initial SID 14 (bw_kernel): unlabeled is in its place",
        "no initial SID 15 (bw_ramdisk): unlabeled is in its place",
        "no initial SID 16 (bw_device_tree): unlabeled is in its place",
        "no initial SID 17 (bw_microcode): unlabeled is in its place",
        "no initial SID 18 (bw_policy): unlabeled is in its place",
        "no initial SID 19 (bw_config): unlabeled is in its place",
        "no initial SID 20 (bw_lcm): unlabeled is in its place",
        "type b_t is permissive: what it is denied is done and recorded",
    };
    struct policy policy = {0};
    char text[256];
    unsigned int i;

    (void)state;
    make_policy(&policy, "notes", "allow boot_t a_t:domain create;\npermissive b_t;");
    for (i = 0; xsm_policy_note(&policy.engine, i, text, sizeof(text)) == 0; i++) {
        assert_in_range(i, 0, sizeof(expected) / sizeof(expected[0]) - 1);
        assert_string_equal(text, expected[i]);
    }
    assert_int_equal(i, sizeof(expected) / sizeof(expected[0]));
    xsm_describe_policy(&policy.engine, text, sizeof(text));
    assert_non_null(strstr(text, "version 30: 3 types, 1 attributes, 13 classes, 1 users, "));
    free_policy(&policy);
}

/* A permission of a class that is there can be missing too: then it is denied to everybody. */
static void test_missing_permission(void **state)
{
    char *conf = make_conf("permissive a_t;", ""),
         *bind = strstr(conf, "class event\n{\n    bind\n");
    struct policy policy = {0};
    struct xsm_verdict verdict;
    char text[256];

    (void)state;
    assert_non_null(bind);
    memcpy(strstr(bind, "send"), "sand", 4);
    compile_policy(&policy, "no-send", 30, conf);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "a_t", "a_t", true, &verdict), -EPERM);
    assert_int_equal(verdict.nr_records, 1);
    assert_false(verdict.record[0].permissive);
    for (unsigned int i = 0; xsm_policy_note(&policy.engine, i, text, sizeof(text)) == 0; i++)
        if (strcmp(text, "no permission event:send: evtchn_send is denied") == 0)
            break;
    assert_string_equal(text, "no permission event:send: evtchn_send is denied");
    free_policy(&policy);
    free(conf);
}

static void test_records(void **state)
{
    struct policy policy = {0};
    struct xsm_verdict verdict;

    (void)state;
    make_policy(&policy, "records",
                "permissive b_t;\ndontaudit a_t boot_t:event send;\n"
                "dontaudit b_t boot_t:event send;\n"
                "allow a_t a_t:event { send status };\nauditallow a_t a_t:event send;");
    /* Permissive: done, and recorded as denied. */
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "b_t", "a_t", false, &verdict), 0);
    assert_true(verdict.allowed);
    assert_false(verdict.denied_by[XSM_KEY_FLASK]);
    assert_int_equal(verdict.nr_records, 1);
    assert_true(verdict.record[0].denied);
    assert_true(verdict.record[0].permissive);
    expect_text(&policy, &verdict.record[0],
                "avc:  denied  { send } for domid=1 target=2 hook=evtchn_send key=flask "
                "scontext=u:r:b_t tcontext=u:r:a_t tclass=event permissive=1");
    /* The object's type being permissive is nothing to the subject. */
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "a_t", "b_t", false, &verdict), -EPERM);
    /* dontaudit: denied without a record, or done without one. */
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "a_t", "boot_t", false, &verdict),
                     -EPERM);
    assert_true(verdict.denied_by[XSM_KEY_FLASK]);
    assert_int_equal(verdict.nr_records, 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "b_t", "boot_t", false, &verdict), 0);
    assert_int_equal(verdict.nr_records, 0);
    /* auditallow: done and recorded. */
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "a_t", "a_t", true, &verdict), 0);
    assert_int_equal(verdict.nr_records, 1);
    expect_text(&policy, &verdict.record[0],
                "avc:  granted  { send } for domid=1 target=2 hook=evtchn_send key=flask "
                "scontext=u:r:a_t tcontext=u:r:a_t tclass=event permissive=0");
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_status, "a_t", "a_t", true, &verdict), 0);
    assert_int_equal(verdict.nr_records, 0);
    free_policy(&policy);
}

/*
 * A grandchild has no more than its parent and its grandparent have. checkpolicy refuses children
 * that ask for more, so constraints withhold it; libsepol 3.4 can't be asked (it crashes).
 */
static void test_bounds_chain(void **state)
{
    struct policy policy = {0};
    struct xsm_verdict verdict;
    char *conf = make_conf(
        "type parent_t, all;\ntype child_t, all;\ntype grandchild_t, all;\n"
        "typebounds parent_t child_t;\ntypebounds child_t grandchild_t;\n"
        "allow parent_t a_t:event { send status create };\n"
        "allow child_t a_t:event { send status create };\n"
        "allow grandchild_t a_t:event { send status create };\n",
        "constrain event send (t1 != parent_t);\nconstrain event status (t1 != child_t);\n");

    (void)state;
    compile_policy(&policy, "bounds", 30, conf);
    free(conf);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "parent_t", "a_t", false, &verdict),
                     -EPERM);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "child_t", "a_t", false, &verdict),
                     -EPERM);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "grandchild_t", "a_t", false, &verdict),
                     -EPERM);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_status, "parent_t", "a_t", false, &verdict),
                     0);
    assert_int_equal(
        ask_as(&policy, XSM_HOOK_evtchn_status, "grandchild_t", "a_t", false, &verdict), -EPERM);
    free_policy(&policy);
}

/* Where the fields of a type's record are before its name. */
#define BEFORE_NAME_VALUE 12
#define BEFORE_NAME_BOUNDS 4

static unsigned char *find_type_name(const struct policy *policy, const char *name)
{
    size_t length = strlen(name);

    for (size_t i = 0; i + length <= policy->size; i++)
        if (memcmp(policy->image + i, name, length) == 0)
            return policy->image + i;
    fail_msg("no type %s in the file", name);
    return NULL;
}

/*
 * A file whose child has more than its parent, which no compiler makes: the table itself must hold
 * the child back, and not the sibling that no rule tells from it.
 */
static void test_forged_bounds(void **state)
{
    struct policy policy = {0};
    struct xsm_verdict verdict;
    struct xsm_error error;

    (void)state;
    make_policy(&policy, "forged",
                "attribute kin;\ntype parent_t, all;\ntype first_t, all, kin;\n"
                "type child_t, all, kin;\ntype last_t, all, kin;\n"
                "allow kin a_t:event { send status };\nallow parent_t a_t:event send;\n");
    memcpy(find_type_name(&policy, "child_t") - BEFORE_NAME_BOUNDS,
           find_type_name(&policy, "parent_t") - BEFORE_NAME_VALUE, sizeof(uint32_t));
    assert_int_equal(xsm_load_policy(&policy.engine, policy.image, policy.size, policy.arena,
                                     xsm_arena_size(policy.size), &error),
                     0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_send, "child_t", "a_t", false, &verdict), 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_status, "child_t", "a_t", false, &verdict),
                     -EPERM);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_status, "first_t", "a_t", false, &verdict), 0);
    assert_int_equal(ask_as(&policy, XSM_HOOK_evtchn_status, "last_t", "a_t", false, &verdict), 0);
    free_policy(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles_alone),        cmocka_unit_test(test_role_text),
        cmocka_unit_test(test_fallbacks),          cmocka_unit_test(test_notes),
        cmocka_unit_test(test_missing_permission), cmocka_unit_test(test_records),
        cmocka_unit_test(test_bounds_chain),       cmocka_unit_test(test_forged_bounds),
    };

    return cmocka_run_group_tests_name("engines", tests, NULL, NULL);
}
