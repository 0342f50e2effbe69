/* SPDX-License-Identifier: BSD-2-Clause */
/* bw, with a hypervisor that says what the test wants. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <xen/xen.h>
#include <xen/hvm/params.h>

#include "hv/public/bailiwick_op.h"
#include "tools/guests/bw/bw.h"
#include "tools/guests/bw/hypercall.h"

#define DENIED                                                                                     \
    "avc:  denied  { bind } for domid=1 target=2 hook=evtchn_alloc_unbound key=flask "             \
    "scontext=u:r:a_channel_t tcontext=u:r:b_t tclass=event permissive=0"
#define ROLE                                                                                       \
    "role:  denied  { flask_load } for domid=2 target=2 hook=flask_load key=role holds=none "      \
    "needs=control scontext=u:r:b_t"
#define REPLACED "policy: replaced by domid=3 scontext=u:r:c_t"

/* One answer to each call, in their order; the last one is repeated. */
struct answer {
    int error;
    const char *text; /* NULL: none may be seen */
    struct bw_audit_read record;
    struct bw_coverage_read covered;
};

static const struct answer *answer;
static size_t nr_answers, nr_calls;
static unsigned int asked;
static uint64_t first_asked[8]; /* where each of the first calls wanted to begin */
static char memory[4096], *out, *err;
static size_t out_size, err_size;
static struct bw bw;

void *bw_memory(size_t size)
{
    assert_true(size <= sizeof(memory));
    return memset(memory, 0, sizeof(memory));
}

/* What the domain's parameter STORE_EVTCHN is, and how the calls that `bw ready` makes end. */
static uint64_t store_port;
static int param_error, notify_error;
static unsigned int notified_domid, notified_port;

int bw_own_param(uint32_t index, uint64_t *value)
{
    assert_int_equal(index, HVM_PARAM_STORE_EVTCHN);
    *value = store_port;
    return param_error;
}

int bw_notify(uint16_t domid, uint32_t port)
{
    notified_domid = domid;
    notified_port = port;
    return notify_error;
}

static uint32_t put_text(uint64_t at, uint32_t room, const char *text)
{
    char *to = (char *)(uintptr_t)at; // NOLINT: as the hypervisor has it

    if (text == NULL)
        return 0;
    assert_true(strlen(text) < room);
    memcpy(to, text, strlen(text) + 1);
    return (uint32_t)strlen(text);
}

int bw_call(unsigned int operation, void *structure)
{
    const struct answer *a = &answer[nr_calls < nr_answers ? nr_calls : nr_answers - 1];
    struct bw_audit_read *record = structure;
    struct bw_coverage_read *covered = structure;
    uint64_t text = 0, begin = 0;

    asked = operation;
    if (operation == BW_OP_audit_read) {
        begin = record->sequence;
        text = record->text;
        if (a->error == 0) {
            uint32_t room = record->size;

            *record = a->record;
            record->size = put_text(text, room, a->text);
        }
    } else if (operation == BW_OP_coverage_read) {
        begin = covered->next;
        text = covered->text;
        if (a->error == 0) {
            uint32_t room = covered->size;

            *covered = a->covered;
            covered->size = put_text(text, room, a->text);
        }
    }
    if (nr_calls < sizeof(first_asked) / sizeof(first_asked[0]))
        first_asked[nr_calls] = begin;
    nr_calls++;
    return a->error;
}

static int start(void **state)
{
    (void)state;
    nr_calls = 0;
    notified_domid = notified_port = 0;
    param_error = notify_error = 0;
    bw =
        (struct bw){.out = open_memstream(&out, &out_size), .err = open_memstream(&err, &err_size)};
    return bw.out == NULL || bw.err == NULL;
}

static int stop(void **state)
{
    (void)state;
    fclose(bw.out);
    fclose(bw.err);
    free(out);
    free(err);
    return 0;
}

static void check(int status, int wanted, const char *wanted_out, const char *wanted_err)
{
    fflush(bw.out);
    fflush(bw.err);
    assert_string_equal(out, wanted_out);
    assert_string_equal(err, wanted_err);
    assert_int_equal(status, wanted);
}

