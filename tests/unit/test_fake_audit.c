/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick_op: the seal, audit records for readers, and coverage. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv/gate/audit_ring.h"
#include "hv/gate/change.h"
#include "hv/gate/permissive.h"
#include "hv/gate/policy.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "xsm/coverage.h"
#include "xsm/flask/flask.h"

#define TEXT (ARGUMENTS + 0x1000)

static struct domain *d, *peer;
static struct bw_audit_read record;
static struct bw_coverage_read covered;

static int start(void **state)
{
    (void)state;
    scene_start(SCENE_POLICY);
    d = scene_domain(1, "all_t", 1024);
    peer = scene_domain(2, "peer_t", 1024);
    d->roles = XSM_ROLE_CONTROL;
    fake_clear_output();
    record = (struct bw_audit_read){0};
    covered = (struct bw_coverage_read){0};
    return 0;
}

static int64_t call(uint64_t sub)
{
    return scene_call(d, HYPERVISOR_BAILIWICK_OP, sub, ARGUMENTS, 0);
}

static int64_t read_next(void)
{
    int64_t result;

    record.sequence++;
    record.text = TEXT;
    record.size = XSM_MAX_AUDIT;
    result =
        scene_call_header(d, HYPERVISOR_BAILIWICK_OP, BW_OP_audit_read, &record, sizeof(record));
    if (result == 0 && record.size == 0)
        record.sequence--; /* none that may be seen: go on there */
    return result;
}

static const char *text(void)
{
    return scene_memory(d, TEXT);
}

static void denied_to(struct domain *whom, unsigned int times)
{
    for (unsigned int i = 0; i < times; i++)
        assert_int_equal(gate_console_write(whom->vcpu[0], "x", 1), -EPERM);
}

static void records_are_read_in_order(void **state)
{
    (void)state;
    scene_relabel(d, "no_xen_writeconsole_t");
    denied_to(d, 2);
    assert_int_equal(read_next(), 0);
    assert_string_equal(text(),
                        "avc:  denied  { writeconsole } for domid=1 hook=console_write key=flask "
                        "scontext=system_u:vm_r:no_xen_writeconsole_t "
                        "tcontext=system_u:system_r:xen_t tclass=xen permissive=0");
    assert_int_equal(record.size, strlen(text()));
    assert_int_equal(record.sequence, 1);
    assert_int_equal(record.kind, BW_AUDIT_flask);
    assert_int_equal(record.denied, 1);
    assert_int_equal(record.domid, 1);
    assert_int_equal(record.subject, d->sid);
    assert_int_equal(record.object, XSM_INITIAL_XEN);
    assert_int_equal(read_next(), 0);
    assert_int_equal(record.sequence, 2);
    assert_int_equal(read_next(), -ENOENT);
}

/* A reader sees what its policy lets it see: here itself. */
static void others_are_not_seen(void **state)
{
    (void)state;
    denied_to(peer, 3);
    scene_relabel(d, "no_xen_writeconsole_t");
    denied_to(d, 1);
    denied_to(peer, 1);
    assert_int_equal(read_next(), 0);
    assert_int_equal(record.domid, 1);
    assert_int_equal(record.sequence, 4);
    assert_int_equal(read_next(), -ENOENT);
    scene_relabel(d, "all_t");
    fake_clear_output();
    record.sequence = 0;
    assert_int_equal(read_next(), -ENOENT);
    assert_false(machine_said("denied"));
}

/* No domain pushes out another's records, and what was overwritten is told. */
static void a_flood_hits_its_own(void **state)
{
    (void)state;
    scene_relabel(d, "no_xen_writeconsole_t");
    denied_to(d, 1);
    denied_to(peer, 10 * CONFIG_AUDIT_KEPT);
    assert_int_equal(read_next(), 0);
    assert_int_equal(record.sequence, 1);
    assert_int_equal(record.lost, 0);
    denied_to(d, CONFIG_AUDIT_KEPT + 4);
    record.sequence = 0;
    assert_int_equal(read_next(), 0);
    assert_int_equal(record.lost, 5);
    for (unsigned int i = 1; i < CONFIG_AUDIT_KEPT; i++)
        assert_int_equal(read_next(), 0);
    assert_int_equal(read_next(), -ENOENT);
}

/* A record is made by whoever asks again: sealed, relabelled and the like stay. */
static void changes_have_room_of_their_own(void **state)
{
    (void)state;
    assert_int_equal(call(BW_OP_policy_seal), 0);
    assert_true(machine_said("policy: sealed by domid=1 scontext=system_u:vm_r:all_t"));
    denied_to(peer, 10 * CONFIG_AUDIT_KEPT);
    assert_int_equal(read_next(), 0);
    assert_int_equal(record.kind, BW_AUDIT_sealed);
    assert_string_equal(text(), "policy: sealed by domid=1 scontext=system_u:vm_r:all_t");
}

