/* SPDX-License-Identifier: BSD-2-Clause */
/* The policy of two-guests: what it allows, the one thing that it doesn't, and how it says so. */
#include <errno.h>

#include "xsm_fixture.h"

static struct policy policy;
static xsm_sid guest_a, guest_b;

static int set_up(void **state)
{
    char *path = test_path("two-guests.30");

    (void)state;
    load_policy(&policy, path);
    guest_a = sid_of(&policy, "guest_a_t");
    guest_b = sid_of(&policy, "guest_b_t");
    free(path);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free_policy(&policy);
    return 0;
}

static struct xsm_query query_of(enum xsm_hook hook, xsm_sid caller, xsm_sid target)
{
    struct xsm_query query = {.hook = hook,
                              .caller = {.domid = 1, .sid = caller},
                              .target_domid = 2,
                              .self = caller == target};

    query.sid[XSM_PARTY_target] = target;
    query.sid[XSM_PARTY_label] = target;
    return query;
}

static int ask(const struct xsm_engine *engine, enum xsm_hook hook, xsm_sid caller, xsm_sid target)
{
    struct xsm_query query = query_of(hook, caller, target);
    struct xsm_verdict verdict;

    return xsm_ask(engine, &query, &verdict);
}

static struct xsm_query channel_query(struct policy *of, enum xsm_hook hook, xsm_sid owner,
                                      xsm_sid peer)
{
    struct xsm_query query = query_of(hook, owner, peer);

    query.sid[XSM_PARTY_peer] = peer;
    assert_int_equal(xsm_prepare_domain(&of->engine, owner), 0);
    assert_int_equal(xsm_prepare_domain(&of->engine, peer), 0);
    assert_int_equal(xsm_channel_sid(&of->engine, owner, peer, &query.sid[XSM_PARTY_channel]), 0);
    assert_int_equal(xsm_channel_sid(&of->engine, peer, owner, &query.sid[XSM_PARTY_far_channel]),
                     0);
    return query;
}

static int ask_channel(struct policy *of, enum xsm_hook hook, xsm_sid owner, xsm_sid peer)
{
    struct xsm_query query = channel_query(of, hook, owner, peer);
    struct xsm_verdict verdict;

    return xsm_ask(&of->engine, &query, &verdict);
}

static void test_own_affairs(void **state)
{
    static const enum xsm_hook hooks[] = {
        XSM_HOOK_add_to_physmap,   XSM_HOOK_grant_query, XSM_HOOK_hvm_get_param,
        XSM_HOOK_hvm_set_param,    XSM_HOOK_vcpu_timer,  XSM_HOOK_vcpu_register_area,
        XSM_HOOK_vcpu_status,      XSM_HOOK_vcpu_start,  XSM_HOOK_vcpu_stop,
        XSM_HOOK_evtchn_bind_virq,
    };

    (void)state;
    for (unsigned int i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        assert_int_equal(ask(&policy.engine, hooks[i], guest_a, guest_a), 0);
        assert_int_equal(ask(&policy.engine, hooks[i], guest_a, guest_b), -EPERM);
        assert_int_equal(ask(&policy.engine, hooks[i], guest_a, XSM_INITIAL_UNLABELED), -EPERM);
        assert_int_equal(ask(&policy.engine, hooks[i], XSM_INITIAL_UNLABELED, guest_a), -EPERM);
    }
    assert_int_equal(ask(&policy.engine, XSM_HOOK_console_write, guest_b, guest_b), 0);
    assert_int_equal(ask(&policy.engine, XSM_HOOK_console_read, guest_b, guest_b), -EPERM);
    for (unsigned int hook = XSM_HOOK_version; hook <= XSM_HOOK_version_build_id; hook++)
        assert_int_equal(ask(&policy.engine, (enum xsm_hook)hook, guest_b, guest_b), 0);
    for (unsigned int hook = XSM_HOOK_flask_load; hook < XSM_NR_HOOKS; hook++)
        if (hook != XSM_HOOK_flask_get_peer_sid)
            assert_int_equal(ask(&policy.engine, (enum xsm_hook)hook, guest_b, guest_b), -EPERM);
}

