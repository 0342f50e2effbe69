/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy in place of another: labels that are in use keep their numbers, by their names, or the
 * new policy is refused. And its booleans.
 */
#include <errno.h>

#include "xsm/flask/flask.h"
#include "xsm/policy.h"
#include "xsm_fixture.h"

static struct flask_policy *policy_of(const struct policy *policy)
{
    return xsm_table_policy(xsm_table(&policy->engine));
}

#define THIRTEEN(what)                                                                             \
    "sid xenboot" what "sid xen" what "sid dom0" what "sid domio" what "sid domxen" what           \
    "sid unlabeled" what "sid security" what "sid ioport" what "sid iomem" what "sid irq" what     \
    "sid device" what "sid domU" what "sid domDM" what

/* A policy with levels: what its sensitivities and categories are, in which order. */
static void make_levels(struct policy *policy, const char *name, const char *sensitivities,
                        const char *categories, const char *most)
{
    char *conf = calloc(1, MAX_TEXT);

    assert_non_null(conf);
    append(conf, "class domain\nclass event\n" THIRTEEN("\n") "class domain { create transition }\n"
                                                              "class event { bind send }\n");
    append(conf, "%s\n%s\nlevel s0:%s;\n", sensitivities, categories, most);
    if (strstr(sensitivities, "s1") != NULL)
        append(conf, "level s1:%s;\n", most);
    append(conf,
           "mlsconstrain event { bind } (l1 dom l2);\ntype a_t;\ntype b_t;\nrole r;\n"
           "role r types { a_t b_t };\nallow a_t a_t:domain create;\n"
           "user u roles r level s0 range s0 - %s:%s;\n" THIRTEEN(" u:r:a_t:s0\n"),
           strstr(sensitivities, "s1") != NULL ? "s1" : "s0", most);
    compile_policy_with(policy, name, "-M", conf);
    free(conf);
}

#define TWO "sensitivity s0; sensitivity s1; dominance { s0 s1 }"

/* Labels that are in use, or that somebody only has seen, under a policy with levels. */
struct kept {
    struct policy old, new;
    xsm_sid used, seen;
};

static void start(struct kept *kept, const char *used, const char *seen)
{
    memset(kept, 0, sizeof(*kept));
    make_levels(&kept->old, "old-levels", TWO, "category c0; category c1; category c2;", "c0.c2");
    kept->used = sid_of(&kept->old, used);
    kept->seen = sid_of(&kept->old, seen);
    assert_true(kept->used >= XSM_INITIAL_END && kept->seen > kept->used);
    flask_add_domain_label(policy_of(&kept->old), kept->used);
}

static int keep(struct kept *kept, struct xsm_error *error)
{
    return xsm_keep_sids(&kept->old.engine, policy_of(&kept->new), error);
}

static void end(struct kept *kept)
{
    free_policy(&kept->old);
    free_policy(&kept->new);
}

static void test_levels_by_name(void **state)
{
    struct xsm_error error;
    struct kept kept;

    (void)state;
    start(&kept, "u:r:a_t:s0:c1-s1:c1,c2", "u:r:b_t:s1");
    make_levels(&kept.new, "new-levels", TWO, "category c2; category c9; category c1; category c0;",
                "c2.c0");
    assert_int_equal(keep(&kept, &error), 0);
    expect_context(&kept.new, kept.used, "u:r:a_t:s0:c1-s1:c2,c1");
    expect_context(&kept.new, kept.seen, "u:r:b_t:s1");
    assert_true(flask_is_domain_label(policy_of(&kept.new), kept.used));
    assert_false(flask_is_domain_label(policy_of(&kept.new), kept.seen));
    end(&kept);
}

/* Under this policy the label that is in use is refused, and the one that isn't is unlabeled. */
static void expect_lost(const char *label, const char *sensitivities, const char *categories,
                        const char *most)
{
    char expected[sizeof((struct xsm_error){0}.text)];
    struct xsm_error error;
    struct kept kept;

    start(&kept, label, "u:r:b_t:s0:c0");
    make_levels(&kept.new, "new-levels", sensitivities, categories, most);
    assert_int_equal(keep(&kept, &error), -EINVAL);
    snprintf(expected, sizeof(expected),
             "a domain has the label %s, which the new policy does not allow", label);
    assert_string_equal(error.text, expected);
    assert_true(error.offset == SIZE_MAX);
    end(&kept);

    start(&kept, "u:r:b_t:s0:c0", label);
    make_levels(&kept.new, "new-levels", sensitivities, categories, most);
    assert_int_equal(keep(&kept, &error), 0);
    expect_context(&kept.new, kept.used, "u:r:b_t:s0:c0");
    expect_context(&kept.new, kept.seen, "u:r:a_t:s0"); /* as unlabeled */
    assert_int_equal(flask_context_sid(policy_of(&kept.new),
                                       flask_sid_context(policy_of(&kept.new), kept.used),
                                       &kept.seen),
                     0);
    end(&kept);
}

