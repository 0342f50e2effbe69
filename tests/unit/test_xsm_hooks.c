/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The rows of hooks.def. Each check of each row has minimal pairs: the same query with one party
 * relabelled, to a label that lacks exactly the permission of the check, and to one that lacks
 * exactly another.
 */
#include <errno.h>

#include "xsm/hooks.h"
#include "xsm_fixture.h"

#define MAX_QUESTIONS 128u
#define ALL_ROLES                                                                                  \
    (XSM_ROLE_CONTROL | XSM_ROLE_HARDWARE | XSM_ROLE_BOOT | XSM_ROLE_CRASH | XSM_ROLE_CONSOLE |    \
     XSM_ROLE_XENSTORE | XSM_ROLE_HYPERVISOR)

static const struct xsm_question *question[MAX_QUESTIONS]; /* each class and permission once */
static unsigned int nr_questions;
static struct policy pairs;

static bool same(const struct xsm_question *a, const struct xsm_question *b)
{
    return strcmp(a->class_name, b->class_name) == 0 && strcmp(a->permission, b->permission) == 0;
}

static unsigned int number_of(const struct xsm_question *wanted)
{
    for (unsigned int i = 0; i < nr_questions; i++)
        if (same(question[i], wanted))
            return i;
    assert_in_range(nr_questions, 0, MAX_QUESTIONS - 1);
    question[nr_questions] = wanted;
    return nr_questions++;
}

static void collect_questions(void)
{
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        const struct xsm_check *check;

        for (unsigned int i = 0; (check = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++) {
            number_of(&check->ask);
            if (check->fallback == XSM_OR_OTHER)
                number_of(check->other);
        }
    }
}

/* Every permission of the class but one that is left out, of those that rows ask. */
static void append_permissions(char *conf, const char *class_name, unsigned int without)
{
    append(conf, ":%s { ", class_name);
    for (unsigned int i = 0; i < nr_questions; i++)
        if (i != without && strcmp(question[i]->class_name, class_name) == 0)
            append(conf, "%s ", question[i]->permission);
    append(conf, "};\n");
}

static bool asks_more(unsigned int without)
{
    for (unsigned int i = 0; i < nr_questions; i++)
        if (i != without && strcmp(question[i]->class_name, question[without]->class_name) == 0)
            return true;
    return false;
}

/* Is this the first question on its class? */
static bool first_of_class(unsigned int index)
{
    for (unsigned int i = 0; i < index; i++)
        if (strcmp(question[i]->class_name, question[index]->class_name) == 0)
            return false;
    return true;
}

/* What lacks permission k as an object is oK_t, as a subject sK_t. */
static void append_pair_rules(char *conf, unsigned int lacking)
{
    for (unsigned int i = 0; i < nr_questions; i++) {
        bool of_class = strcmp(question[i]->class_name, question[lacking]->class_name) == 0;

        if (!first_of_class(i) || (of_class && !asks_more(lacking)))
            continue;
        append(conf, "allow subject o%u_t", lacking);
        append_permissions(conf, question[i]->class_name, of_class ? lacking : MAX_QUESTIONS);
        append(conf, "allow s%u_t object", lacking);
        append_permissions(conf, question[i]->class_name, of_class ? lacking : MAX_QUESTIONS);
    }
}

