/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The engines beyond the shipped policy: no policy at all, policies that lack our classes, what is
 * recorded of permissive, dontaudit and auditallow, chains of bounds, and the table of SIDs.
 */
#include <errno.h>

#include "xsm/flask/flask.h"
#include "xsm/hooks.h"
#include "xsm_fixture.h"

/* Xen's part of our vocabulary: everything before the first class of ours. */
static void append_xen_vocabulary(char *conf)
{
    static const char *const files[] = {"policy/vocabulary/security_classes",
                                        "policy/vocabulary/initial_sids",
                                        "policy/vocabulary/access_vectors"};
    static const char *const ends[] = {"class bw_role", "sid bw_kernel", "class bw_role"};
    size_t size;

    for (unsigned int i = 0; i < 3; i++) {
        char *text = read_text(files[i], &size), *end = strstr(text, ends[i]);

        assert_non_null(end);
        *end = '\0';
        append(conf, "%s", text);
        free(text);
    }
}

static void append_xen_sids(char *conf)
{
    static const char *const sids[] = {"xenboot", "xen",    "dom0",   "domio", "domxen",
                                       "unlabeled", "security", "ioport", "iomem", "irq",
                                       "device"};

    append(conf, "sid domU u:r:a_t\nsid domDM u:r:a_t\n");
    for (unsigned int i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
        append(conf, "sid %s u:r:boot_t\n", sids[i]);
}

/* A policy for Xen with these rules and constraints; the caller frees it. */
static char *make_conf(const char *rules, const char *constraints)
{
    char *conf = calloc(1, MAX_TEXT);

    assert_non_null(conf);
    append_xen_vocabulary(conf);
    append(conf, "attribute all;\ntype boot_t, all;\ntype a_t, all;\ntype b_t, all;\n"
                 "role r;\nrole r types all;\n%s\nuser u roles r;\n%s\n",
           rules, constraints);
    append_xen_sids(conf);
    return conf;
}

static void make_policy(struct policy *policy, const char *name, const char *rules)
{
    char *conf = make_conf(rules, "");

    compile_policy(policy, name, 30, conf);
    free(conf);
}

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
    assert_int_equal(xsm_channel_sid(&engine, 1, 2, &sid), 0);
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_sid_to_context(&engine, 1, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    assert_int_equal(xsm_policy_note(&engine, 0, text, sizeof(text)), -ENOENT);
}

/* One check, asked by its own labels. */
static int ask_as(struct policy *policy, enum xsm_hook hook, const char *caller,
                  const char *target, bool self, struct xsm_verdict *verdict)
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

/* A policy for Xen, which has none of our classes. */
static void test_fallbacks(void **state)
{
    struct policy policy = {0};
    struct xsm_verdict verdict;

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
        "no class bw_virq:bind: evtchn_bind_virq is allowed on the domain itself only",
        "no class bw_vcpu:register: vcpu_register_area is allowed on the domain itself only",
        "no class bw_vcpu:timer: vcpu_timer is allowed on the domain itself only",
        "no class bw_vcpu:status: vcpu_is_up is allowed on the domain itself only",
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
    char *conf = make_conf("permissive a_t;", ""), *bind = strstr(conf, "class event\n{\n    bind\n");
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

static void test_sids(void **state)
{
    struct policy policy = {0};
    struct xsm_error error;
    char rules[64 * 1024] = "", label[32];
    xsm_sid first, sid, last = 0;
    unsigned int made = 0;
    int status = 0;

    (void)state;
    for (unsigned int i = 0; i < 1000; i++)
        append(rules, "type t%u_t, all;\n", i);
    append(rules, "role s;\nrole s types all;\n");
    make_policy(&policy, "sids", rules);
    first = sid_of(&policy, "t0_t");
    assert_int_equal(first, XSM_INITIAL_END);
    assert_int_equal(sid_of(&policy, "t0_t"), first);
    for (unsigned int i = 0; i < 2000 && status == 0; i++) {
        snprintf(label, sizeof(label), "u:%s:t%u_t", i < 1000 ? "r" : "object_r", i % 1000);
        status = xsm_label_to_sid(&policy.engine, label, &sid, &error);
        if (status != 0)
            break;
        last = sid;
        made++;
    }
    assert_int_equal(status, -ENOSPC);
    assert_int_equal(last, FLASK_MAX_SIDS);
    assert_int_equal(made, FLASK_MAX_SIDS - (XSM_INITIAL_END - 1));
    assert_string_equal(error.text, "all 1024 SIDs are in use");
    assert_int_equal(sid_of(&policy, "t0_t"), first);
    free_policy(&policy);
}

/* A transition to a context that the policy doesn't have is no transition. */
static void test_invalid_transition(void **state)
{
    struct policy policy = {0};
    xsm_sid sid;

    (void)state;
    make_policy(&policy, "transition",
                "type lost_t;\nrole s;\nrole s types b_t;\n"
                "type_transition a_t b_t:event lost_t;\nrole_transition r b_t:event s;");
    assert_int_equal(xsm_channel_sid(&policy.engine, sid_of(&policy, "a_t"),
                                     sid_of(&policy, "b_t"), &sid),
                     -EINVAL);
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_channel_sid(&policy.engine, sid_of(&policy, "b_t"),
                                     sid_of(&policy, "a_t"), &sid),
                     0);
    free_policy(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roles_alone),        cmocka_unit_test(test_role_text),
        cmocka_unit_test(test_fallbacks),          cmocka_unit_test(test_notes),
        cmocka_unit_test(test_missing_permission), cmocka_unit_test(test_records),
        cmocka_unit_test(test_bounds_chain),       cmocka_unit_test(test_sids),
        cmocka_unit_test(test_invalid_transition),
    };

    return cmocka_run_group_tests_name("engines", tests, NULL, NULL);
}
