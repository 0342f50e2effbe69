/* SPDX-License-Identifier: BSD-2-Clause */
/* The table of SIDs, and the labels that the policy gives to channels. */
#include <errno.h>
#include <pthread.h>

#include "xsm/flask/flask.h"
#include "xsm_fixture.h"

static void test_sids(void **state)
{
    struct policy policy = {0};
    struct xsm_error error;
    char *rules = calloc(1, MAX_TEXT), label[32];
    xsm_sid first, sid, last = 0;
    unsigned int made = 0;
    int status = 0;

    (void)state;
    assert_non_null(rules);
    for (unsigned int i = 0; i < 1000; i++)
        append(rules, "type t%u_t, all;\n", i);
    append(rules, "role s;\nrole s types all;\n");
    make_policy(&policy, "sids", rules);
    free(rules);
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

enum { THREADS = 4, LABELS = 400 };

struct racer {
    struct policy *policy;
    unsigned int start;
    xsm_sid sid[LABELS];
};

/* Every thread asks for the same labels, each beginning at another. */
static void *race(void *argument)
{
    struct racer *racer = argument;
    struct xsm_error error;
    char label[32];

    for (unsigned int i = 0; i < LABELS; i++) {
        unsigned int number = (racer->start + i) % LABELS;

        snprintf(label, sizeof(label), "t%u_t", number);
        if (xsm_label_to_sid(&racer->policy->engine, label, &racer->sid[number], &error) != 0)
            racer->sid[number] = XSM_SID_NONE;
    }
    return NULL;
}

static void test_sids_race(void **state)
{
    static struct racer racer[THREADS];
    pthread_t thread[THREADS];
    struct policy policy = {0};
    char *rules = calloc(1, MAX_TEXT), context[XSM_MAX_CONTEXT], expected[32];

    (void)state;
    assert_non_null(rules);
    for (unsigned int i = 0; i < LABELS; i++)
        append(rules, "type t%u_t, all;\n", i);
    make_policy(&policy, "race", rules);
    free(rules);
    for (unsigned int i = 0; i < THREADS; i++) {
        racer[i] = (struct racer){.policy = &policy, .start = i * LABELS / THREADS};
        assert_int_equal(pthread_create(&thread[i], NULL, race, &racer[i]), 0);
    }
    for (unsigned int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_join(thread[i], NULL), 0);
    for (unsigned int i = 0; i < LABELS; i++) {
        for (unsigned int j = 1; j < THREADS; j++)
            assert_int_equal(racer[j].sid[i], racer[0].sid[i]);
        xsm_sid_to_context(&policy.engine, racer[0].sid[i], context, sizeof(context));
        snprintf(expected, sizeof(expected), "u:r:t%u_t", i);
        assert_string_equal(context, expected);
    }
    /* One slot for each, and the next is free. */
    assert_int_equal(sid_of(&policy, "u:object_r:t0_t"), XSM_INITIAL_END + LABELS);
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
    assert_int_equal(
        xsm_channel_sid(&policy.engine, sid_of(&policy, "a_t"), sid_of(&policy, "b_t"), &sid),
        -EINVAL);
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_prepare_domain(&policy.engine, sid_of(&policy, "a_t")), 0);
    assert_int_equal(xsm_prepare_domain(&policy.engine, sid_of(&policy, "b_t")), 0);
    assert_int_equal(
        xsm_channel_sid(&policy.engine, sid_of(&policy, "b_t"), sid_of(&policy, "a_t"), &sid), 0);
    free_policy(&policy);
}

static void expect_channel(const struct policy *policy, xsm_sid owner, xsm_sid peer,
                           const char *expected)
{
    char text[XSM_MAX_CONTEXT];
    xsm_sid sid;

    assert_int_equal(xsm_channel_sid(&policy->engine, owner, peer, &sid), 0);
    xsm_sid_to_context(&policy->engine, sid, text, sizeof(text));
    assert_string_equal(text, expected);
}

