/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Labels under multi-level security: what is read, what is written, what is refused and how it is
 * explained; and how many levels there can be. On the policy of tests/oracle/levels.conf.
 */
#include <errno.h>

#include "xsm/compute.h"
#include "xsm/flask/flask.h"
#include "xsm/policy.h"
#include "xsm_fixture.h"

static void load_levels(struct policy *policy)
{
    char *path = test_path("levels.30");

    load_policy(policy, path);
    free(path);
}

/* What it is written as afterwards. */
static void expect_label(struct policy *policy, const char *label, const char *expected)
{
    expect_context(policy, sid_of(policy, label), expected);
}

static void test_good_labels(void **state)
{
    struct policy policy = {0};

    (void)state;
    load_levels(&policy);
    expect_label(&policy, "wide_u:vm_r:a_t:s0", "wide_u:vm_r:a_t:s0");
    expect_label(&policy, "wide_u:vm_r:a_t:s0-s0", "wide_u:vm_r:a_t:s0");
    expect_label(&policy, "wide_u:vm_r:a_t:lowest-plain", "wide_u:vm_r:a_t:s0");
    expect_label(&policy, "wide_u:vm_r:a_t:s0-highest:red,blue", "wide_u:vm_r:a_t:s0-s2:c1,c3");
    expect_label(&policy, "wide_u:vm_r:a_t:s1:c1-s2:c1,c3,c4", "wide_u:vm_r:a_t:s1:c1-s2:c1,c3,c4");
    expect_label(&policy, "wide_u:vm_r:a_t:s1:c1-s2:c1,c3.c4", "wide_u:vm_r:a_t:s1:c1-s2:c1,c3,c4");
    /* Objects have what their user hasn't. */
    expect_label(&policy, "narrow_u:object_r:file_t:s1:c0.c4", "narrow_u:object_r:file_t:s1:c0.c4");
    expect_label(&policy, "narrow_u:object_r:file_t:s1:c0,c1", "narrow_u:object_r:file_t:s1:c0,c1");
    expect_label(&policy, "narrow_u:object_r:file_t:s1:c1.c2,c4,c0",
                 "narrow_u:object_r:file_t:s1:c0.c2,c4");
    /* A type alone takes domU's range. */
    expect_label(&policy, "c_t", "narrow_u:vm_r:c_t:s0");
    free_policy(&policy);
}

static void expect_refusal(struct policy *policy, const char *label, const char *expected)
{
    struct xsm_error error = {0};
    xsm_sid sid, found;
    uint32_t left = 9;

    assert_int_equal(xsm_label_to_sid(&policy->engine, label, &sid, &error), -EINVAL);
    if (strstr(error.text, expected) == NULL)
        fail_msg("%s: \"%s\" doesn't say \"%s\"", label, error.text, expected);
    assert_true(error.offset == SIZE_MAX);
    assert_int_equal(xsm_context_to_sid(&policy->engine, label, strlen(label), &left, &found),
                     -EINVAL);
    assert_int_equal(found, XSM_SID_NONE);
    assert_int_equal(left, 9);
}

static void test_bad_labels(void **state)
{
    static const char *const ranges[] = {
        "",          "s9",       "s0:",       "s0:c9",     "s0:c9.c1", "s0:c0.c9", "s0:c2.c0",
        "s0:c0.c0",  "s0-",      "s0-s9",     "s0-s1:c9",  "s1-s0",    "s0x",      "s0:c0,",
        "s0-s0-s0",  "s0:c1-s1", "s0-s1:c0",  "s0:c3",     "s2:c0",    "s2:c2",    "s0:c1:c1",
        "s0:c1.c2.", "s0,c1",    "s0-s1:c1.", "s0-s2:c0,", "s0:,c1",
    };
    struct policy policy = {0};
    char label[XSM_MAX_CONTEXT];

    (void)state;
    load_levels(&policy);
    for (unsigned int i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
        snprintf(label, sizeof(label), "wide_u:vm_r:a_t:%s", ranges[i]);
        expect_refusal(&policy, label,
                       "is no valid context (no such user or role or range, or they don't go "
                       "together); write middle_u:vm_r:a_t:s1:c1, narrow_u:vm_r:a_t:s0, "
                       "wide_u:vm_r:a_t:s0");
    }
    /* The user's clearance ends below and above. */
    expect_refusal(&policy, "narrow_u:vm_r:a_t:s0-s1", "is no valid context");
    expect_refusal(&policy, "middle_u:vm_r:a_t:s0-s1:c1", "is no valid context");
    expect_refusal(&policy, "wide_u:vm_r:a_t", "is neither a type nor user:role:type:range");
    expect_refusal(&policy, "wide_u:vm_r", "is neither a type nor user:role:type:range");
    expect_refusal(&policy, "wide_u:vm_r:no_t:s0",
                   "the policy has no type no_t; types of role vm_r: ");
    expect_refusal(&policy, "no_u:vm_r:a_t:s0", "no such user");
    expect_refusal(&policy, "wide_u:no_r:a_t:s0", "no such user");
    expect_refusal(&policy, "wide_u:vm_r:boot_t:s0", "write wide_u:sys_r:boot_t:s0");
    expect_refusal(
        &policy, "wide_u:vm_r:file_t:s0",
        "write middle_u:object_r:file_t:s1:c1 if it labels an object; no role has this type");
    /* What it says to write. */
    expect_label(&policy, "middle_u:object_r:file_t:s1:c1", "middle_u:object_r:file_t:s1:c1");
    free_policy(&policy);
}

