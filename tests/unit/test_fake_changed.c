/* SPDX-License-Identifier: BSD-2-Clause */
/* What is named by a call changes after the policy was asked: it is asked again, or refused. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/machine/cpu.h"
#include "hv_cases.h"
#include "hv_digest.h"
#include "hv_hypfs.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "xsm/flask/flask.h"
#include "xsm/hooks.h"
#include "xsm/policy.h"

#define KIB_EACH 512
#define MOST_TRIES 8u

int real_ask(const struct xsm_engine *engine, const struct xsm_query *query,
             struct xsm_verdict *verdict) __asm__("__real_xsm_ask");
int interrupted_ask(const struct xsm_engine *engine, const struct xsm_query *query,
                    struct xsm_verdict *verdict) __asm__("__wrap_xsm_ask");

static struct domain *a, *b;
static uint64_t base;
static int64_t port; /* of `a` unless a test says otherwise */

/* What others do once the policy has answered, so many times. */
static void (*others)(void);
static unsigned int times, asked;
static enum xsm_hook hook;
static bool inside;

int interrupted_ask(const struct xsm_engine *engine, const struct xsm_query *query,
                    struct xsm_verdict *verdict)
{
    int error = real_ask(engine, query, verdict);

    if (inside || query->hook != hook)
        return error;
    asked++;
    if (times > 0) {
        times--;
        inside = true; /* their calls aren't interrupted */
        others();
        inside = false;
    }
    return error;
}

static void interrupt(enum xsm_hook which, unsigned int how_often, void (*doing)(void))
{
    hook = which;
    times = how_often;
    others = doing;
    asked = 0;
}

/* Nothing is told by one look, which others couldn't come between. */
static void have_all_asked(void)
{
    for (unsigned int i = 0; i < XSM_NR_HOOKS; i++)
        xsm_table(&gate_engine)->glance[i].bit = FLASK_GLANCE_NONE;
}

static int start(void **state)
{
    (void)state;
    scene_start(SCENE_POLICY);
    have_all_asked();
    base = invariants_hypervisor_frames();
    a = scene_domain(1, "all_t", KIB_EACH);
    b = scene_domain(2, "all_t", KIB_EACH);
    interrupt(XSM_HOOK_evtchn_send, 0, NULL);
    return 0;
}

static int check(void **state)
{
    (void)state;
    times = 0;
    assert_null(invariants_broken(base));
    return 0;
}

/* The port is another one of the same number. */
static void make_anew(void)
{
    assert_int_equal(scene_close(a, port), 0);
    assert_int_equal(scene_bind_ipi(a), port);
}

static void expect_asked_again(int64_t (*call)(void), enum xsm_hook which, int64_t result)
{
    interrupt(which, 0, NULL);
    assert_int_equal(call(), result);
    assert_int_equal(asked, 1);
    for (unsigned int n = 1; n < MOST_TRIES; n++) {
        port = scene_bind_ipi(a);
        interrupt(which, n, make_anew);
        assert_int_equal(call(), result);
        assert_int_equal(asked, n + 1);
    }
    /* A domain that does nothing else is interrupted in between. */
    port = scene_bind_ipi(a);
    interrupt(which, UINT32_MAX, make_anew);
    assert_int_equal(call(), -GATE_RETRY);
    assert_int_equal(asked, MOST_TRIES);
}

static int64_t send(void)
{
    return scene_send(a, port);
}

static int64_t close_port(void)
{
    return scene_close(a, port);
}

static int64_t status(void)
{
    struct evtchn_status s = {.dom = DOMID_SELF, .port = (evtchn_port_t)port};

    return scene_call_header(a, __HYPERVISOR_event_channel_op, EVTCHNOP_status, &s, sizeof(s));
}

static void a_port_that_changed_is_asked_about_again(void **state)
{
    (void)state;
    port = scene_bind_ipi(a);
    expect_asked_again(send, XSM_HOOK_evtchn_send, 0);
    port = scene_bind_ipi(a);
    expect_asked_again(status, XSM_HOOK_evtchn_status, 0);
    port = scene_bind_ipi(a);
    expect_asked_again(close_port, XSM_HOOK_evtchn_close, 0);
}