static void test_levels_lost(void **state)
{
    (void)state;
    expect_lost("u:r:a_t:s0-s1", "sensitivity s0; dominance { s0 }",
                "category c0; category c1; category c2;", "c0.c2");
    expect_lost("u:r:a_t:s1", "sensitivity s0; dominance { s0 }",
                "category c0; category c1; category c2;", "c0.c2");
    expect_lost("u:r:a_t:s0-s1:c2", TWO, "category c0; category c1;", "c0.c1");
    expect_lost("u:r:a_t:s0:c2-s1:c2", TWO, "category c0; category c1;", "c0.c1");
    /* All its names are there, but the user may no longer have it. */
    expect_lost("u:r:a_t:s1:c2", TWO, "category c0; category c1; category c2;", "c0.c1");
}

static void test_with_and_without_levels(void **state)
{
    struct policy plain = {0}, levels = {0};
    struct xsm_error error;

    (void)state;
    make_policy(&plain, "no-levels", "");
    make_levels(&levels, "new-levels", TWO, "category c0;", "c0");
    assert_true(xsm_has_mls(&levels.engine));
    assert_false(xsm_has_mls(&plain.engine));
    /* In use or not: an initial SID's context that isn't valid any more is no reason. */
    assert_int_equal(xsm_keep_sids(&plain.engine, policy_of(&levels), &error), 0);
    assert_int_equal(xsm_keep_sids(&levels.engine, policy_of(&plain), &error), 0);
    flask_add_domain_label(policy_of(&plain), XSM_INITIAL_DOMU);
    flask_add_domain_label(policy_of(&levels), XSM_INITIAL_DOMU);
    assert_int_equal(xsm_keep_sids(&plain.engine, policy_of(&levels), &error), -EINVAL);
    assert_int_equal(xsm_keep_sids(&levels.engine, policy_of(&plain), &error), -EINVAL);
    free_policy(&plain);
    free_policy(&levels);
}

/* A domain may have an initial SID; it means the same in both policies, or is refused. */
static void test_initial_sid_in_use(void **state)
{
    struct policy old = {0}, same = {0}, other = {0};
    char *conf = make_conf("", ""), *at;
    struct xsm_error error;

    (void)state;
    make_policy(&old, "initial-old", "");
    make_policy(&same, "initial-same", "type more_t;");
    at = strstr(conf, "sid domU u:r:a_t");
    assert_non_null(at);
    memcpy(at, "sid domU u:r:b_t", 16);
    compile_policy(&other, "initial-other", 30, conf);
    free(conf);
    assert_int_equal(xsm_keep_sids(&old.engine, policy_of(&other), &error), 0);
    flask_add_domain_label(policy_of(&old), XSM_INITIAL_DOMU);
    assert_int_equal(xsm_keep_sids(&old.engine, policy_of(&same), &error), 0);
    assert_true(flask_is_domain_label(policy_of(&same), XSM_INITIAL_DOMU));
    assert_int_equal(xsm_keep_sids(&old.engine, policy_of(&other), &error), -EINVAL);
    assert_string_equal(error.text,
                        "a domain has the label u:r:a_t, which the new policy does not allow");
    free_policy(&old);
    free_policy(&same);
    free_policy(&other);
}

/* A boolean's name, or what else is its, by its number. */
static void test_booleans(void **state)
{
    struct policy policy = {0};
    uint64_t words[XSM_BOOLEAN_WORDS];
    unsigned int boolean;

    (void)state;
    make_policy(&policy, "booleans", "bool first false;\nbool second true;\n");
    assert_int_equal(xsm_nr_booleans(&policy.engine), 2);
    assert_int_equal(xsm_find_boolean(&policy.engine, "second", &boolean), 0);
    assert_string_equal(xsm_boolean_name(&policy.engine, boolean), "second");
    assert_true(xsm_boolean(&policy.engine, boolean));
    assert_false(xsm_boolean(&policy.engine, 1 - boolean));
    assert_int_equal(xsm_find_boolean(&policy.engine, "secon", &boolean), -ENOENT);
    assert_string_equal(xsm_boolean_name(&policy.engine, 2), "");
    assert_false(xsm_boolean(&policy.engine, 2));
    assert_int_equal(xsm_find_boolean(&policy.engine, "second", &boolean), 0);
    xsm_get_booleans(&policy.engine, words);
    assert_int_equal(words[0], (uint64_t)1 << boolean);
    free_policy(&policy);
}

static void test_no_policy(void **state)
{
    struct xsm_engine engine;
    struct policy policy = {0};
    uint64_t words[XSM_BOOLEAN_WORDS];
    struct xsm_error error;
    unsigned int boolean;

    (void)state;
    xsm_init_roles_engine(&engine);
    memset(words, 0xff, sizeof(words));
    xsm_get_booleans(&engine, words);
    assert_int_equal(words[0] | words[XSM_BOOLEAN_WORDS - 1], 0);
    assert_int_equal(xsm_nr_booleans(&engine), 0);
    assert_int_equal(xsm_find_boolean(&engine, "first", &boolean), -ENOENT);
    assert_false(xsm_has_mls(&engine));
    make_policy(&policy, "first-of-all", "");
    assert_int_equal(xsm_keep_sids(&engine, policy_of(&policy), &error), 0);
    free_policy(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels_by_name),
        cmocka_unit_test(test_levels_lost),
        cmocka_unit_test(test_with_and_without_levels),
        cmocka_unit_test(test_initial_sid_in_use),
        cmocka_unit_test(test_booleans),
        cmocka_unit_test(test_no_policy),
    };

    return cmocka_run_group_tests_name("replacing a policy", tests, NULL, NULL);
}