/* The launch has no domid. */
static void what_the_launch_changes_has_its_label(void **state)
{
    const struct audit_entry entry = {.record = {.domid = XSM_DOMID_NONE,
                                                 .subject = XSM_INITIAL_XENBOOT,
                                                 .target_domid = XSM_DOMID_NONE,
                                                 .object = XSM_SID_NONE},
                                      .change = BW_AUDIT_sealed};
    char line[XSM_MAX_AUDIT];

    (void)state;
    change_text(&entry, line, sizeof(line));
    assert_string_equal(line, "policy: sealed by scontext=system_u:system_r:xenboot_t");
    assert_int_equal(change_seal(), 0);
    assert_true(gate_sealed);
    assert_int_equal(change_seal(), -EEXIST);
}

static void lines_are_cut_to_their_room(void **state)
{
    (void)state;
    scene_relabel(d, "no_xen_writeconsole_t");
    denied_to(d, 1);
    memset(scene_memory(d, TEXT), 'x', 64);
    record = (struct bw_audit_read){.sequence = 1, .text = TEXT, .size = 12};
    assert_int_equal(
        scene_call_header(d, HYPERVISOR_BAILIWICK_OP, BW_OP_audit_read, &record, sizeof(record)),
        0);
    assert_string_equal(text(), "avc:  denie");
    assert_int_equal(text()[12], 'x');
    assert_true(record.size > 100);
    record = (struct bw_audit_read){.sequence = 1};
    assert_int_equal(
        scene_call_header(d, HYPERVISOR_BAILIWICK_OP, BW_OP_audit_read, &record, sizeof(record)),
        0);
}

static void the_seal_is_for_good(void **state)
{
    (void)state;
    (void)xsm_enforce(&gate_engine, false);
    assert_int_equal(call(BW_OP_policy_seal), -EBUSY);
    assert_false(gate_sealed);
    (void)xsm_enforce(&gate_engine, true);
    assert_int_equal(call(BW_OP_policy_seal), 0);
    assert_true(gate_sealed);
    assert_int_equal(call(BW_OP_policy_seal), -EEXIST);
}

static int64_t next_covered(void)
{
    covered.text = TEXT;
    covered.size = XSM_MAX_AUDIT;
    return scene_call_header(d, HYPERVISOR_BAILIWICK_OP, BW_OP_coverage_read, &covered,
                             sizeof(covered));
}

/* How many of the decisions are this one? */
static unsigned int count_covered(const char *line)
{
    unsigned int n = 0;

    covered.next = 0;
    while (next_covered() == 0)
        n += strstr(text(), line) != NULL;
    return n;
}

static void decisions_are_collected(void **state)
{
    static const char denied[] = "covered:  denied  { writeconsole } for hook=console_write "
                                 "scontext=system_u:vm_r:peer_t tcontext=system_u:system_r:xen_t "
                                 "tclass=xen";
    static const char allowed[] = "covered:  granted  { writeconsole } for hook=console_write "
                                  "scontext=system_u:vm_r:all_t tcontext=system_u:system_r:xen_t "
                                  "tclass=xen";

    (void)state;
    assert_int_equal(next_covered(), -EAGAIN);
    assert_int_equal(gate_console_write(d->vcpu[0], "x", 1), 0);
    assert_int_equal(call(BW_OP_coverage_reset), 0);
    assert_int_equal(count_covered("writeconsole"), 0);
    denied_to(peer, 3);
    for (unsigned int i = 0; i < 3; i++)
        assert_int_equal(gate_console_write(d->vcpu[0], "x", 1), 0);
    assert_int_equal(count_covered(denied), 1);
    assert_int_equal(count_covered(allowed), 1);
    assert_int_equal(count_covered("writeconsole"), 2);
    (void)xsm_enforce(&gate_engine, false);
    assert_int_equal(gate_console_write(peer->vcpu[0], "x", 1), 0);
    assert_int_equal(count_covered("covered:  permissive  { writeconsole }"), 1);
    assert_int_equal(call(BW_OP_coverage_reset), 0);
    assert_int_equal(count_covered("writeconsole"), 0);
    assert_int_equal(covered.lost, 0);
}

#define FIRST_POLICY FAKE_BUILD "/tests/fake/first.30"

/* The caller asks for the page size; is that among what was decided? */
static bool page_size_is_collected(void)
{
    static const char allowed[] = "covered:  granted  { xen_pagesize } for hook=version_pagesize";
    char line[XSM_MAX_AUDIT];
    struct xsm_covered seen;
    uint64_t next = 0;

    assert_int_equal(scene_call(d, __HYPERVISOR_xen_version, XENVER_pagesize, 0, 0), PAGE_SIZE);
    while (xsm_next_covered(gate_engine.coverage, &next, &seen)) {
        (void)xsm_format_covered(&gate_engine, &seen, line, sizeof(line));
        if (strstr(line, allowed) == line)
            return true;
    }
    return false;
}

static bool one_look_tells(void)
{
    return gate_engine.flask->glance[XSM_HOOK_version_pagesize].bit != FLASK_GLANCE_NONE;
}

