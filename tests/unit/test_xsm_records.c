/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is said of decisions: records and coverage as text, in the cases that decisions on the
 * hypervisor don't lead to; and what an engine without a policy says.
 */
#include <errno.h>

#include "xsm/compute.h"
#include "xsm/coverage.h"
#include "xsm/flask/flask.h"
#include "xsm/policy.h"
#include "xsm_fixture.h"

static void expect_record(const struct xsm_engine *engine, const struct xsm_record *record,
                          const char *expected)
{
    char text[XSM_MAX_AUDIT] = "old";

    assert_int_equal(xsm_format_record(engine, record, text, sizeof(text)), strlen(expected));
    assert_string_equal(text, expected);
}

static void test_records(void **state)
{
    struct policy policy = {0};
    struct xsm_record record = {.hook = XSM_HOOK_evtchn_send,
                                .denied = true,
                                .domid = XSM_DOMID_NONE,
                                .target_domid = XSM_DOMID_NONE,
                                .subject = XSM_INITIAL_XEN,
                                .object = XSM_INITIAL_DOMU};
    struct xsm_rule rule;
    char text[XSM_MAX_AUDIT];

    (void)state;
    make_policy(&policy, "records-text", "");
    expect_record(&policy.engine, &record,
                  "avc:  denied  { send } for domid=xen hook=evtchn_send key=flask "
                  "scontext=u:r:boot_t tcontext=u:r:a_t tclass=event permissive=0");
    assert_int_equal(xsm_record_rule(&policy.engine, &record, &rule), 0);
    assert_string_equal(rule.class_name, "event");
    assert_string_equal(rule.permission, "send");
    assert_string_equal(rule.subject, "u:r:boot_t");
    assert_string_equal(rule.object, "u:r:a_t");
    record.key = XSM_KEY_ROLE;
    assert_int_equal(xsm_record_rule(&policy.engine, &record, &rule), -ENOENT);
    record.key = XSM_KEY_FLASK;
    for (record.check = 1; record.check <= XSM_MAX_CHECKS; record.check++) {
        expect_record(&policy.engine, &record, "");
        assert_int_equal(xsm_record_rule(&policy.engine, &record, &rule), -ENOENT);
    }
    record.check = 0;
    record.hook = XSM_NR_HOOKS;
    for (record.key = XSM_KEY_FLASK; record.key <= XSM_KEY_PHASE; record.key++)
        expect_record(&policy.engine, &record, "");
    record.key = XSM_KEY_FLASK;
    assert_int_equal(xsm_record_rule(&policy.engine, &record, &rule), -ENOENT);
    assert_string_equal(xsm_hook_name(XSM_NR_HOOKS), "unknown");
    record.hook = XSM_HOOK_evtchn_send;
    /* What doesn't fit is cut off; what has no room isn't touched. */
    memset(text, 'x', sizeof(text));
    assert_int_equal(xsm_format_record(&policy.engine, &record, text, 5), 4);
    assert_memory_equal(text, "avc:\0x", 6);
    assert_int_equal(xsm_format_record(&policy.engine, &record, text, 1), 0);
    assert_memory_equal(text, "\0vc:", 4);
    text[0] = 'y';
    assert_int_equal(xsm_format_record(&policy.engine, &record, text, 0), 0);
    assert_memory_equal(text, "yvc:", 4);
    free_policy(&policy);
}

