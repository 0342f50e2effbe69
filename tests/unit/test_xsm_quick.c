/* SPDX-License-Identifier: BSD-2-Clause */
/* What one look tells is what asking in full tells; and it tells what it should. */
#include <errno.h>

#include "xsm/hooks.h"
#include "xsm/quick.h"
#include "xsm_fixture.h"

#define MOST_SIDS 48u

/* SIDs that nobody has are asked as unlabeled: some of them, too. */
static unsigned int list_sids(struct policy *policy, xsm_sid *sids)
{
    unsigned int count = 0;

    for (unsigned int type = 1; type <= xsm_table(&policy->engine)->policy->nr_types; type++) {
        const struct flask_type *named = &xsm_table(&policy->engine)->policy->type[type - 1];
        struct xsm_error error;
        xsm_sid sid;

        if (count < MOST_SIDS - 20 && !named->attribute &&
            xsm_label_to_sid(&policy->engine, named->name, &sid, &error) == 0)
            sids[count++] = sid;
    }
    for (xsm_sid sid = 0; sid < XSM_INITIAL_END; sid++)
        sids[count++] = sid;
    return count;
}

/* Ask with this object in every part but the caller's. Returns 1 if one look told. */
static unsigned int compare(const struct xsm_engine *engine, unsigned int hook, xsm_sid subject,
                            xsm_sid object)
{
    struct xsm_query query;
    struct xsm_verdict verdict;

    xsm_start_query(&query, (enum xsm_hook)hook, (struct xsm_subject){.domid = 1, .sid = subject});
    query.finalised = true;
    for (unsigned int party = 0; party < XSM_NR_PARTIES; party++)
        if (party != XSM_PARTY_caller && party != XSM_PARTY_xen)
            query.sid[party] = object;
    if (!xsm_quick(engine, &query))
        return 0;
    assert_int_equal(xsm_ask(engine, &query, &verdict), 0);
    assert_int_equal(verdict.nr_records, 0);
    return 1;
}

static unsigned int compare_all(struct policy *policy)
{
    xsm_sid sids[MOST_SIDS];
    unsigned int count = list_sids(policy, sids), told = 0;

    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        for (unsigned int i = 0; i < count; i++)
            for (unsigned int j = 0; j < count; j++)
                told += compare(&policy->engine, hook, sids[i], sids[j]);
    return told;
}

static void test_same_answers(void **state)
{
    static const char *const names[] = {"two-guests.30", "two-guests.24", "stress-true-true.30",
                                        "stress-false-true.24", "levels.30"};

    (void)state;
    for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct policy policy = {0};
        char *path = test_path(names[i]);

        load_policy(&policy, path);
        assert_true(compare_all(&policy) > 0);
        free_policy(&policy);
        free(path);
    }
}

static bool told(struct policy *policy, enum xsm_hook hook, const char *subject, const char *object)
{
    return compare(&policy->engine, hook, sid_of(policy, subject), sid_of(policy, object)) == 1;
}

#define ALL "allow all all:event send; allow all all:hvm { getparam setparam };"

static void test_told(void **state)
{
    struct policy policy = {0};

    (void)state;
    make_policy(&policy, "quick", ALL);
    assert_true(told(&policy, XSM_HOOK_evtchn_send, "a_t", "b_t"));
    assert_true(told(&policy, XSM_HOOK_hvm_set_param, "a_t", "b_t"));
    /* No rule; no check; several checks; a phase; a role; asked of the domain itself. */
    assert_false(told(&policy, XSM_HOOK_evtchn_status, "a_t", "b_t"));
    assert_true(told(&policy, XSM_HOOK_sched_yield, "a_t", "b_t"));
    assert_false(told(&policy, XSM_HOOK_evtchn_bind_interdomain, "a_t", "b_t"));
    assert_false(told(&policy, XSM_HOOK_domain_create, "boot_t", "a_t"));
    assert_false(told(&policy, XSM_HOOK_vcpu_timer, "a_t", "a_t"));
    free_policy(&policy);
}

/* What has to be looked at closer is asked in full. */
static void test_not_told(void **state)
{
    struct policy policy = {0};
    char *conf;

    (void)state;
    make_policy(&policy, "quick-audit", ALL "auditallow b_t b_t:event send;");
    assert_false(told(&policy, XSM_HOOK_evtchn_send, "a_t", "b_t"));
    assert_true(told(&policy, XSM_HOOK_hvm_set_param, "a_t", "b_t"));
    free_policy(&policy);
    /* One row or one column of what is audited. */
    make_policy(&policy, "quick-audit-all", ALL "auditallow all all:event send;");
    assert_false(told(&policy, XSM_HOOK_evtchn_send, "a_t", "b_t"));
    free_policy(&policy);
    make_policy(&policy, "quick-audit-row", ALL "auditallow b_t all:event send;");
    assert_false(told(&policy, XSM_HOOK_evtchn_send, "b_t", "a_t"));
    free_policy(&policy);
    make_policy(&policy, "quick-audit-column", ALL "auditallow all b_t:event send;");
    assert_false(told(&policy, XSM_HOOK_evtchn_send, "a_t", "b_t"));
    free_policy(&policy);
    conf = make_conf(ALL, "constrain hvm setparam (t1 == t2);");
    compile_policy(&policy, "quick-constraint", 30, conf);
    assert_false(told(&policy, XSM_HOOK_hvm_set_param, "a_t", "a_t"));
    assert_true(told(&policy, XSM_HOOK_hvm_get_param, "a_t", "b_t"));
    free_policy(&policy);
    free(conf);
}

/* Of a row with several checks the first one isn't all. */
static void test_several_checks(void **state)
{
    struct policy policy = {0};

    (void)state;
    make_policy(&policy, "quick-several", "allow all all:event create;");
    assert_false(told(&policy, XSM_HOOK_evtchn_alloc_unbound, "a_t", "b_t"));
    free_policy(&policy);
}

/* Types that rules tell apart in more ways than there are cells for: nothing is told. */
static void test_too_many(void **state)
{
    struct policy policy = {0};
    char *rules = calloc(1, MAX_TEXT);
    size_t used = 0;

    (void)state;
    assert_non_null(rules);
    for (unsigned int i = 0; i < 60; i++) {
        used += (size_t)sprintf(rules + used, "type x%u_t, all; role r types x%u_t;", i, i);
        used += (size_t)sprintf(rules + used, "allow x%u_t x%u_t:event send;", i, i);
    }
    make_policy(&policy, "quick-many", rules);
    assert_int_equal(compare_all(&policy), 0);
    free_policy(&policy);
    free(rules);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_answers), cmocka_unit_test(test_told),
        cmocka_unit_test(test_not_told),     cmocka_unit_test(test_several_checks),
        cmocka_unit_test(test_too_many),
    };

    return cmocka_run_group_tests_name("one look", tests, NULL, NULL);
}