static void test_launch(void **state)
{
    struct xsm_query query = query_of(XSM_HOOK_kernel_execute, XSM_INITIAL_XENBOOT, guest_a);
    struct xsm_verdict verdict;

    (void)state;
    assert_int_equal(ask(&policy.engine, XSM_HOOK_domain_create, XSM_INITIAL_XENBOOT, guest_a), 0);
    assert_int_equal(ask(&policy.engine, XSM_HOOK_domain_create, guest_a, guest_b), -EPERM);
    assert_int_equal(
        ask(&policy.engine, XSM_HOOK_domain_create, XSM_INITIAL_XENBOOT, XSM_INITIAL_DOMU), -EPERM);
    assert_int_equal(ask(&policy.engine, XSM_HOOK_role_control, XSM_INITIAL_XENBOOT, guest_a),
                     -EPERM);
    query.sid[XSM_PARTY_module] = XSM_INITIAL_BW_KERNEL;
    assert_int_equal(xsm_ask(&policy.engine, &query, &verdict), 0);
    query.sid[XSM_PARTY_module] = XSM_INITIAL_BW_RAMDISK;
    assert_int_equal(xsm_ask(&policy.engine, &query, &verdict), -EPERM);
}

/* Whichever guest opens the channel, guest_a's end may not point at guest_b. */
static void test_channels(void **state)
{
    (void)state;
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_alloc_unbound, guest_a, guest_b), -EPERM);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_alloc_unbound, guest_b, guest_a), 0);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_bind_interdomain, guest_a, guest_b),
                     -EPERM);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_bind_interdomain, guest_b, guest_a),
                     -EPERM);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_alloc_unbound, guest_a, guest_a), 0);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_bind_interdomain, guest_a, guest_a), 0);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_send, guest_a, guest_a), 0);
    assert_int_equal(ask_channel(&policy, XSM_HOOK_evtchn_status, guest_a, guest_a), 0);
}

/* The line that the documents show, to the letter. */
static const char denial[] =
    "avc:  denied  { bind } for domid=1 target=2 hook=evtchn_alloc_unbound key=flask "
    "scontext=system_u:object_r:guest_a_channel_t tcontext=system_u:vm_r:guest_b_t tclass=event "
    "permissive=0";

static void test_denial_text(void **state)
{
    struct xsm_query query =
        channel_query(&policy, XSM_HOOK_evtchn_alloc_unbound, guest_a, guest_b);
    struct xsm_verdict verdict;
    char text[XSM_MAX_AUDIT];

    (void)state;
    assert_int_equal(xsm_ask(&policy.engine, &query, &verdict), -EPERM);
    assert_int_equal(verdict.nr_records, 1);
    assert_int_equal(xsm_format_record(&policy.engine, &verdict.record[0], text, sizeof(text)),
                     strlen(denial));
    assert_string_equal(text, denial);
    /* Cut off where the buffer ends, never beyond. */
    for (size_t size = 1; size < sizeof(denial); size++) {
        memset(text, 'x', sizeof(text));
        assert_int_equal(xsm_format_record(&policy.engine, &verdict.record[0], text, size),
                         size - 1);
        assert_memory_equal(text, denial, size - 1);
        assert_int_equal(text[size - 1], '\0');
        assert_int_equal(text[size], 'x');
    }
}

/* Run a shell command with %s replaced by the test folder. */
static void run(const char *format)
{
    char command[1024];

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    snprintf(command, sizeof(command), format, TEST_POLICIES, TEST_POLICIES, TEST_POLICIES);
#pragma GCC diagnostic pop
    if (system(command) != 0)
        fail_msg("failed: %s", command);
}

/* From a denial to a policy that allows it, as a user would go. */
static void test_audit2allow(void **state)
{
    char *path = test_path("unit-denial.log"), *local = test_path("unit-local.te");
    struct policy changed = {0};
    size_t size;
    char *rule;
    xsm_sid a, b;

    (void)state;
    write_text(path, denial);
    run("audit2allow -p %s/two-guests.30 <%s/unit-denial.log >%s/unit-local.te");
    rule = read_text(local, &size);
    assert_non_null(strstr(rule, "\nallow guest_a_channel_t guest_b_t:event bind;\n"));
    run("policy/build two-guests %s/unit-local.30 %s/unit-local.te");
    free(path);
    path = test_path("unit-local.30");
    load_policy(&changed, path);
    a = sid_of(&changed, "guest_a_t");
    b = sid_of(&changed, "guest_b_t");
    assert_int_equal(ask_channel(&changed, XSM_HOOK_evtchn_alloc_unbound, a, b), 0);
    assert_int_equal(ask_channel(&changed, XSM_HOOK_evtchn_bind_interdomain, b, a), 0);
    assert_int_equal(ask_channel(&changed, XSM_HOOK_evtchn_bind_interdomain, a, b), 0);
    free_policy(&changed);
    free(path);
    free(local);
    free(rule);
}

