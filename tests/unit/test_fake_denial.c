/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A refused call changes nothing but the caller's result, its audit record and counters: for every
 * row of hv/gate/ops.def, whoever refuses and whatever is wrong with the call.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv/machine/memory.h"
#include "hv_cases.h"
#include "hv_digest.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "xsm/hooks.h"

#define NOWHERE 0x300000ul /* the caller has 1 MiB */
#define RANDOM_HEADERS 100
#define ALL_ROLES                                                                                  \
    (XSM_ROLE_CONTROL | XSM_ROLE_HARDWARE | XSM_ROLE_BOOT | XSM_ROLE_CRASH | XSM_ROLE_CONSOLE |    \
     XSM_ROLE_XENSTORE)

static const struct op_case *current;
static const char *variant;

#define expect(condition)                                                                          \
    do {                                                                                           \
        if (!(condition))                                                                          \
            fail_msg("%s, %s: %s", current->name, variant, #condition);                            \
    } while (0)

static void stage(const char *label, struct attempt *t)
{
    cases_stage(label);
    cases_prepare(current, t);
}

static void expect_no_change(const struct digest *before)
{
    struct digest after = digest_take();
    const char *part = digest_difference(before, &after);

    if (part != NULL)
        fail_msg("%s, %s: changed the %s", current->name, variant, part);
}

/* Call; a call that fails must leave everything as it was. */
static int64_t call_checked(const struct attempt *t)
{
    struct digest before = digest_take();
    int64_t result = cases_call(t);

    if (result < 0)
        expect_no_change(&before);
    return result;
}

/* What lets the rest of this file mean something: the same calls, when allowed, do something. */
static void permitted_calls_have_their_effect(void **state)
{
    (void)state;
    variant = "permitted";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct digest before, after;
        struct attempt t;
        int64_t result;

        current = &op_cases[i];
        stage("all_t", &t);
        before = digest_take();
        result = cases_call(&t);
        after = digest_take();
        if (strcmp(current->name, "version_build_id") == 0)
            expect(result == -ENODEV);
        else if (strcmp(current->name, "hypfs_write") == 0)
            expect(result == -EACCES);
        else
            expect(result >= 0);
        expect((digest_difference(&before, &after) != NULL) == (t.effect == EFFECT_STATE));
        expect(strstr(fake.output, "denied") == NULL);
    }
}

/* "no_event_bind_t": who lacks the permission of this one check. */
static void label_without(const struct xsm_question *ask, char *label, size_t size)
{
    (void)snprintf(label, size, "no_%s%s_%s_t", ask->subject == XSM_PARTY_far_channel ? "far_" : "",
                   ask->class_name, ask->permission);
}

static unsigned int count_denials(void)
{
    unsigned int n = 0;

    for (const char *at = fake.output; (at = strstr(at, "denied  {")) != NULL; at++)
        n++;
    return n;
}

static void expect_denied(const char *label, const struct xsm_question *ask)
{
    char permission[64], hook[64];
    struct attempt t;

    variant = label;
    stage(label, &t);
    expect(call_checked(&t) == -EPERM);
    (void)snprintf(permission, sizeof(permission), "avc:  denied  { %s }", ask->permission);
    (void)snprintf(hook, sizeof(hook), " hook=%s key=flask", xsm_hook_name(current->hook));
    expect(strstr(fake.output, permission) != NULL);
    expect(strstr(fake.output, hook) != NULL);
    expect(count_denials() == 1);
}

static void policy_denies_by_each_check_alone(void **state)
{
    unsigned int denied = 0;
    char label[80];

    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        const struct xsm_check *check;

        current = &op_cases[i];
        for (unsigned int n = 0; (check = xsm_row_check(current->hook, n)) != NULL; n++, denied++) {
            label_without(&check->ask, label, sizeof(label));
            expect_denied(label, &check->ask);
        }
    }
    assert_true(denied >= nr_op_cases / 2);
}

/* Without a policy nobody reaches another domain but by channels, and nobody holds a role here. */
static void role_key_denies_alone(void **state)
{
    unsigned int denied = 0;

    (void)state;
    variant = "role engine";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        const struct xsm_row *row;
        struct attempt t;

        current = &op_cases[i];
        row = &xsm_rows[current->hook];
        stage(NULL, &t);
        if (row->alone == XSM_WHO_SELF && t.domid != NULL)
            *t.domid = cases_peer()->domid;
        else if (row->alone == XSM_WHO_SELF || (row->alone & (XSM_WHO_ANYONE | XSM_WHO_PEERS)))
            continue;
        expect(call_checked(&t) == -EPERM);
        expect(strstr(fake.output, "role:  denied") != NULL);
        denied++;
    }
    assert_true(denied >= 5);
}

/* With a policy that allows it, too; and all other roles together don't help. */
static void role_key_denies_beside_the_policy(void **state)
{
    unsigned int denied = 0;

    (void)state;
    variant = "role key";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        current = &op_cases[i];
        stage("all_t", &t);
        if ((xsm_rows[current->hook].roles & XSM_WHO_ANYONE) != 0)
            continue;
        t.d->roles = ALL_ROLES & ~xsm_rows[current->hook].roles;
        expect(call_checked(&t) == -EPERM);
        expect(strstr(fake.output, "role:  denied") != NULL);
        denied++;
    }
    assert_true(denied >= 8);
}

