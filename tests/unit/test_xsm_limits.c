/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is at the edge of what a policy can be: files with two things wrong at once, names that are
 * too long, policies from before Xen had a target of its own, and those that lack a class.
 */
#include <errno.h>

#include "policy_fields.h"
#include "xsm/compute.h"
#include "xsm/flask/flask.h"
#include "xsm/policy.h"
#include "xsm_fixture.h"

/* A field that is to be changed: number `nth` of its kind, from 0. */
struct change {
    const char *section, *part;
    unsigned int nth;
    uint32_t value;
};

static void apply(unsigned char *image, const struct field *fields, unsigned int count,
                  const struct change *change)
{
    unsigned int seen = 0;

    for (unsigned int i = 0; i < count; i++)
        if (strcmp(fields[i].section, change->section) == 0 &&
            strcmp(fields[i].part, change->part) == 0 && seen++ == change->nth) {
            memcpy(image + fields[i].offset, &change->value, fields[i].width);
            return;
        }
    fail_msg("there is no %s, %s, number %u", change->section, change->part, change->nth);
}

/* Values of fields.conf's types; 1 and 2 are attributes. */
enum { TY1 = 3, TY2, TY3 };

/* Which policy is changed. */
static const char *changed = "fields.30";

static int load_changed(const struct change *changes, unsigned int nr, struct xsm_error *error)
{
    static struct field fields[MAX_FIELDS];
    struct xsm_engine engine = {0};
    char *path = test_path(changed);
    size_t size, room;
    unsigned char *image = (unsigned char *)read_text(path, &size);
    unsigned int count = find_fields(image, size, fields);
    void *arena;
    int status;

    for (unsigned int i = 0; i < nr; i++)
        apply(image, fields, count, &changes[i]);
    room = (xsm_arena_size(size) + 15) & ~(size_t)15;
    arena = aligned_alloc(16, room);
    status = xsm_load_policy(&engine, image, size, arena, room, error);
    free(arena);
    free(image);
    free(path);
    return status;
}

/* With these changes fields.30 is refused for this reason, or is taken: NULL. */
static void expect_changed(const struct change *changes, unsigned int nr, const char *expected)
{
    struct xsm_error error = {0};

    assert_int_equal(load_changed(changes, nr, &error), expected == NULL ? 0 : -EINVAL);
    if (expected != NULL && strstr(error.text, expected) == NULL)
        fail_msg("\"%s\" doesn't say \"%s\"", error.text, expected);
}

#define EXPECT(expected, ...)                                                                      \
    expect_changed((const struct change[]){__VA_ARGS__},                                           \
                   sizeof((const struct change[]){__VA_ARGS__}) / sizeof(struct change), expected)

static void test_several_changes(void **state)
{
    (void)state;
    EXPECT(NULL, {"header", "config", 0, 5});
    EXPECT("handle_unknown is both allow and reject", {"header", "config", 0, 7});
    /* One value more than records, and object_r, the last of them, has that: its own is nobody's.
     */
    EXPECT("role 1 is not object_r", {"roles", "highest", 0, 5}, {"roles", "value", 3, 5});
    EXPECT(NULL, {"sensitivities", "highest", 0, 3}, {"categories", "highest", 0, 7});
    /* Interrupts in the other order, and then one twice. */
    EXPECT(NULL, {"interrupts", "number", 1, 6}, {"interrupts", "number", 2, 5});
    EXPECT("two labels cover 0x6", {"interrupts", "number", 1, 6}, {"interrupts", "number", 2, 6});
    EXPECT("two range transitions are for the same types and class",
           {"range transitions", "source", 0, TY2}, {"range transitions", "source", 1, TY2},
           {"range transitions", "class", 0, 2}, {"range transitions", "class", 1, 2});
    /* Names of three characters: "z-.", "AZ9" and "0_a" are some, those with others aren't. */
    EXPECT(NULL, {"roles", "name", 0, 0x2e2d7a}, {"roles", "name", 1, 0x395a41},
           {"roles", "name", 2, 0x615f30});
    for (const char *other = "/:@[`{,"; *other != '\0'; other++)
        EXPECT("in a name", {"roles", "name", 0, (uint32_t)*other << 8 | 0x610061u});
    /* Not a pair of levels; users and types don't dominate each other. */
    EXPECT("a constraint compares attribute 2048 by operator 1", {"classes", "step", 0, 4},
           {"classes", "attribute", 0, 2048}, {"classes", "operator", 0, 1});
    EXPECT("a constraint compares attribute 16 by operator 1", {"classes", "step", 0, 4},
           {"classes", "attribute", 0, 16}, {"classes", "operator", 0, 1});
    EXPECT("a constraint compares attribute 96 by operator 1", {"classes", "step", 0, 4},
           {"classes", "attribute", 0, 96}, {"classes", "operator", 0, 1});
    EXPECT("a constraint compares attribute 4 by operator 3", {"classes", "step", 0, 4},
           {"classes", "attribute", 0, 4}, {"classes", "operator", 0, 3});
    EXPECT("a constraint compares attribute 1 by operator 3", {"classes", "step", 0, 4},
           {"classes", "attribute", 0, 1}, {"classes", "operator", 0, 3});
}