/* A mistake in a system's file is reported with that file and its line. */
static void test_author_errors(void **state)
{
    char *path = test_path("unit-wrong.te");

    (void)state;
    write_text(path, "# one\nallow guest_a_t guest_b_t event bind;\n");
    run("! policy/build two-guests %s/unit-wrong.30 %s/unit-wrong.te 2>%s/unit-wrong.log");
    run("grep -q 'unit-wrong.te:2:ERROR' %s/unit-wrong.log");
    run("! test -e %s/unit-wrong.30");
    write_text(path, "\n\nallow guest_a_t guest_b_t:hvm getparam;\n");
    run("! policy/build two-guests %s/unit-wrong.30 %s/unit-wrong.te 2>%s/unit-wrong.log");
    run("grep -q 'neverallow on line .* of policy/systems/two-guests/system.te' "
        "%s/unit-wrong.log");
    free(path);
}

static void expect_label_error(const char *label, const char *text)
{
    struct xsm_error error;
    xsm_sid sid = XSM_SID_NONE;

    assert_int_equal(xsm_label_to_sid(&policy.engine, label, &sid, &error), -EINVAL);
    assert_string_equal(error.text, text);
    assert_int_equal(sid, XSM_SID_NONE);
}

static void test_labels(void **state)
{
    struct xsm_error error;
    char text[XSM_MAX_CONTEXT], label[400];
    xsm_sid sid;

    (void)state;
    assert_int_equal(sid_of(&policy, "system_u:vm_r:guest_a_t"), guest_a);
    assert_int_equal(sid_of(&policy, "guest_a_t"), guest_a);
    xsm_sid_to_context(&policy.engine, guest_a, text, sizeof(text));
    assert_string_equal(text, "system_u:vm_r:guest_a_t");
    xsm_sid_to_context(&policy.engine, 999999, text, sizeof(text));
    assert_string_equal(text, "system_u:system_r:unlabeled_t");
    assert_int_equal(xsm_default_domain_sid(&policy.engine, &sid, &error), 0);
    assert_int_equal(sid, XSM_INITIAL_DOMU);

    assert_int_equal(xsm_label_to_sid(&policy.engine, "guest_type", &sid, &error), -EINVAL);
    assert_int_equal(xsm_label_to_sid(&policy.engine, "guest_c_t", &sid, &error), -EINVAL);
    assert_non_null(strstr(error.text, "no type guest_c_t; types of role vm_r: "));
    assert_non_null(strstr(error.text, "guest_b_t"));
    expect_label_error("xen_t", "type xen_t goes neither with domU's user and role nor with "
                                "dom0's; write system_u:system_r:xen_t");
    expect_label_error("u:vm_r:xen_t", "u:vm_r:xen_t is no valid context (no such user or role, or "
                                       "they don't go together); write system_u:system_r:xen_t");
    expect_label_error("kernel_t",
                       "type kernel_t goes neither with domU's user and role nor with "
                       "dom0's; write system_u:object_r:kernel_t if it labels an object; no "
                       "role has this type");
    expect_label_error("a:b", "a:b is neither a type nor user:role:type");
    expect_label_error("system_u:vm_r:guest_a_t:s0",
                       "system_u:vm_r:guest_a_t:s0 is neither a type nor user:role:type (this "
                       "policy has no MLS: no range)");
    expect_label_error("", "a label has 1 to 255 characters");
    memset(label, 'a', sizeof(label));
    label[sizeof(label) - 1] = '\0';
    expect_label_error(label, "a label has 1 to 255 characters");
    label[255] = '\0';
    assert_int_equal(xsm_label_to_sid(&policy.engine, label, &sid, &error), -EINVAL);
    expect_label_error(":::", "::: is neither a type nor user:role:type (this policy has no MLS: "
                              "no range)");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_own_affairs), cmocka_unit_test(test_launch),
        cmocka_unit_test(test_channels),    cmocka_unit_test(test_denial_text),
        cmocka_unit_test(test_audit2allow), cmocka_unit_test(test_author_errors),
        cmocka_unit_test(test_labels),
    };

    return cmocka_run_group_tests_name("two-guests", tests, set_up, tear_down);
}