#define ANSWERS(...)                                                                               \
    static const struct answer answers[] = {__VA_ARGS__};                                          \
    answer = answers;                                                                              \
    nr_answers = sizeof(answers) / sizeof(answers[0])

#define RECORD(number, lost_, domid_, target_, kind_)                                              \
    .record = {.sequence = (number),                                                               \
               .time = 2000000000u + (number)*1000u,                                               \
               .lost = (lost_),                                                                    \
               .domid = (domid_),                                                                  \
               .target = (target_),                                                                \
               .kind = (kind_),                                                                    \
               .denied = 1}
#define NO_MORE                                                                                    \
    {                                                                                              \
        .error = -ENOENT                                                                           \
    }

#define ONE_OF_EACH                                                                                \
    {.text = DENIED, RECORD(5, 0, 1, 2, BW_AUDIT_flask)},                                          \
        {.text = REPLACED, RECORD(6, 0, 3, 0xffff, BW_AUDIT_replaced)},                            \
        {.text = ROLE, RECORD(9, 0, 2, 2, BW_AUDIT_role)}, NO_MORE

/* As they are, in the order in which they come, one after the other. */
static void audit_prints_decisions(void **state)
{
    (void)state;
    ANSWERS(ONE_OF_EACH);
    check(bw_audit(&bw), BW_DONE, DENIED "\n" ROLE "\n", "");
    assert_int_equal(nr_calls, 4);
    assert_int_equal(first_asked[0], 1);
    assert_int_equal(first_asked[1], 6);
    assert_int_equal(first_asked[2], 7);
    assert_int_equal(first_asked[3], 10);
}

static void changes_prints_changes(void **state)
{
    (void)state;
    ANSWERS(ONE_OF_EACH);
    check(bw_changes(&bw), BW_DONE, "   2.000006 s  " REPLACED "\n", "");
}

static void audit_prints_json(void **state)
{
    (void)state;
    ANSWERS(ONE_OF_EACH);
    bw.json = true;
    check(bw_audit(&bw), BW_DONE,
          "{\"sequence\":5,\"time\":2000005000,\"kind\":\"flask\",\"denied\":true,"
          "\"permissive\":false,\"domid\":1,\"target\":2,\"permission\":\"bind\","
          "\"hook\":\"evtchn_alloc_unbound\",\"scontext\":\"u:r:a_channel_t\","
          "\"tcontext\":\"u:r:b_t\",\"tclass\":\"event\",\"text\":\"" DENIED "\"}\n"
          "{\"sequence\":9,\"time\":2000009000,\"kind\":\"role\",\"denied\":true,"
          "\"permissive\":false,\"domid\":2,\"target\":2,\"hook\":\"flask_load\","
          "\"holds\":\"none\",\"needs\":\"control\",\"scontext\":\"u:r:b_t\",\"text\":\"" ROLE
          "\"}\n",
          "");
}

static void changes_prints_json(void **state)
{
    (void)state;
    ANSWERS(ONE_OF_EACH);
    bw.json = true;
    check(bw_changes(&bw), BW_DONE,
          "{\"sequence\":6,\"time\":2000006000,\"kind\":\"replaced\",\"domid\":3,"
          "\"scontext\":\"u:r:c_t\",\"text\":\"" REPLACED "\"}\n",
          "");
}

/* Where the hypervisor has looked in vain, it isn't asked again. */
static void what_may_not_be_seen_is_passed(void **state)
{
    (void)state;
    ANSWERS({RECORD(65, 0, 0, 0, 0)}, {RECORD(129, 0, 0, 0, 0)},
            {.text = DENIED, RECORD(130, 0, 1, 2, BW_AUDIT_flask)}, NO_MORE);
    check(bw_audit(&bw), BW_DONE, DENIED "\n", "");
    assert_int_equal(first_asked[1], 65);
    assert_int_equal(first_asked[2], 129);
    assert_int_equal(first_asked[3], 131);
}