/* Who may make no SID or level finds those that there are. */
static void test_found_only(void **state)
{
    static const char domu[] = "narrow_u:vm_r:b_t:s0", other[] = "wide_u:vm_r:b_t:s0:c1";
    struct policy policy = {0};
    struct xsm_engine none;
    uint32_t left = 0;
    xsm_sid sid;

    (void)state;
    load_levels(&policy);
    assert_int_equal(xsm_context_to_sid(&policy.engine, domu, strlen(domu), &left, &sid), 0);
    assert_int_equal(sid, XSM_INITIAL_DOMU);
    assert_int_equal(xsm_context_to_sid(&policy.engine, other, strlen(other), &left, &sid),
                     -ENOSPC); /* no such level */
    assert_int_equal(sid, XSM_SID_NONE);
    assert_int_equal(xsm_context_to_sid(&policy.engine, "narrow_u:vm_r:a_t:s0", 20, &left, &sid),
                     -ENOSPC); /* no such SID */
    assert_int_equal(sid, XSM_SID_NONE);
    left = 1;
    assert_int_equal(xsm_context_to_sid(&policy.engine, other, strlen(other), &left, &sid), 0);
    assert_int_equal(left, 0);
    expect_context(&policy, sid, other);
    assert_int_equal(xsm_context_to_sid(&policy.engine, other, strlen(other), &left, &sid), 0);
    /* What stands after the length that is given isn't read. */
    left = 9;
    assert_int_equal(
        xsm_context_to_sid(&policy.engine, domu, strlen("narrow_u:vm_r:b_t"), &left, &sid),
        -EINVAL);
    xsm_init_roles_engine(&none);
    assert_int_equal(xsm_context_to_sid(&none, other, strlen(other), &left, &sid), -ENOENT);
    free_policy(&policy);
}

/* Eleven categories: more levels than there is room for. */
static void make_many(struct policy *policy)
{
    static const char *const sids[] = {"xenboot",   "xen",      "dom0",   "domio", "domxen",
                                       "unlabeled", "security", "ioport", "iomem", "irq",
                                       "device",    "domU",     "domDM"};
    char *conf = calloc(1, MAX_TEXT);

    assert_non_null(conf);
    append(conf, "class domain\nclass event\n");
    for (unsigned int i = 0; i < 13; i++)
        append(conf, "sid %s\n", sids[i]);
    append(conf, "class domain { create transition }\nclass event { bind send }\n"
                 "sensitivity s0; dominance { s0 }\n");
    for (unsigned int i = 0; i < 11; i++)
        append(conf, "category c%u;\n", i);
    append(conf, "level s0:c0.c10;\nmlsconstrain event { bind } (l1 dom l2);\ntype a_t;\nrole r;\n"
                 "role r types a_t;\nallow a_t a_t:domain create;\n"
                 "user u roles r level s0 range s0 - s0:c0.c10;\n");
    for (unsigned int i = 0; i < 13; i++)
        append(conf, "sid %s u:r:a_t:s0\n", sids[i]);
    compile_policy_with(policy, "many-levels", "-M", conf);
    free(conf);
}

/* The level of which `bits` are the categories. */
static void append_level(char *label, size_t size, unsigned int bits)
{
    size_t used = strlen(label);
    const char *before = ":";

    used += (size_t)snprintf(label + used, size - used, "s0");
    for (unsigned int i = 0; i < 11; i++)
        if ((bits >> i & 1u) != 0) {
            used += (size_t)snprintf(label + used, size - used, "%sc%u", before, i);
            before = ",";
        }
}

static void test_too_many_levels(void **state)
{
    struct policy policy = {0};
    struct xsm_error error;
    char label[XSM_MAX_CONTEXT];
    unsigned int bits = 0;
    int status = 0;
    xsm_sid sid;

    (void)state;
    make_many(&policy);
    while (status == 0) {
        /* Two new levels for each SID. */
        bits++;
        assert_true(bits < 1024);
        snprintf(label, sizeof(label), "u:r:a_t:");
        append_level(label, sizeof(label), bits);
        append(label, "-");
        append_level(label, sizeof(label), bits | 1024u);
        status = xsm_label_to_sid(&policy.engine, label, &sid, &error);
    }
    assert_int_equal(status, -ENOSPC);
    assert_in_range(bits, FLASK_MAX_LEVELS / 2 - 2, FLASK_MAX_LEVELS / 2);
    assert_string_equal(error.text,
                        "1024 different levels of sensitivity are in use, and no more can be");
    expect_label(&policy, "u:r:a_t:s0:c0-s0:c0,c10", "u:r:a_t:s0:c0-s0:c0,c10");
    free_policy(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good_labels),
        cmocka_unit_test(test_bad_labels),
        cmocka_unit_test(test_found_only),
        cmocka_unit_test(test_too_many_levels),
    };

    return cmocka_run_group_tests_name("levels", tests, NULL, NULL);
}