static void test_no_policy(void **state)
{
    const struct xsm_record record = {.hook = XSM_HOOK_evtchn_send, .denied = true};
    struct xsm_engine engine;
    struct xsm_access access;
    char text[XSM_MAX_AUDIT] = "old";
    uint32_t left = 1;
    xsm_sid sid = 1;

    (void)state;
    xsm_init_roles_engine(&engine);
    expect_record(&engine, &record, "");
    xsm_describe_policy(&engine, text, sizeof(text));
    assert_string_equal(text, "no policy: the role engine decides alone");
    xsm_sid_to_context(&engine, 1, text, sizeof(text));
    assert_string_equal(text, "");
    text[0] = 'y';
    xsm_sid_to_context(&engine, 1, text, 0);
    assert_int_equal(text[0], 'y');
    assert_int_equal(xsm_prepare_domain(&engine, 1), 0);
    assert_int_equal(xsm_prepare_domains(&engine), 0);
    assert_int_equal(xsm_channel_sid(&engine, 1, 1, &sid), 0);
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_self_sid(&engine, 1), XSM_SID_NONE);
    assert_false(xsm_refuses_all(&engine));
    assert_false(xsm_sid_is_known(&engine, 1));
    assert_int_equal(xsm_compute_access(&engine, 1, 1, 1, &access), -ENOENT);
    assert_int_equal(xsm_compute_new(&engine, XSM_NEW_MEMBER, 1, 1, 1, &left, &sid), -ENOENT);
}

/* Of the hypervisor and the policy themselves no caller can name another in place. */
static void test_fixed_parties(void **state)
{
    struct policy policy = {0};
    struct xsm_query query = {.hook = XSM_HOOK_flask_load, .finalised = true};
    struct xsm_verdict verdict;

    (void)state;
    make_policy(&policy, "fixed-parties", "");
    for (unsigned int i = 0; i < XSM_NR_PARTIES; i++)
        query.sid[i] = XSM_INITIAL_DOMIO;
    query.caller = (struct xsm_subject){.domid = 1, .sid = XSM_INITIAL_DOMU};
    xsm_ask(&policy.engine, &query, &verdict);
    assert_true(verdict.denied_by[XSM_KEY_FLASK]);
    assert_int_equal(verdict.record[verdict.nr_records - 1].object, XSM_INITIAL_SECURITY);
    assert_int_equal(verdict.record[verdict.nr_records - 1].subject, XSM_INITIAL_DOMU);
    query.hook = XSM_HOOK_version_commandline;
    xsm_ask(&policy.engine, &query, &verdict);
    assert_true(verdict.denied_by[XSM_KEY_FLASK]);
    assert_int_equal(verdict.record[verdict.nr_records - 1].object, XSM_INITIAL_XEN);
    free_policy(&policy);
}

static void test_coverage(void **state)
{
    static struct xsm_coverage coverage;
    const struct xsm_covered one = {.hook = XSM_HOOK_evtchn_send,
                                    .subject = XSM_INITIAL_XEN,
                                    .object = XSM_INITIAL_DOMU,
                                    .verdict = XSM_COVERED_ALLOWED};
    struct xsm_covered other = one, found;
    uint64_t next = 0, held = 0;

    (void)state;
    assert_false(xsm_is_covered(&coverage, &one));
    assert_true(xsm_cover(&coverage, &one));
    assert_false(xsm_cover(&coverage, &one));
    assert_true(xsm_is_covered(&coverage, &one));
    other.check = 1;
    assert_false(xsm_is_covered(&coverage, &other));
    other.check = 0;
    assert_true(xsm_next_covered(&coverage, &next, &found));
    assert_memory_equal(&found, &one, sizeof(one));
    assert_false(xsm_next_covered(&coverage, &next, &found));
    /* More than it holds: those that it doesn't have are counted. */
    for (other.object = 1; other.object < XSM_COVERAGE_SLOTS + 100; other.object++)
        if (other.object != one.object)
            xsm_cover(&coverage, &other);
    for (next = 0; xsm_next_covered(&coverage, &next, &found);)
        held++;
    assert_true(coverage.lost >= 99);
    other.object =
        XSM_COVERAGE_SLOTS + 100; /* among those that fill all places where it could be */
    assert_false(xsm_is_covered(&coverage, &other));
    assert_int_equal(held + coverage.lost, XSM_COVERAGE_SLOTS + 99);
    xsm_forget_covered(&coverage);
    next = 0;
    assert_false(xsm_next_covered(&coverage, &next, &found));
    assert_int_equal(coverage.lost, 0);
}