/* Of each domain apart, and once only; what was read before it was overwritten isn't missing. */
static void what_is_missing_is_said(void **state)
{
    (void)state;
    ANSWERS({.text = DENIED, RECORD(11, 7, 1, 2, BW_AUDIT_flask)},
            {.text = DENIED, RECORD(12, 7, 1, 2, BW_AUDIT_flask)},
            {.text = REPLACED, RECORD(13, 3, 1, 2, BW_AUDIT_replaced)},
            {.text = ROLE, RECORD(14, 2, 0, 2, BW_AUDIT_role)},
            {.text = DENIED, RECORD(15, 9, 1, 2, BW_AUDIT_flask)},
            {.text = DENIED, RECORD(19, 12, 1, 2, BW_AUDIT_flask)}, NO_MORE);
    check(bw_audit(&bw), BW_DONE, DENIED "\n" DENIED "\n" ROLE "\n" DENIED "\n" DENIED "\n",
          "bw: up to 7 records of domain 1 were overwritten before they could be read\n"
          "bw: up to 2 records of domain 0 were overwritten before they could be read\n"
          "bw: up to 2 records of domain 1 were overwritten before they could be read\n");
}

static void missing_changes_are_said(void **state)
{
    (void)state;
    ANSWERS({.text = DENIED, RECORD(11, 7, 1, 2, BW_AUDIT_flask)},
            {.text = REPLACED, RECORD(14, 3, 1, 0xffff, BW_AUDIT_replaced)}, NO_MORE);
    check(bw_changes(&bw), BW_DONE, "   2.000014 s  " REPLACED "\n",
          "bw: up to 3 changes were overwritten before they could be read\n");
}

static void audit_says_why_not(void **state)
{
    (void)state;
    ANSWERS({.error = -EPERM});
    check(bw_audit(&bw), BW_REFUSED, "",
          "bw: the policy doesn't let this domain read the audit ring (bw_audit read)\n");
    assert_int_equal(nr_calls, 1);
}

static void another_hypervisor(void **state)
{
    (void)state;
    ANSWERS({.error = -ENOSYS});
    check(bw_changes(&bw), BW_REFUSED, "",
          "bw: this hypervisor has no such call: is it Bailiwick?\n");
}

static void an_error_of_no_meaning(void **state)
{
    (void)state;
    ANSWERS({.error = -EFAULT});
    check(bw_audit(&bw), BW_REFUSED, "", "bw: Bad address\n");
}

/* Until it may not any more; what comes is printed before the next is waited for. */
static void follow_waits_for_more(void **state)
{
    (void)state;
    ANSWERS(NO_MORE, {.text = DENIED, RECORD(1, 0, 1, 2, BW_AUDIT_flask)}, NO_MORE,
            {.error = -EPERM});
    bw.follow = true;
    check(bw_audit(&bw), BW_REFUSED, DENIED "\n",
          "bw: the policy doesn't let this domain read the audit ring (bw_audit read)\n");
    assert_int_equal(nr_calls, 4);
    assert_int_equal(first_asked[3], 2);
}

#define COVERED(verdict) "covered:  " verdict "  { bind } for hook=x scontext=a tcontext=b tclass=c"
#define COVERAGE                                                                                   \
    {.text = COVERED("granted"), .covered = {.next = 3}},                                          \
        {.text = COVERED("denied"), .covered = {.next = 9}},                                       \
        {.text = NULL, .covered = {.next = 11}},                                                   \
        {.text = COVERED("permissive"), .covered = {.next = 12, .lost = 4}}, NO_MORE

static void coverage_is_sorted(void **state)
{
    (void)state;
    ANSWERS(COVERAGE);
    check(bw_coverage(&bw), BW_DONE,
          COVERED("denied") "\n" COVERED("granted") "\n" COVERED("permissive") "\n",
          "bw: there was no room for 4 decisions\n");
    assert_int_equal(first_asked[0], 0);
    assert_int_equal(first_asked[1], 3);
    assert_int_equal(first_asked[4], 12);
}

static void coverage_prints_json(void **state)
{
    (void)state;
    ANSWERS({.text = COVERED("permissive"), .covered = {.next = 1}}, NO_MORE);
    bw.json = true;
    check(bw_coverage(&bw), BW_DONE,
          "{\"verdict\":\"permissive\",\"permission\":\"bind\",\"hook\":\"x\",\"scontext\":\"a\","
          "\"tcontext\":\"b\",\"tclass\":\"c\",\"text\":\"" COVERED("permissive") "\"}\n",
          "");
}