static char *make_pairs_conf(void)
{
    static const char *const sids[] = {"xenboot",   "xen",      "dom0",   "domio", "domxen",
                                       "unlabeled", "security", "ioport", "iomem", "irq",
                                       "device",    "domU",     "domDM"};
    char *conf = calloc(1, MAX_TEXT);

    assert_non_null(conf);
    append_file(conf, "policy/vocabulary/security_classes");
    for (unsigned int i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
        append(conf, "sid %s\n", sids[i]);
    append_file(conf, "policy/vocabulary/access_vectors");
    append(conf, "attribute all;\nattribute subject;\nattribute object;\n"
                 "type ok_t, all, subject, object;\n");
    for (unsigned int i = 0; i < nr_questions; i++)
        append(conf, "type o%u_t, all, subject;\ntype s%u_t, all, object;\n", i, i);
    append(conf, "role r;\nrole r types all;\n");
    for (unsigned int i = 0; i < nr_questions; i++) {
        append_pair_rules(conf, i);
        if (!first_of_class(i))
            continue;
        append(conf, "allow subject { ok_t ");
        for (unsigned int j = 0; j < nr_questions; j++)
            append(conf, "s%u_t ", j);
        append(conf, "}");
        append_permissions(conf, question[i]->class_name, MAX_QUESTIONS);
    }
    append(conf, "user u roles r;\n");
    for (unsigned int i = 0; i < sizeof(sids) / sizeof(sids[0]); i++)
        append(conf, "sid %s u:r:ok_t\n", sids[i]);
    return conf;
}

static int set_up(void **state)
{
    char *conf;

    (void)state;
    collect_questions();
    conf = make_pairs_conf();
    compile_policy(&pairs, "pairs", 30, conf);
    free(conf);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free_policy(&pairs);
    return 0;
}

/* A query that is allowed: every party has every permission. */
static struct xsm_query good_query(unsigned int hook)
{
    struct xsm_query query = {.hook = (enum xsm_hook)hook, .target_domid = 7, .self = false};

    query.caller.domid = 3;
    query.caller.sid = sid_of(&pairs, "ok_t");
    query.caller.roles = ALL_ROLES;
    for (unsigned int i = 0; i < XSM_NR_PARTIES; i++)
        query.sid[i] = query.caller.sid;
    return query;
}

static void relabel(struct xsm_query *query, enum xsm_party party, char kind, unsigned int number)
{
    char label[16];
    xsm_sid sid;

    snprintf(label, sizeof(label), "%c%u_t", kind, number);
    sid = sid_of(&pairs, label);
    query->sid[party] = sid;
    if (party == XSM_PARTY_caller)
        query->caller.sid = sid;
}

/* The row must deny exactly those checks that ask `number` of the relabelled party. */
static void expect(const struct xsm_query *query, enum xsm_party party, char kind,
                   unsigned int number)
{
    struct xsm_verdict verdict;
    const struct xsm_check *check;
    unsigned int records = 0;
    int status = xsm_ask(&pairs.engine, query, &verdict);

    for (unsigned int i = 0; (check = xsm_row_check(query->hook, i)) != NULL; i++) {
        enum xsm_party asked = kind == 's' ? check->ask.subject : check->ask.object;

        if (asked != party || number_of(&check->ask) != number)
            continue;
        assert_in_range(verdict.nr_records, records + 1, XSM_MAX_CHECKS + 2);
        assert_int_equal(verdict.record[records].check, i);
        assert_int_equal(verdict.record[records].key, XSM_KEY_FLASK);
        assert_true(verdict.record[records].denied);
        assert_int_equal(verdict.record[records].domid, 3);
        assert_int_equal(verdict.record[records].target_domid, 7);
        records++;
    }
    assert_int_equal(verdict.nr_records, records);
    assert_int_equal(status, records == 0 ? 0 : -EPERM);
    assert_int_equal(verdict.allowed, records == 0);
    assert_int_equal(verdict.denied_by[XSM_KEY_FLASK], records != 0);
    assert_false(verdict.denied_by[XSM_KEY_ROLE] || verdict.denied_by[XSM_KEY_PHASE]);
}

static void test_minimal_pairs(void **state)
{
    unsigned int compared = 0;

    (void)state;
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        struct xsm_query good = good_query(hook);

        expect(&good, XSM_NR_PARTIES, 's', 0);
        for (unsigned int party = 0; party < XSM_NR_PARTIES; party++)
            for (unsigned int number = 0; number < nr_questions; number++) {
                struct xsm_query query = good;

                /* Never taken from the query. */
                if (party == XSM_PARTY_xen || party == XSM_PARTY_security)
                    continue;
                relabel(&query, (enum xsm_party)party, 'o', number);
                expect(&query, (enum xsm_party)party, 'o', number);
                query = good;
                relabel(&query, (enum xsm_party)party, 's', number);
                expect(&query, (enum xsm_party)party, 's', number);
                compared += 2;
            }
    }
    assert_true(compared > 5000);
}

/* Every row but those of the phase is asked as ever; those are refused, whatever the policy says.
 */