/* Nothing is done by the first answer. */
static void nothing_is_sent_by_an_old_answer(void **state)
{
    int64_t other;

    (void)state;
    other = scene_bind_ipi(a);
    port = scene_bind_ipi(a);
    interrupt(XSM_HOOK_evtchn_send, UINT32_MAX, make_anew);
    assert_int_equal(scene_send(a, port), -GATE_RETRY);
    assert_false(evtchn_is_pending(a, (uint32_t)port));
    interrupt(XSM_HOOK_evtchn_send, 1, make_anew);
    assert_int_equal(scene_send(a, other), 0); /* another port's change */
    assert_int_equal(asked, 1);
    assert_true(evtchn_is_pending(a, (uint32_t)other));
}

static void close_it(void)
{
    assert_int_equal(scene_close(a, port), 0);
}

static void a_port_that_is_gone_is_asked_about_as_unlabeled(void **state)
{
    (void)state;
    port = scene_bind_ipi(a);
    interrupt(XSM_HOOK_evtchn_send, 1, close_it);
    assert_int_equal(scene_send(a, port), -EPERM);
    assert_int_equal(asked, 2);
    interrupt(XSM_HOOK_evtchn_send, 0, NULL);
    assert_int_equal(scene_send(a, UINT32_MAX), -EPERM);
    assert_int_equal(asked, 1);
}

static void offer_anew(void)
{
    assert_int_equal(scene_close(b, port), 0);
    assert_int_equal(scene_alloc_unbound(b, a), port);
}

static void withdraw(void)
{
    assert_int_equal(scene_close(b, port), 0);
}

static void an_offer_that_changed_is_asked_about_again(void **state)
{
    (void)state;
    port = scene_alloc_unbound(b, a);
    interrupt(XSM_HOOK_evtchn_bind_interdomain, 2, offer_anew);
    assert_true(scene_bind_interdomain(a, b, port) > 0);
    assert_int_equal(asked, 3);
    port = scene_alloc_unbound(b, a);
    interrupt(XSM_HOOK_evtchn_bind_interdomain, 1, withdraw);
    assert_int_equal(scene_bind_interdomain(a, b, port), -EPERM);
    assert_int_equal(asked, 2);
}

/* The port's other end closes: the caller's end isn't what it was. */
static int64_t at_b;

static void close_far_end(void)
{
    assert_int_equal(scene_close(b, at_b), 0);
}

static void a_channel_that_ended_is_asked_about_again(void **state)
{
    (void)state;
    port = scene_alloc_unbound(a, b);
    at_b = scene_bind_interdomain(b, a, port);
    interrupt(XSM_HOOK_evtchn_send, 1, close_far_end);
    assert_int_equal(scene_send(a, port), 0);
    assert_int_equal(asked, 2);
}

static void end_b(void)
{
    scene_end(b);
    b = NULL;
}

/* A domain ends, and another has its domid: old ports don't lead there, nor can it bind to them. */
static void a_new_domain_of_the_domid_is_another(void **state)
{
    int64_t offered;
    uint32_t generation;

    (void)state;
    generation = b->generation;
    offered = scene_alloc_unbound(a, b);
    port = scene_alloc_unbound(a, b);
    at_b = scene_bind_interdomain(b, a, port);
    interrupt(XSM_HOOK_evtchn_send, 1, end_b);
    assert_int_equal(scene_send(a, port), 0);
    assert_int_equal(asked, 2);
    b = scene_domain(2, "all_t", KIB_EACH);
    assert_true(b->generation != generation);
    assert_int_equal(scene_bind_interdomain(b, a, offered), -EINVAL);
    assert_int_equal(scene_bind_interdomain(b, a, port), -EINVAL);
    assert_int_equal(scene_send(a, port), 0);
    for (uint32_t p = 2; p < CONFIG_MAX_EVENT_CHANNELS; p++)
        assert_false(evtchn_is_pending(b, p));
    assert_int_equal(scene_bind_interdomain(b, a, scene_alloc_unbound(a, b)), 2);
}

/* What was found out about a channel isn't done to what has its number now. */
static void a_sweep_leaves_what_came_meanwhile(void **state)
{
    (void)state;
    port = scene_alloc_unbound(a, b);
    (void)scene_bind_interdomain(b, a, port);
    scene_relabel(a, "no_event_bind_t");
    interrupt(XSM_HOOK_evtchn_alloc_unbound, 1, make_anew);
    sweep_channels();
    assert_int_equal(asked, 2); /* about each end */
    assert_non_null(evtchn_at(a, (uint32_t)port));
    assert_int_equal(evtchn_port(a, (uint32_t)port)->sid, a->channel_sid);
}