static void coverage_of_many(void **state)
{
    char *wanted = calloc(1000, sizeof(COVERED("denied")) + 1);
    struct answer *many = calloc(1001, sizeof(*many));

    (void)state;
    assert_non_null(wanted);
    assert_non_null(many);
    for (size_t i = 0; i < 1000; i++) {
        many[i].text = COVERED("denied");
        strcpy(wanted + i * sizeof(COVERED("denied")), COVERED("denied") "\n"); // NOLINT: it fits
    }
    many[1000].error = -ENOENT;
    answer = many;
    nr_answers = 1001;
    check(bw_coverage(&bw), BW_DONE, wanted, "");
    free(many);
    free(wanted);
}

static void coverage_says_why_not(void **state)
{
    (void)state;
    ANSWERS({.error = -EAGAIN});
    check(bw_coverage(&bw), BW_REFUSED, "",
          "bw: nothing is collected; `bw coverage --reset` begins\n");
}

static void reset_resets(void **state)
{
    (void)state;
    ANSWERS({.error = 0});
    bw.reset = true;
    check(bw_coverage(&bw), BW_DONE, "", "");
    assert_int_equal(nr_calls, 1);
    assert_int_equal(asked, BW_OP_coverage_reset);
}

static void reset_in_a_release(void **state)
{
    (void)state;
    ANSWERS({.error = -EOPNOTSUPP});
    bw.reset = true;
    check(bw_coverage(&bw), BW_REFUSED, "",
          "bw: this hypervisor collects no decisions (RELEASE)\n");
}

static void seal_seals(void **state)
{
    (void)state;
    ANSWERS({.error = 0});
    check(bw_seal(&bw), BW_DONE, "", "");
    assert_int_equal(asked, BW_OP_policy_seal);
}

static void seal_says_why_not(void **state)
{
    (void)state;
    ANSWERS({.error = -EBUSY}, {.error = -ENOSYS});
    assert_int_equal(bw_seal(&bw), BW_REFUSED);
    check(bw_seal(&bw), BW_REFUSED, "",
          "bw: the policy isn't enforced, or has permissive types\n"
          "bw: there is no policy to seal\n");
}

static void ready_notifies_whom_it_was_told(void **state)
{
    (void)state;
    store_port = 0x7ff50000000bu;
    check(bw_ready(&bw), BW_DONE, "", "");
    assert_int_equal(notified_domid, 0x7ff5);
    assert_int_equal(notified_port, 11);
}

/* None, or a port of its own, as for xenstore. */
static void ready_without_a_boot_domain(void **state)
{
    (void)state;
    store_port = 3;
    check(bw_ready(&bw), BW_REFUSED, "", "bw: no boot domain waits for this one\n");
    assert_int_equal(notified_domid, 0);
}

static void ready_says_why_not(void **state)
{
    (void)state;
    store_port = 0x7ff50000000bu;
    notify_error = -EPERM;
    assert_int_equal(bw_ready(&bw), BW_REFUSED);
    param_error = -ENODEV;
    check(bw_ready(&bw), BW_REFUSED, "",
          "bw: telling the boot domain: Operation not permitted\n"
          "bw: asking whom to tell: No such device\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(audit_prints_decisions),
        TEST(changes_prints_changes),
        TEST(audit_prints_json),
        TEST(changes_prints_json),
        TEST(what_may_not_be_seen_is_passed),
        TEST(what_is_missing_is_said),
        TEST(missing_changes_are_said),
        TEST(audit_says_why_not),
        TEST(another_hypervisor),
        TEST(an_error_of_no_meaning),
        TEST(follow_waits_for_more),
        TEST(coverage_is_sorted),
        TEST(coverage_prints_json),
        TEST(coverage_of_many),
        TEST(coverage_says_why_not),
        TEST(reset_resets),
        TEST(reset_in_a_release),
        TEST(seal_seals),
        TEST(seal_says_why_not),
        TEST(ready_notifies_whom_it_was_told),
        TEST(ready_without_a_boot_domain),
        TEST(ready_says_why_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