static void expect_phase(struct xsm_query query, enum xsm_phase over)
{
    bool refused = xsm_rows[query.hook].phase == over;
    struct xsm_verdict verdict;

    assert_int_equal(xsm_ask(&pairs.engine, &query, &verdict), refused ? -EPERM : 0);
    assert_int_equal(verdict.nr_records, refused ? 1 : 0);
    assert_int_equal(verdict.denied_by[XSM_KEY_PHASE], refused);
    assert_false(verdict.denied_by[XSM_KEY_FLASK]);
}

static void test_phases(void **state)
{
    (void)state;
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        struct xsm_query query = good_query(hook);

        query.finalised = true;
        expect_phase(query, XSM_PHASE_LAUNCH);
        query.finalised = false;
        query.sealed = true;
        expect_phase(query, XSM_PHASE_UNSEALED);
    }
}

/* All keys are asked even when the first has refused. */
static void test_both_keys(void **state)
{
    struct xsm_query query = good_query(XSM_HOOK_domain_create);
    struct xsm_verdict verdict;
    struct xsm_question create = {.class_name = "domain", .permission = "create"};

    (void)state;
    query.finalised = true;
    relabel(&query, XSM_PARTY_label, 'o', number_of(&create));
    assert_int_equal(xsm_ask(&pairs.engine, &query, &verdict), -EPERM);
    assert_int_equal(verdict.nr_records, 2);
    assert_true(verdict.denied_by[XSM_KEY_PHASE]);
    assert_true(verdict.denied_by[XSM_KEY_FLASK]);
    assert_int_equal(verdict.record[0].key, XSM_KEY_PHASE);
    assert_int_equal(verdict.record[1].key, XSM_KEY_FLASK);
}

/* Parties that the caller left out are asked as unlabeled, not as allowed. */
static void test_missing_party(void **state)
{
    struct xsm_query query = good_query(XSM_HOOK_evtchn_send);
    struct xsm_verdict verdict;
    struct xsm_question send = {.class_name = "event", .permission = "send"};

    (void)state;
    query.sid[XSM_PARTY_channel] = XSM_SID_NONE;
    assert_int_equal(xsm_ask(&pairs.engine, &query, &verdict), 0); /* unlabeled is ok_t here */
    relabel(&query, XSM_PARTY_caller, 's', number_of(&send));
    assert_int_equal(xsm_ask(&pairs.engine, &query, &verdict), -EPERM);
    assert_int_equal(verdict.record[0].object, XSM_INITIAL_UNLABELED);
    query.hook = XSM_NR_HOOKS;
    assert_int_equal(xsm_ask(&pairs.engine, &query, &verdict), -EPERM);
    assert_string_equal(xsm_hook_name(XSM_NR_HOOKS), "unknown");
    assert_string_equal(xsm_hook_name(XSM_HOOK_domain_create), "domain_create");
}

static const char *const party_name[XSM_NR_PARTIES] = {
    [XSM_PARTY_caller] = "caller",
    [XSM_PARTY_target] = "target",
    [XSM_PARTY_peer] = "peer",
    [XSM_PARTY_channel] = "channel",
    [XSM_PARTY_far_channel] = "far_channel",
    [XSM_PARTY_label] = "label",
    [XSM_PARTY_module] = "module",
    [XSM_PARTY_xen] = "xen",
    [XSM_PARTY_security] = "security",
};

static void append_question(char *text, const char *before, const struct xsm_question *asked)
{
    append(text, "%s %s->%s %s:%s", before, party_name[asked->subject], party_name[asked->object],
           asked->class_name, asked->permission);
}