static void seal(void)
{
    assert_int_equal(policy_seal(), 0);
}

/* Who was told "yes" before the policy was sealed changes nothing after that. */
static void the_seal_holds_for_what_was_decided_before(void **state)
{
    unsigned int sealed = 0;

    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        const struct op_case *c = &op_cases[i];
        struct digest before, after;
        struct attempt t;

        if (xsm_rows[c->hook].phase != XSM_PHASE_UNSEALED)
            continue;
        cases_stage("all_t");
        have_all_asked();
        cases_prepare(c, &t);
        if (t.effect == EFFECT_NONE)
            continue;
        before = digest_take();
        interrupt(c->hook, 1, seal);
        if (cases_call(&t) != -EPERM || asked != 2)
            fail_msg("%s was done after the seal", c->name);
        gate_sealed = false;
        after = digest_take();
        if (digest_difference(&before, &after) != NULL)
            fail_msg("%s changed the %s", c->name, digest_difference(&before, &after));
        sealed++;
    }
    assert_true(sealed >= 7);
}

#define CHANGED_TEST(name) cmocka_unit_test_setup_teardown(name, start, check)

static bool hidden;

static void hide(bool hide_it)
{
    hidden = hide_it;
    scene_relabel(hypfs_other(), hidden ? "stuck_t" : "peer_t");
}

/* After each look at all three domains of the list. */
static void hide_or_show(void)
{
    if (asked % 3 == 0)
        hide(!hidden);
}

static void start_list(bool hide_it, unsigned int how_often)
{
    hypfs_stage("all_t");
    hide(hide_it);
    interrupt(XSM_HOOK_hypfs_domain, how_often, hide_or_show);
}

/* Its size is found first: who then sees others than were counted begins again. */
static void a_list_that_changes_is_read_again(void **state)
{
    (void)state;
    start_list(false, 3);
    assert_string_equal(hypfs_ls("/launch/domains"), "reader broken ");
    assert_int_equal(asked, 3 + 3 + 6);
    start_list(false, 1000);
    assert_int_equal(hypfs_call_path(XEN_HYPFS_OP_read, "/launch/domains", PAGE_SIZE), -GATE_RETRY);
    assert_int_equal(asked, MOST_TRIES * 6);
    times = 0;
}

/* Nothing is written behind a buffer that was large enough for what was there before. */
static void a_list_that_grows_stays_in_its_buffer(void **state)
{
    struct xen_hypfs_direntry entry;
    uint8_t all[256];
    size_t size;

    (void)state;
    start_list(true, 0);
    assert_int_equal(hypfs_call_path(XEN_HYPFS_OP_read, "/launch/domains", sizeof(entry)),
                     -ENOBUFS);
    hypfs_fetch(&entry, sizeof(entry));
    size = sizeof(entry) + entry.content_len;
    hypfs_fill(0xee, sizeof(all));
    interrupt(XSM_HOOK_hypfs_domain, 3, hide_or_show);
    assert_int_equal(hypfs_call_path(XEN_HYPFS_OP_read, "/launch/domains", size), -ENOBUFS);
    hypfs_fetch(all, sizeof(all));
    for (size_t at = size; at < sizeof(all); at++)
        assert_int_equal(all[at], 0xee);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CHANGED_TEST(a_port_that_changed_is_asked_about_again),
        CHANGED_TEST(nothing_is_sent_by_an_old_answer),
        CHANGED_TEST(a_port_that_is_gone_is_asked_about_as_unlabeled),
        CHANGED_TEST(an_offer_that_changed_is_asked_about_again),
        CHANGED_TEST(a_channel_that_ended_is_asked_about_again),
        CHANGED_TEST(a_new_domain_of_the_domid_is_another),
        CHANGED_TEST(a_sweep_leaves_what_came_meanwhile),
        cmocka_unit_test(the_seal_holds_for_what_was_decided_before),
        cmocka_unit_test(a_list_that_changes_is_read_again),
        cmocka_unit_test(a_list_that_grows_stays_in_its_buffer),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