/* Labels of channels are made with those of domains, and by nothing else. */
static void test_channel_labels(void **state)
{
    struct policy policy = {0};
    xsm_sid a, b, sid;

    (void)state;
    make_policy(&policy, "channels",
                "type ab_t;\ntype ba_t;\ntype aa_t;\ntype_transition a_t b_t:event ab_t;\n"
                "type_transition b_t a_t:event ba_t;\ntype_transition a_t a_t:event aa_t;");
    a = sid_of(&policy, "a_t");
    b = sid_of(&policy, "b_t");
    assert_int_equal(xsm_channel_sid(&policy.engine, a, b, &sid), 0);
    assert_int_equal(sid, XSM_INITIAL_UNLABELED);
    assert_int_equal(xsm_prepare_domain(&policy.engine, a), 0);
    expect_channel(&policy, a, a, "u:object_r:aa_t");
    assert_int_equal(xsm_channel_sid(&policy.engine, a, b, &sid), 0);
    assert_int_equal(sid, XSM_INITIAL_UNLABELED);
    assert_int_equal(xsm_prepare_domain(&policy.engine, b), 0);
    expect_channel(&policy, a, b, "u:object_r:ab_t");
    expect_channel(&policy, b, a, "u:object_r:ba_t");
    free_policy(&policy);
}

/* A domain is asked about itself by a label of its own, if the policy has one for it. */
static void test_self_labels(void **state)
{
    struct policy policy = {0};
    xsm_sid a, b;

    (void)state;
    make_policy(&policy, "self",
                "type a_self_t, all; type odd_t;\n"
                "type_transition a_t a_t:domain a_self_t;\n"
                "type_transition boot_t boot_t:domain odd_t;\n");
    a = sid_of(&policy, "a_t");
    b = sid_of(&policy, "b_t");
    assert_int_equal(xsm_self_sid(&policy.engine, a), XSM_INITIAL_UNLABELED); /* not prepared */
    assert_int_equal(xsm_prepare_domain(&policy.engine, a), 0);
    assert_int_equal(xsm_prepare_domain(&policy.engine, b), 0);
    assert_int_equal(xsm_self_sid(&policy.engine, a), sid_of(&policy, "a_self_t"));
    assert_int_equal(xsm_self_sid(&policy.engine, b), b);
    /* No role has odd_t. */
    assert_int_equal(xsm_prepare_domain(&policy.engine, XSM_INITIAL_XENBOOT), 0);
    assert_int_equal(xsm_self_sid(&policy.engine, XSM_INITIAL_XENBOOT), XSM_INITIAL_UNLABELED);
    free_policy(&policy);
}

/* What is no subject's context in the policy doesn't complete a domain's label. */
static void test_model_context(void **state)
{
    static const char model[] = "sid domU u:r:a_t";
    char *conf = make_conf("", ""), *at = strstr(conf, model), *rest;
    struct policy policy = {0};
    char text[XSM_MAX_CONTEXT];

    (void)state;
    assert_non_null(at);
    rest = strdup(at + strlen(model));
    assert_non_null(rest);
    *at = '\0';
    append(conf, "sid domU u:object_r:a_t%s", rest);
    compile_policy(&policy, "model", 30, conf);
    xsm_sid_to_context(&policy.engine, sid_of(&policy, "b_t"), text, sizeof(text));
    assert_string_equal(text, "u:r:b_t"); /* as dom0's */
    free_policy(&policy);
    free(rest);
    free(conf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_sids),
        cmocka_unit_test(test_sids_race),
        cmocka_unit_test(test_invalid_transition),
        cmocka_unit_test(test_channel_labels),
        cmocka_unit_test(test_self_labels),
        cmocka_unit_test(test_model_context),
    };

    return cmocka_run_group_tests_name("SIDs", tests, NULL, NULL);
}