static void test_coverage_text(void **state)
{
    static const char *const words[] = {"denied", "granted", "permissive"};
    struct xsm_covered covered = {
        .hook = XSM_HOOK_evtchn_send, .subject = XSM_INITIAL_XEN, .object = XSM_INITIAL_DOMU};
    struct policy policy = {0};
    char text[XSM_MAX_AUDIT], expected[XSM_MAX_AUDIT];

    (void)state;
    make_policy(&policy, "coverage-text", "");
    for (unsigned int i = 0; i < 3; i++) {
        covered.verdict = (enum xsm_covered_verdict)i;
        xsm_format_covered(&policy.engine, &covered, text, sizeof(text));
        snprintf(expected, sizeof(expected),
                 "covered:  %s  { send } for hook=evtchn_send scontext=u:r:boot_t tcontext=u:r:a_t "
                 "tclass=event check=0",
                 words[i]);
        assert_string_equal(text, expected);
    }
    covered.hook = XSM_NR_HOOKS;
    assert_int_equal(xsm_format_covered(&policy.engine, &covered, text, sizeof(text)), 0);
    covered.hook = XSM_HOOK_evtchn_send;
    covered.check = XSM_MAX_CHECKS;
    assert_int_equal(xsm_format_covered(&policy.engine, &covered, text, sizeof(text)), 0);
    assert_string_equal(text, "");
    free_policy(&policy);
}

/* The labels of channels cost SIDs: a domain that has none for them is refused. */
static void test_no_sids_for_channels(void **state)
{
    struct policy policy = {0};
    struct xsm_error error;
    char *rules = calloc(1, MAX_TEXT), label[32];
    xsm_sid a, b, sid;

    (void)state;
    assert_non_null(rules);
    append(rules, "type ab_t; type ba_t;\ntype_transition a_t b_t:event ab_t;\n"
                  "type_transition b_t a_t:event ba_t;\n");
    for (unsigned int i = 0; i < FLASK_MAX_SIDS; i++)
        append(rules, "type t%u_t, all;\n", i);
    make_policy(&policy, "no-sids", rules);
    free(rules);
    a = sid_of(&policy, "a_t");
    b = sid_of(&policy, "b_t");
    assert_int_equal(xsm_prepare_domain(&policy.engine, a), 0);
    for (unsigned int i = 0; i < FLASK_MAX_SIDS; i++) {
        snprintf(label, sizeof(label), "t%u_t", i);
        if (xsm_label_to_sid(&policy.engine, label, &sid, &error) != 0)
            break;
    }
    assert_int_equal(xsm_prepare_domain(&policy.engine, b), -ENOSPC);
    assert_int_equal(xsm_prepare_domains(&policy.engine), -ENOSPC);
    free_policy(&policy);
}

/* Nor is one whose label for itself has none, be those of its channels there already. */
static void test_no_sid_for_itself(void **state)
{
    struct policy policy = {0};
    struct xsm_error error;
    char *rules = calloc(1, MAX_TEXT), label[32];
    xsm_sid a, sid;

    (void)state;
    assert_non_null(rules);
    append(rules, "type ev_t; type self_t, all;\ntype_transition all all:event ev_t;\n"
                  "type_transition a_t a_t:domain self_t;\n");
    for (unsigned int i = 0; i < FLASK_MAX_SIDS; i++)
        append(rules, "type t%u_t; role r types t%u_t;\n", i, i);
    make_policy(&policy, "no-self", rules);
    free(rules);
    a = sid_of(&policy, "a_t");
    sid_of(&policy, "u:object_r:ev_t");
    for (unsigned int i = 0; i < FLASK_MAX_SIDS; i++) {
        snprintf(label, sizeof(label), "t%u_t", i);
        if (xsm_label_to_sid(&policy.engine, label, &sid, &error) != 0)
            break;
    }
    assert_int_equal(xsm_prepare_domain(&policy.engine, a), -ENOSPC);
    free_policy(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records),           cmocka_unit_test(test_no_policy),
        cmocka_unit_test(test_fixed_parties),     cmocka_unit_test(test_coverage),
        cmocka_unit_test(test_coverage_text),     cmocka_unit_test(test_no_sids_for_channels),
        cmocka_unit_test(test_no_sid_for_itself),
    };

    return cmocka_run_group_tests_name("records", tests, NULL, NULL);
}