static void load_again(void)
{
    static char image[256 * KIB];
    struct xsm_error error;
    FILE *file = fopen(FIRST_POLICY, "rb");

    assert_non_null(file);
    assert_int_equal(policy_load(image, fread(image, 1, sizeof(image), file), &error), 0);
    (void)fclose(file);
}

/*
 * Also those that one look answers, as long as they aren't collected. (Of SCENE_POLICY's many
 * labels no look tells.) A policy that takes another's place, or has other booleans, is no way out.
 */
static void what_one_look_answers_is_collected(void **state)
{
    static const uint64_t booleans[XSM_BOOLEAN_WORDS] = {1};
    struct xsm_error error;

    (void)state;
    scene_start(FIRST_POLICY);
    d = scene_domain(1, "one_t", 1024);
    assert_true(one_look_tells());
    assert_int_equal(policy_set_booleans(booleans, &error), 0);
    assert_true(one_look_tells());
    assert_int_equal(policy_collect(&error), 0);
    assert_true(page_size_is_collected());
    assert_int_equal(policy_set_booleans(booleans, &error), 0);
    assert_int_equal(policy_collect(&error), 0);
    assert_true(page_size_is_collected());
    load_again();
    assert_int_equal(policy_collect(&error), 0);
    assert_true(page_size_is_collected());
}

/* A policy that has none of its own for the hypervisor keeps those that it has. */
static void no_other_boolean_is_taken_for_the_hypervisors(void **state)
{
    (void)state;
    scene_start(FIRST_POLICY);
    assert_true(gate_finalised);
    assert_false(xsm_boolean(&gate_engine, 0));
}

static unsigned int lines_with(const char *what)
{
    unsigned int count = 0;

    for (const char *at = fake.output; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

/* The allowance of who never stops grows, too, however short the time between two records. */
static void who_goes_on_is_heard_again(void **state)
{
    const unsigned int per_record = 8, seconds = 2, each = CONFIG_AUDIT_BURST / 4;

    (void)state;
    denied_to(peer, 2 * CONFIG_AUDIT_BURST);
    fake_clear_output();
    for (unsigned int i = 0; i < seconds * each * per_record; i++) {
        fake_pass_time(1000000000u / (each * per_record));
        denied_to(peer, 1);
    }
    assert_in_range(lines_with("denied  { writeconsole }"), seconds * each - 1, seconds * each);
}

/* Decisions by the roles alone need no other table to be collected. */
static void without_a_policy_nothing_is_collected(void **state)
{
    (void)state;
    scene_start(NULL);
    d = scene_domain(1, "", 1024);
    d->roles = XSM_ROLE_CONTROL;
    assert_int_equal(call(BW_OP_coverage_reset), 0);
    assert_int_equal(count_covered("writeconsole"), 0);
}

/* What is only recorded is written once, even by who has no allowance left; and is kept once. */
static void what_is_permitted_only_is_written_once(void **state)
{
    unsigned int kept = 0;

    (void)state;
    denied_to(peer, 2 * CONFIG_AUDIT_BURST);
    fake_clear_output();
    (void)xsm_enforce(&gate_engine, false);
    for (unsigned int i = 0; i < 3 * CONFIG_AUDIT_KEPT; i++)
        assert_int_equal(gate_console_write(peer->vcpu[0], "x", 1), 0);
    assert_int_equal(lines_with("permissive=1"), 1);
    scene_relabel(peer, "no_xen_writeconsole_t");
    assert_int_equal(gate_console_write(peer->vcpu[0], "x", 1), 0);
    assert_int_equal(gate_console_write(peer->vcpu[0], "x", 1), 0);
    assert_int_equal(lines_with("permissive=1"), 2);
    record.sequence = 0;
    while (read_next() == 0)
        kept += strstr(text(), "permissive=1") != NULL;
    assert_int_equal(kept, 2);
    permissive_forget();
    assert_int_equal(gate_console_write(peer->vcpu[0], "x", 1), 0);
    assert_int_equal(lines_with("permissive=1"), 3);
}

#define AUDIT_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AUDIT_TEST(who_goes_on_is_heard_again),
        AUDIT_TEST(without_a_policy_nothing_is_collected),
        AUDIT_TEST(what_one_look_answers_is_collected),
        AUDIT_TEST(no_other_boolean_is_taken_for_the_hypervisors),
        AUDIT_TEST(records_are_read_in_order),
        AUDIT_TEST(others_are_not_seen),
        AUDIT_TEST(a_flood_hits_its_own),
        AUDIT_TEST(changes_have_room_of_their_own),
        AUDIT_TEST(what_the_launch_changes_has_its_label),
        AUDIT_TEST(lines_are_cut_to_their_room),
        AUDIT_TEST(the_seal_is_for_good),
        AUDIT_TEST(decisions_are_collected),
        AUDIT_TEST(what_is_permitted_only_is_written_once),
    };

    return cmocka_run_group_tests_name("bailiwick_op", tests, NULL, NULL);
}