/* What is for an unsealed policy alone, once it is sealed. */
static void the_seal_denies(void **state)
{
    unsigned int denied = 0;

    (void)state;
    variant = "sealed";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        current = &op_cases[i];
        if (xsm_rows[current->hook].phase != XSM_PHASE_UNSEALED)
            continue;
        stage("all_t", &t);
        gate_sealed = true;
        expect(call_checked(&t) == -EPERM);
        expect(strstr(fake.output, "phase:  denied") != NULL);
        gate_sealed = false;
        denied++;
    }
    assert_true(denied >= 8);
}

/* What is for the launch, once it is finalised. */
static void finalising_denies(void **state)
{
    unsigned int denied = 0;

    (void)state;
    variant = "finalised";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        current = &op_cases[i];
        if (xsm_rows[current->hook].phase != XSM_PHASE_LAUNCH)
            continue;
        stage("all_t", &t);
        gate_finalised = true;
        expect(call_checked(&t) == -EPERM);
        expect(strstr(fake.output, "phase:  denied") != NULL);
        gate_finalised = false;
        denied++;
    }
    assert_true(denied >= 12);
}

static const struct {
    const char *what;
    uint64_t address;
} bad_addresses[] = {
    {"null", 0},
    {"unmapped", NOWHERE},
    {"the last byte of all", UINT64_MAX},
    {"wrapping", UINT64_MAX - 3},
    {"non-canonical", 1ul << 47},
    {"the end of the lower half", (1ul << 47) - 4},
    {"the start of the upper half", UINT64_MAX << 47},
    {"its second half unmapped", 0}, /* filled in */
};

static uint64_t bad_address(unsigned int index, size_t size)
{
    return index == ARRAY_SIZE(bad_addresses) - 1 ? ARGUMENTS_END - size / 2
                                                  : bad_addresses[index].address;
}

static void bad_addresses_change_nothing(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        for (unsigned int n = 0; n < ARRAY_SIZE(bad_addresses); n++) {
            struct attempt t;

            current = &op_cases[i];
            variant = bad_addresses[n].what;
            stage("all_t", &t);
            if (t.pointer == CASES_NO_POINTER)
                break;
            t.argument[t.pointer] = bad_address(n, t.size);
            if (n == ARRAY_SIZE(bad_addresses) - 1)
                memcpy(scene_memory(t.d, bad_address(n, t.size)), scene_memory(t.d, ARGUMENTS),
                       t.kept);
            expect(call_checked(&t) == -EFAULT);
        }
    }
}

static void bad_nested_addresses_change_nothing(void **state)
{
    unsigned int tried = 0;

    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        for (unsigned int n = 0; n < ARRAY_SIZE(bad_addresses); n++) {
            struct attempt t;

            current = &op_cases[i];
            variant = bad_addresses[n].what;
            stage("all_t", &t);
            if (t.nested == NULL)
                break;
            *t.nested = bad_address(n, sizeof(uint32_t));
            expect(call_checked(&t) == -EFAULT);
            tried++;
        }
    }
    assert_int_equal(tried, 22 * ARRAY_SIZE(bad_addresses));
}

static void results_that_cannot_be_written_change_nothing(void **state)
{
    (void)state;
    variant = "read-only result";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        current = &op_cases[i];
        stage("all_t", &t);
        if (!current->writes_back)
            continue;
        fake_restrict(t.d, ARGUMENTS, ARGUMENTS + PAGE_SIZE, FAKE_READ_ONLY);
        expect(call_checked(&t) == -EFAULT);
    }
}

enum field { FIELD_DOMID, FIELD_PORT, FIELD_COUNT };

static void try_numbers(enum field field, struct attempt *t)
{
    /* What is no error with one of these must not be one that had half its effect. */
    static const uint32_t numbers[] = {
        0,      1,      2,       3,         63,         64,         1023,
        1024,   1025,   4095,    4096,      99,         256,        512,
        9999,   0x7fef, 0x7ff0,  0x7ff1,    0x7ff2,     0x7ff4,     0x7fff,
        0x8000, 0xffff, 0x10000, INT32_MAX, 0x80000000, 0xfffffffe, UINT32_MAX,
    };

    for (unsigned int n = 0; n < ARRAY_SIZE(numbers); n++) {
        stage("all_t", t);
        if (field == FIELD_DOMID)
            *t->domid = (uint16_t)numbers[n];
        else if (field == FIELD_PORT)
            *t->port = numbers[n];
        else
            *t->count = numbers[n];
        (void)call_checked(t);
    }
}

static void strange_numbers_change_nothing(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        current = &op_cases[i];
        stage("all_t", &t);
        variant = "strange domid";
        if (t.domid != NULL)
            try_numbers(FIELD_DOMID, &t);
        variant = "strange port";
        if (t.port != NULL)
            try_numbers(FIELD_PORT, &t);
        variant = "strange count";
        if (t.count != NULL)
            try_numbers(FIELD_COUNT, &t);
    }
}