#define TYPE_RULE(nth, source, data)                                                               \
    {"conditions", "source", nth, source}, {"conditions", "target", nth, TY2},                     \
        {"conditions", "class", nth, 2}, {"conditions", "kind", nth, 0x10},                        \
    {                                                                                              \
        "conditions", "data", nth, data                                                            \
    }

/*
 * Type rules leave no doubt: there is one of a place, or one in each branch of one condition. Of
 * the five rules under conditions in fields.conf two are so already, and any others would conflict.
 */
static void test_conditional_type_rules(void **state)
{
    static const struct change apart[] = {TYPE_RULE(0, TY3, TY3)};
    struct xsm_error error;
    unsigned int taken = 0;

    (void)state;
    expect_changed(apart, 5, NULL);
    for (unsigned int i = 0; i < 5; i++) {
        struct change changes[] = {TYPE_RULE(i, TY2, TY3)};

        /* One of the two itself, which is the same with another result. */
        taken += load_changed(changes, 5, &error) == 0;
        changes[0].value = TY1; /* as a rule without condition has it */
        expect_changed(changes, 5, "two type rules from 3 to 4, class 2, conflict");
    }
    assert_int_equal(taken, 2);
    /* Two of the five changed: one put elsewhere, and another in its place or beside what is left.
     */
    taken = 0;
    for (unsigned int i = 0; i < 5; i++)
        for (unsigned int j = 0; j < 5; j++) {
            const struct change changes[] = {TYPE_RULE(i, TY3, TY3), TYPE_RULE(j, TY2, TY3)};

            taken += i != j && load_changed(changes, 10, &error) == 0;
        }
    assert_int_equal(taken, 10);
}