static void append_row(char *text, unsigned int hook)
{
    static const char *const fallback[] = {"", " or self", ""};
    static const char *const phase[] = {
        [XSM_PHASE_ANY] = "", [XSM_PHASE_LAUNCH] = " launch", [XSM_PHASE_UNSEALED] = " unsealed"};
    const struct xsm_row *row = &xsm_rows[hook];
    const struct xsm_check *check;

    append(text, "%s%s%s%s:", row->name, row->kind == XSM_FILTER ? " filter" : "",
           phase[row->phase], row->holds == XSM_HOLDS_CHECKS ? " holds" : "");
    for (unsigned int i = 0; (check = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++) {
        append_question(text, i == 0 ? "" : ",", &check->ask);
        append(text, "%s", fallback[check->fallback]);
        if (check->fallback == XSM_OR_OTHER)
            append_question(text, " or", check->other);
    }
    append(text, "\n");
}

/*
 * What each row asks, once more, by hand: whoever changes the authority over an operation changes
 * tests/unit/hooks.expected too, and is asked why.
 */
static void test_expected_rows(void **state)
{
    char *rows = calloc(1, MAX_TEXT), *expected, *path = test_path("unit-hooks.rows");
    size_t size;

    (void)state;
    assert_non_null(rows);
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        append_row(rows, hook);
    write_text(path, rows);
    expected = read_text("tests/unit/hooks.expected", &size);
    if (strcmp(rows, expected) != 0)
        fail_msg("compare tests/unit/hooks.expected with %s", path);
    free(path);
    free(expected);
    free(rows);
}

/* Does the vocabulary give this permission to this class? */
static bool in_vocabulary(const char *vocabulary, const struct xsm_question *wanted)
{
    char text[64];
    const char *class, *end, *found;

    snprintf(text, sizeof(text), "\nclass %s\n", wanted->class_name);
    class = strstr(vocabulary, text);
    if (class == NULL)
        return false;
    end = strchr(class, '}');
    snprintf(text, sizeof(text), "\n    %s\n", wanted->permission);
    found = strstr(class, text);
    return found != NULL && end != NULL && found < end;
}

static void test_vocabulary(void **state)
{
    size_t size;
    char *vocabulary = read_text("policy/vocabulary/access_vectors", &size);

    (void)state;
    for (unsigned int i = 0; i < nr_questions; i++)
        if (!in_vocabulary(vocabulary, question[i]))
            fail_msg("%s:%s is not in policy/vocabulary", question[i]->class_name,
                     question[i]->permission);
    free(vocabulary);
}

/* The places of initial_sids are the numbers of enum xsm_initial_sid. */
static void test_initial_sids(void **state)
{
    static const char *const names[XSM_INITIAL_END] = {
        [XSM_INITIAL_XENBOOT] = "xenboot",
        [XSM_INITIAL_XEN] = "xen",
        [XSM_INITIAL_DOM0] = "dom0",
        [XSM_INITIAL_DOMIO] = "domio",
        [XSM_INITIAL_DOMXEN] = "domxen",
        [XSM_INITIAL_UNLABELED] = "unlabeled",
        [XSM_INITIAL_SECURITY] = "security",
        [XSM_INITIAL_IOPORT] = "ioport",
        [XSM_INITIAL_IOMEM] = "iomem",
        [XSM_INITIAL_IRQ] = "irq",
        [XSM_INITIAL_DEVICE] = "device",
        [XSM_INITIAL_DOMU] = "domU",
        [XSM_INITIAL_DOMDM] = "domDM",
        [XSM_INITIAL_BW_KERNEL] = "bw_kernel",
        [XSM_INITIAL_BW_RAMDISK] = "bw_ramdisk",
        [XSM_INITIAL_BW_DEVICE_TREE] = "bw_device_tree",
        [XSM_INITIAL_BW_MICROCODE] = "bw_microcode",
        [XSM_INITIAL_BW_POLICY] = "bw_policy",
        [XSM_INITIAL_BW_CONFIG] = "bw_config",
        [XSM_INITIAL_BW_LCM] = "bw_lcm",
    };
    size_t size;
    char *text = read_text("policy/vocabulary/initial_sids", &size);
    unsigned int number = 0;

    (void)state;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n")) {
        if (strncmp(line, "sid ", 4) != 0)
            continue;
        number++;
        assert_in_range(number, 1, XSM_INITIAL_END - 1);
        assert_string_equal(line + 4, names[number]);
    }
    assert_int_equal(number, XSM_INITIAL_END - 1);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vocabulary),    cmocka_unit_test(test_initial_sids),
        cmocka_unit_test(test_minimal_pairs), cmocka_unit_test(test_phases),
        cmocka_unit_test(test_both_keys),     cmocka_unit_test(test_missing_party),
        cmocka_unit_test(test_expected_rows),
    };

    return cmocka_run_group_tests_name("hooks", tests, set_up, tear_down);
}