/* Who has no right to either can't tell an absent domain from one that is there. */
static void absent_looks_like_denied(void **state)
{
    unsigned int tried = 0;

    (void)state;
    variant = "absent domain";
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        char label[80] = "no_event_bind_t";

        current = &op_cases[i];
        if (current->number == __HYPERVISOR_xsm_op || current->number == __HYPERVISOR_hvm_op ||
            current->number == HYPERVISOR_BAILIWICK_OP)
            label_without(&xsm_row_check(current->hook, 0)->ask, label, sizeof(label));
        stage(label, &t);
        if (t.domid == NULL)
            continue;
        *t.domid = cases_peer()->domid;
        expect(call_checked(&t) == -EPERM);
        stage(label, &t);
        *t.domid = 999;
        expect(call_checked(&t) == -EPERM);
        tried++;
    }
    assert_int_equal(tried, 13);
}

static void misplaced_headers_change_nothing(void **state)
{
    uint64_t seed = 1;

    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        struct attempt t;

        current = &op_cases[i];
        variant = "misaligned";
        stage("all_t", &t);
        if (t.pointer == CASES_NO_POINTER || current->header_size == 0)
            continue;
        t.argument[t.pointer]++;
        (void)call_checked(&t);
        variant = "random header";
        for (unsigned int n = 0; n < RANDOM_HEADERS; n++) {
            uint8_t *header = scene_memory(t.d, ARGUMENTS);

            if (t.d->state != DOMAIN_RUNNING)
                stage("all_t", &t);
            for (size_t at = t.kept; at < current->header_size; at++) {
                seed = seed * 6364136223846793005u + 1442695040888963407u;
                header[at] = (uint8_t)(seed >> (seed >> 62 ? 56 : 62));
            }
            (void)call_checked(&t);
        }
    }
}

static void counts_are_bounded(void **state)
{
    static const uint64_t counts[] = {65, UINT32_MAX, UINT64_MAX};
    struct attempt t;

    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        current = &op_cases[i];
        variant = "many elements";
        stage("all_t", &t);
        for (unsigned int n = 0; n < ARRAY_SIZE(counts); n++) {
            if (current->number == __HYPERVISOR_grant_table_op)
                t.argument[2] = counts[n];
            else if (current->hook == XSM_HOOK_console_write)
                t.argument[1] = counts[n] + 4096;
            else
                break;
            if (t.argument[1] >= 4096)
                expect(call_checked(&t) == -E2BIG);
        }
    }
}

static void unknown_operations_change_nothing(void **state)
{
    struct attempt t;

    (void)state;
    variant = "unknown";
    current = &op_cases[0];
    stage("all_t", &t);
    for (t.number = 0; t.number < 64; t.number++) {
        t.argument[0] = 0x7777;
        expect(call_checked(&t) == -ENOSYS);
    }
    t.number = UINT64_MAX;
    expect(call_checked(&t) == -ENOSYS);
}

/* The hypercall page and the port that early kernels print to are asked for without a hypercall. */
static void other_ways_in_ask_as_well(void **state)
{
    static const uint64_t bad_pages[] = {NOWHERE, 0x40001, 1ul << 47, UINT64_MAX, UINT64_MAX << 12};
    struct digest before, after;
    struct attempt t;

    (void)state;
    current = &op_cases[0];
    variant = "console without the right";
    stage("no_xen_writeconsole_t", &t);
    before = digest_take();
    expect(gate_console_write(t.d->vcpu[0], "forbidden", 9) == -EPERM);
    expect_no_change(&before);
    expect(strstr(fake.output, "hook=console_write key=flask") != NULL);

    variant = "hypercall page";
    for (unsigned int i = 0; i < ARRAY_SIZE(bad_pages); i++) {
        expect(gate_hypercall_page(t.d->vcpu[0], bad_pages[i]) == -EINVAL);
        expect_no_change(&before);
    }
    expect(gate_hypercall_page(t.d->vcpu[0], 0x40000) == 0);
    after = digest_take();
    assert_string_equal(digest_difference(&before, &after), "contents of memory");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(permitted_calls_have_their_effect),
        cmocka_unit_test(policy_denies_by_each_check_alone),
        cmocka_unit_test(role_key_denies_alone),
        cmocka_unit_test(role_key_denies_beside_the_policy),
        cmocka_unit_test(the_seal_denies),
        cmocka_unit_test(finalising_denies),
        cmocka_unit_test(bad_addresses_change_nothing),
        cmocka_unit_test(bad_nested_addresses_change_nothing),
        cmocka_unit_test(results_that_cannot_be_written_change_nothing),
        cmocka_unit_test(strange_numbers_change_nothing),
        cmocka_unit_test(absent_looks_like_denied),
        cmocka_unit_test(misplaced_headers_change_nothing),
        cmocka_unit_test(counts_are_bounded),
        cmocka_unit_test(unknown_operations_change_nothing),
        cmocka_unit_test(other_ways_in_ask_as_well),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