/* Text for each of Xen's initial SIDs. */
static void append_sids(char *conf, const char *context)
{
    static const char *const names[] = {"xenboot",   "xen",      "dom0",   "domio", "domxen",
                                        "unlabeled", "security", "ioport", "iomem", "irq",
                                        "device",    "domU",     "domDM"};

    for (unsigned int i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        append(conf, "sid %s%s\n", names[i], context);
}

/* A policy with these classes, rules and further initial SIDs, and nothing of Xen's but its SIDs.
 */
static char *small_conf(const char *classes, const char *vectors, const char *more_sids,
                        const char *rules, const char *more_contexts)
{
    char *conf = calloc(1, MAX_TEXT);

    assert_non_null(conf);
    append(conf, "%s\n", classes);
    append_sids(conf, "");
    append(conf,
           "%s\n%s\ntype a_t;\ntype b_t;\nrole r;\nrole r types { a_t b_t };\nrole s;\n"
           "role s types { a_t b_t };\n%s\nuser u roles { r s };\n",
           more_sids, vectors, rules);
    append_sids(conf, " u:r:a_t");
    append(conf, "%s\n", more_contexts);
    return conf;
}

#define CLASSES "class domain\nclass event"
#define VECTORS "class domain { create transition }\nclass event { bind send transition }"
#define RULES "allow a_t b_t:{ domain event } transition;\nallow a_t a_t:event send;"

/* Operators made operands: more than the stack of an expression holds, and just as many. */
static void test_deep_stacks(void **state)
{
    char *conf = make_conf("bool x true;\n"
                           "if (x && x && x && x && x && x && x && x && x && x && x) {\n"
                           "allow a_t b_t:event send; }\n",
                           "constrain event send (u1 == u2 or u1 == u2 or u1 == u2 or u1 == u2 or "
                           "u1 == u2 or u1 == u2);");
    struct xsm_error error;

    (void)state;
    assert_int_equal(try_policy("deep", 30, "", conf, &error), 0);
    changed = "unit-deep.30";
#define COMPARE(nth)                                                                               \
    {"classes", "step", nth, 4}, {"classes", "attribute", nth, 1}, {"classes", "operator", nth, 1}
    EXPECT("a constraint ends with 3 values instead of 1", COMPARE(2), COMPARE(4),
           {"classes", "step", 5, 2}, {"classes", "attribute", 5, 0},
           {"classes", "operator", 5, 0});
    EXPECT("a constraint's operands don't match its operators", COMPARE(2), COMPARE(4), COMPARE(6),
           COMPARE(8));
#define PUSH(nth) {"conditions", "operator", nth, 1}, {"conditions", "boolean", nth, 1}
    EXPECT("a condition ends with 9 values instead of 1", PUSH(2), PUSH(4), PUSH(6), PUSH(8));
    EXPECT("a condition's operands don't match its operators", PUSH(2), PUSH(4), PUSH(6), PUSH(8),
           PUSH(10));
    changed = "fields.30";
    free(conf);
}

/* Until Xen 4.1 policies were compiled as if they were Linux's. */
static void test_old_target(void **state)
{
    char *conf = small_conf(CLASSES, VECTORS, "", RULES, "");
    struct policy policy = {0};
    struct xsm_error error;

    (void)state;
    assert_int_equal(try_policy("old-target", 24, "-t selinux", conf, &error), 0);
    assert_int_equal(try_policy("old-target", 30, "-t selinux", conf, &error), 0);
    append(conf, "portcon tcp 80 u:object_r:a_t\n");
    assert_int_equal(try_policy("old-target", 24, "-t selinux", conf, &error), -EINVAL);
    assert_non_null(strstr(error.text, "labels of files and networks, byte "));
    assert_non_null(
        strstr(error.text, "the number of labels that a hypervisor has no use for is 1"));
    free_policy(&policy);
    free(conf);
}

/* A change of role needs its own rule for new domains, and for nothing else. */
static void test_role_changes(void **state)
{
    char *conf = small_conf(CLASSES, VECTORS, "", RULES "role_transition r b_t:event s;", "");
    struct policy policy = {0};
    struct xsm_access access;
    xsm_sid a, b, sid;
    uint32_t left = 9;

    (void)state;
    compile_policy_with(&policy, "role-changes", "", conf);
    a = sid_of(&policy, "u:r:a_t");
    b = sid_of(&policy, "u:s:b_t");
    assert_int_equal(xsm_compute_access(&policy.engine, a, b, 1, &access), 0);
    assert_int_equal(access.allowed, 0);
    assert_int_equal(xsm_compute_access(&policy.engine, a, b, 2, &access), 0);
    assert_int_equal(access.allowed, 4);
    /* Role transitions are for new objects alone. */
    assert_int_equal(xsm_compute_new(&policy.engine, XSM_NEW_TRANSITION, a, b, 2, &left, &sid), 0);
    expect_context(&policy, sid, "u:s:b_t");
    assert_int_equal(xsm_compute_new(&policy.engine, XSM_NEW_MEMBER, a, b, 2, &left, &sid), 0);
    expect_context(&policy, sid, "u:object_r:b_t");
    assert_int_equal(xsm_compute_new(&policy.engine, XSM_NEW_CHANGE, a, b, 2, &left, &sid), 0);
    expect_context(&policy, sid, "u:object_r:b_t");
    /* Neither SIDs nor classes that there aren't. */
    assert_int_equal(xsm_compute_access(&policy.engine, a, b, 0, &access), -EINVAL);
    assert_int_equal(xsm_compute_access(&policy.engine, a, b, 3, &access), -EINVAL);
    assert_int_equal(xsm_compute_access(&policy.engine, a, 0, 1, &access), -EINVAL);
    assert_int_equal(xsm_compute_access(&policy.engine, FLASK_MAX_SIDS + 1, b, 1, &access),
                     -EINVAL);
    assert_int_equal(xsm_compute_access(&policy.engine, a, FLASK_MAX_SIDS, 1, &access), -EINVAL);
    free_policy(&policy);
    free(conf);
}

/* Names of files are for new objects alone, too. */
static void test_names(void **state)
{
    struct policy policy = {0};
    struct flask_context from, to, made;
    const struct flask_table *table;
    unsigned int value;

    (void)state;
    make_policy(&policy, "names",
                "type c_t;\nattribute other;\ntype_transition a_t b_t:event c_t "
                "\"name\";");
    table = xsm_table(&policy.engine);
    from = flask_sid_context(table->policy, sid_of(&policy, "a_t"));
    to = flask_sid_context(table->policy, sid_of(&policy, "b_t"));
    value = table->policy->event_class;
    assert_int_equal(flask_new_context(table, FLASK_NEW_TRANSITION, from, to, value, "name", &made),
                     0);
    assert_int_equal(made.type, flask_find_type(table->policy, "c_t", 3));
    flask_new_context(table, FLASK_NEW_TRANSITION, from, to, value, "other", &made);
    assert_int_equal(made.type, to.type);
    flask_new_context(table, FLASK_NEW_CHANGE, from, to, value, "name", &made);
    assert_int_equal(made.type, to.type);
    assert_int_equal(flask_find_attribute(table->policy, "a_t", 3), 0);
    value = flask_find_attribute(table->policy, "all", 3);
    assert_true(value != 0);
    assert_int_equal(flask_find_type(table->policy, "all", 3), 0);
    for (unsigned int type = 1; type <= table->policy->nr_types; type++)
        if (!table->policy->type[type - 1].attribute)
            assert_int_equal(flask_has(table->policy, type, value),
                             strcmp(table->policy->type[type - 1].name, "c_t") != 0);
    assert_true(flask_has(table->policy, from.type, from.type));
    assert_false(flask_has(table->policy, from.type, to.type));
    free_policy(&policy);
}

static void expect_default(const char *rules, const char *expected)
{
    struct policy policy = {0};
    struct xsm_error error;
    xsm_sid sid;

    make_policy(&policy, "default", rules);
    assert_int_equal(xsm_default_domain_sid(&policy.engine, &sid, &error), 0);
    expect_context(&policy, sid, expected);
    free_policy(&policy);
}

static void test_default_label(void **state)
{
    (void)state;
    expect_default("", "u:r:a_t");
    expect_default("type domu_t, all;", "u:r:domu_t");
}

/* Contexts need no NUL: nothing is read after their length, which the sanitizer sees. */
static void test_exact_length(void **state)
{
    static const char *const cut[] = {"u", "u:r", "u:r:a_t", "u:"};
    struct policy policy = {0};
    uint32_t left = 9;
    xsm_sid sid;

    (void)state;
    make_policy(&policy, "exact", "");
    for (unsigned int i = 0; i < 4; i++) {
        size_t length = strlen(cut[i]);
        char *exact = malloc(length);

        assert_non_null(exact);
        memcpy(exact, cut[i], length);
        assert_int_equal(xsm_context_to_sid(&policy.engine, exact, length, &left, &sid),
                         i == 2 ? 0 : -EINVAL);
        free(exact);
    }
    free_policy(&policy);
}

static void test_no_event_class(void **state)
{
    char *conf = small_conf("class domain", "class domain { create }", "", "", "");
    struct policy policy = {0};
    xsm_sid sid = 1;

    (void)state;
    compile_policy_with(&policy, "no-event", "", conf);
    assert_int_equal(xsm_prepare_domain(&policy.engine, XSM_INITIAL_DOMU), 0);
    assert_int_equal(xsm_channel_sid(&policy.engine, XSM_INITIAL_DOMU, XSM_INITIAL_DOMU, &sid), 0);
    assert_int_equal(sid, XSM_SID_NONE);
    free_policy(&policy);
    free(conf);
    conf = small_conf("class event", "class event { send }", "", "", "");
    compile_policy_with(&policy, "no-domain", "", conf);
    assert_int_equal(xsm_prepare_domain(&policy.engine, XSM_INITIAL_DOMU), 0);
    assert_int_equal(xsm_prepare_domain(&policy.engine, XSM_SID_NONE), 0);
    /* All have one context, and equal contexts have one SID. */
    assert_int_equal(xsm_self_sid(&policy.engine, XSM_INITIAL_DOMU), XSM_INITIAL_XENBOOT);
    free_policy(&policy);
    free(conf);
}

static bool has_note(const struct policy *policy, const char *wanted)
{
    char text[XSM_MAX_AUDIT];

    for (unsigned int i = 0; xsm_policy_note(&policy->engine, i, text, sizeof(text)) == 0; i++)
        if (strcmp(text, wanted) == 0)
            return true;
    return false;
}

static void test_rules_that_nothing_asks(void **state)
{
    char *path = test_path("fields.30");
    struct policy policy = {0};

    (void)state;
    load_policy(&policy, path);
    assert_true(has_note(&policy, "validatetrans rules of class k1: no operation asks them"));
    assert_true(has_note(&policy, "validatetrans rules of class k2: no operation asks them"));
    assert_false(has_note(&policy, "validatetrans rules of class k3: no operation asks them"));
    free_policy(&policy);
    free(path);
}

/* More initial SIDs than we have names for. */
static void test_more_sids(void **state)
{
    static const char more[] = "sid s14\nsid s15\nsid s16\nsid s17\nsid s18\nsid s19\nsid s20\n"
                               "sid s21\nsid s22";
    char *conf = small_conf(CLASSES, VECTORS, more, "",
                            "sid s14 u:r:b_t\nsid s20 u:r:b_t\nsid s21 u:r:b_t\nsid s22 u:r:b_t");
    struct policy policy = {0};

    (void)state;
    compile_policy_with(&policy, "more-sids", "", conf);
    assert_true(has_note(&policy, "initial SID 21 is unknown here and labels nothing"));
    assert_true(has_note(&policy, "initial SID 22 is unknown here and labels nothing"));
    assert_false(has_note(&policy, "initial SID 20 is unknown here and labels nothing"));
    assert_false(has_note(&policy, "initial SID 23 is unknown here and labels nothing"));
    expect_context(&policy, XSM_INITIAL_BW_KERNEL, "u:r:b_t");
    expect_context(&policy, XSM_INITIAL_BW_RAMDISK, "u:r:a_t");
    assert_true(has_note(&policy, "no initial SID 15 (bw_ramdisk): unlabeled is in its place"));
    assert_false(has_note(&policy, "no initial SID 14 (bw_kernel): unlabeled is in its place"));
    free_policy(&policy);
    free(conf);
}

/* The longest context has 255 characters: names of so many, without the colons. */
static void expect_names(unsigned int user, unsigned int role, unsigned int type, bool taken)
{
    char *rules = calloc(1, MAX_TEXT), name[256];
    struct xsm_error error = {0};
    char *conf;

    assert_non_null(rules);
    snprintf(name, sizeof(name), "%0*d", (int)type - 1, 0);
    append(rules, "type t%s;\n", name);
    snprintf(name, sizeof(name), "%0*d", (int)role - 1, 0);
    append(rules, "role r%s;\nrole r%s types a_t;\n", name, name);
    snprintf(name, sizeof(name), "%0*d", (int)user - 1, 0);
    append(rules, "user u%s roles r;\n", name);
    conf = small_conf(CLASSES, VECTORS, "", rules, "");
    assert_int_equal(try_policy("long-names", 30, "", conf, &error), taken ? 0 : -EINVAL);
    if (!taken)
        assert_non_null(
            strstr(error.text, "names are so long that a context could exceed 255 characters"));
    free(conf);
    free(rules);
}

static void test_long_names(void **state)
{
    (void)state;
    expect_names(100, 100, 53, true);
    expect_names(100, 100, 54, false);
    expect_names(101, 100, 53, false);
    expect_names(100, 101, 53, false);
}

/* 512 types that rules tell apart, in 32 attributes each: 1024 rules of 262,144 cells each. */
static void test_expansion(void **state)
{
    char *rules = calloc(1, MAX_TEXT), *conf;
    struct xsm_error error = {0};

    (void)state;
    assert_non_null(rules);
    for (unsigned int i = 0; i < 32; i++)
        append(rules, "attribute x%u;\n", i);
    for (unsigned int i = 0; i < 512; i++) {
        append(rules, "type ty%u;\nallow ty%u ty%u:event bind;\ntypeattribute ty%u x0", i, i, i, i);
        for (unsigned int j = 1; j < 32; j++)
            append(rules, ",x%u", j);
        append(rules, ";\n");
    }
    for (unsigned int i = 0; i < 32; i++)
        append(rules,
               "allow x%u { x0 x1 x2 x3 x4 x5 x6 x7 x8 x9 x10 x11 x12 x13 x14 x15 x16 x17 "
               "x18 x19 x20 x21 x22 x23 x24 x25 x26 x27 x28 x29 x30 x31 }:event send;\n",
               i);
    conf = small_conf(CLASSES, VECTORS, "", rules, "");
    assert_int_equal(try_policy("expansion", 30, "", conf, &error), -EINVAL);
    assert_non_null(strstr(error.text, "more than FLASK_MAX_EXPANSION, 268435456, cells"));
    free(conf);
    free(rules);
}

/* A rule is looked for among those that there are. */
static void test_find_rule(void **state)
{
    struct flask_rule rule[3] = {
        {.source = 1, .target = 1, .class_value = 1, .kind = FLASK_RULE_ALLOW},
        {.source = 1, .target = 2, .class_value = 1, .kind = FLASK_RULE_ALLOW},
        {.source = 2, .target = 2, .class_value = 1, .kind = FLASK_RULE_ALLOW}};

    (void)state;
    for (unsigned int count = 0; count <= 3; count++)
        for (unsigned int i = 0; i < 3; i++)
            assert_ptr_equal(flask_find_rule(rule, count, flask_rule_place(&rule[i])),
                             i < count ? &rule[i] : NULL);
}

/* What has no memory for its table isn't decided by; here the table is most of it. */
static void test_not_published(void **state)
{
    char *rules = calloc(1, MAX_TEXT);
    struct policy policy = {0};
    struct xsm_error error;
    unsigned int refused = 0;

    (void)state;
    assert_non_null(rules);
    for (unsigned int i = 0; i < 300; i++)
        append(rules, "type ty%u;\nallow ty%u ty%u:event bind;\n", i, i, i);
    make_policy(&policy, "not-published", rules);
    free(rules);
    for (size_t room = xsm_arena_kept(&policy.engine) & ~(size_t)15; room > 65536; room -= 4096) {
        struct xsm_engine engine = {0};
        void *arena = aligned_alloc(16, room);

        error.text[0] = '\0';
        assert_int_equal(xsm_load_policy(&engine, policy.image, policy.size, arena, room, &error),
                         -ENOMEM);
        assert_null(engine.flask);
        refused += strncmp(error.text, "tables, ", 8) == 0;
        free(arena);
    }
    assert_true(refused > 0);
    free_policy(&policy);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_several_changes),
        cmocka_unit_test(test_conditional_type_rules),
        cmocka_unit_test(test_old_target),
        cmocka_unit_test(test_role_changes),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_no_event_class),
        cmocka_unit_test(test_rules_that_nothing_asks),
        cmocka_unit_test(test_more_sids),
        cmocka_unit_test(test_long_names),
        cmocka_unit_test(test_expansion),
        cmocka_unit_test(test_exact_length),
        cmocka_unit_test(test_default_label),
        cmocka_unit_test(test_deep_stacks),
        cmocka_unit_test(test_find_rule),
        cmocka_unit_test(test_not_published),
    };

    return cmocka_run_group_tests_name("limits of policies", tests, NULL, NULL);
}
