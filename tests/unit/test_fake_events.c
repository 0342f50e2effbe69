/* SPDX-License-Identifier: BSD-2-Clause */
/* Event channels: their life, their ends, what is pending and who wakes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>

#include <cmocka.h>

#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define KIB_EACH 512
#define CONSOLE_PORT 1
#define FIRST_PORT 2

static struct domain *a, *b, *c;
static uint64_t base;

static int start(void **state)
{
    (void)state;
    scene_start(SCENE_POLICY);
    base = invariants_hypervisor_frames();
    a = scene_domain(1, "all_t", KIB_EACH);
    b = scene_domain(2, "all_t", KIB_EACH);
    c = scene_domain(3, "all_t", KIB_EACH);
    return 0;
}

static int check(void **state)
{
    (void)state;
    assert_null(invariants_broken(base));
    return 0;
}

static bool is_pending(const struct domain *d, int64_t port)
{
    return evtchn_is_pending(d, (uint32_t)port);
}

/* What a guest does when it handles its events. */
static void handle_events(struct domain *d)
{
    for (unsigned int i = 0; i < ARRAY_SIZE(d->shared_info->evtchn_pending); i++)
        d->shared_info->evtchn_pending[i] = 0;
    d->vcpu[0]->info->evtchn_pending_sel = 0;
    d->vcpu[0]->info->evtchn_upcall_pending = 0;
}

static void mask(struct domain *d, int64_t port)
{
    d->shared_info->evtchn_mask[port / 64] |= 1ul << port % 64;
}

static struct evtchn_status status_of(struct domain *d, int64_t port)
{
    struct evtchn_status s = {.dom = DOMID_SELF, .port = (evtchn_port_t)port};

    assert_int_equal(
        scene_call_header(d, __HYPERVISOR_event_channel_op, EVTCHNOP_status, &s, sizeof(s)), 0);
    return s;
}

/* A channel between a and b; `*at_a` and `*at_b` are its ports. Nothing is pending. */
static void connect(int64_t *at_a, int64_t *at_b)
{
    *at_a = scene_alloc_unbound(a, b);
    assert_true(*at_a > 0);
    *at_b = scene_bind_interdomain(b, a, *at_a);
    assert_true(*at_b > 0);
    handle_events(b);
}

static void a_channel_carries_events_both_ways(void **state)
{
    int64_t at_a, at_b;

    (void)state;
    connect(&at_a, &at_b);
    assert_int_equal(scene_send(a, at_a), 0);
    assert_true(is_pending(b, at_b));
    assert_false(is_pending(a, at_a));
    assert_int_equal(b->vcpu[0]->info->evtchn_upcall_pending, 1);
    assert_int_equal(b->vcpu[0]->info->evtchn_pending_sel, 1);
    assert_int_equal(scene_send(b, at_b), 0);
    assert_true(is_pending(a, at_a));
    assert_int_equal(status_of(a, at_a).status, EVTCHNSTAT_interdomain);
    assert_int_equal(status_of(a, at_a).u.interdomain.dom, 2);
    assert_int_equal(status_of(a, at_a).u.interdomain.port, at_b);
    assert_false(is_pending(c, at_b));
}

static void binding_makes_pending_what_was_sent_before(void **state)
{
    int64_t at_a = scene_alloc_unbound(a, b), at_b;

    (void)state;
    assert_int_equal(scene_send(a, at_a), 0); /* nobody hears it */
    at_b = scene_bind_interdomain(b, a, at_a);
    assert_true(is_pending(b, at_b));
}

/* To its channels a domain is who it is to others, whatever it is when it is asked about itself. */
static void a_channel_to_oneself_is_to_the_label_that_others_see(void **state)
{
    int64_t port;

    (void)state;
    scene_relabel(a, "twin_t");
    port = scene_alloc_unbound(a, a);
    assert_true(port > 0);
    assert_true(scene_bind_interdomain(a, a, port) > 0);
}

static void only_who_was_offered_a_port_can_bind(void **state)
{
    int64_t at_a = scene_alloc_unbound(a, b);

    (void)state;
    assert_int_equal(scene_bind_interdomain(c, a, at_a), -EINVAL);
    assert_int_equal(scene_bind_interdomain(a, a, at_a), -EINVAL);
    assert_true(scene_bind_interdomain(b, a, at_a) > 0);
    assert_int_equal(scene_bind_interdomain(b, a, at_a), -EINVAL); /* once */
    /* Ports that exist but are for nobody else: label all_channel_t or not, none of them binds. */
    assert_true(scene_bind_interdomain(b, a, scene_bind_ipi(a)) < 0);
    assert_true(scene_bind_interdomain(b, a, CONSOLE_PORT) < 0);
    assert_true(scene_bind_interdomain(b, a, 0) < 0);
    assert_true(scene_bind_interdomain(b, a, UINT32_MAX) < 0);
}

static void closing_leaves_the_other_end_unbound(void **state)
{
    int64_t at_a, at_b;

    (void)state;
    connect(&at_a, &at_b);
    assert_int_equal(scene_close(a, at_a), 0);
    /* A port that isn't there has no label that anybody has rights on. */
    assert_int_equal(scene_send(a, at_a), -EPERM);
    assert_int_equal(status_of(b, at_b).status, EVTCHNSTAT_unbound);
    assert_int_equal(status_of(b, at_b).u.unbound.dom, 1);
    assert_int_equal(scene_send(b, at_b), 0);
    assert_int_equal(scene_close(a, at_a), -EINVAL);
    /* It can be bound again, by the same domain alone. */
    assert_int_equal(scene_bind_interdomain(c, b, at_b), -EINVAL);
    at_a = scene_bind_interdomain(a, b, at_b);
    assert_true(at_a > 0);
    assert_int_equal(scene_close(b, at_b), 0);
    assert_int_equal(status_of(a, at_a).status, EVTCHNSTAT_unbound);
    assert_int_equal(scene_close(a, at_a), 0);
}

static void a_channel_to_oneself_has_two_ends(void **state)
{
    int64_t one = scene_alloc_unbound(a, a), other = scene_bind_interdomain(a, a, one);

    (void)state;
    assert_true(one > 0 && other > 0 && one != other);
    handle_events(a);
    assert_int_equal(scene_send(a, one), 0);
    assert_true(is_pending(a, other) && !is_pending(a, one));
    assert_int_equal(scene_close(a, one), 0);
    assert_int_equal(status_of(a, other).status, EVTCHNSTAT_unbound);
    assert_int_equal(scene_close(a, other), 0);
}

static void a_port_is_used_again_and_nothing_is_left_in_it(void **state)
{
    int64_t at_a, at_b, again;

    (void)state;
    connect(&at_a, &at_b);
    assert_int_equal(scene_send(b, at_b), 0);
    assert_true(is_pending(a, at_a));
    assert_int_equal(scene_close(a, at_a), 0);
    assert_false(is_pending(a, at_a));
    again = scene_bind_ipi(a);
    assert_int_equal(again, at_a);
    /* The far end's old events don't reach the new user of the port. */
    assert_int_equal(scene_send(b, at_b), 0);
    assert_false(is_pending(a, again));
}

static void a_domain_that_ends_leaves_no_half_channels(void **state)
{
    int64_t at_a, at_b, loop;
    uint64_t free_before;

    (void)state;
    connect(&at_a, &at_b);
    loop = scene_alloc_unbound(a, a);
    assert_true(scene_bind_interdomain(a, a, loop) > 0);
    assert_true(scene_bind_virq(a, VIRQ_TIMER) > 0);
    assert_true(scene_bind_ipi(a) > 0);
    free_before = memory_free_frames();
    scene_end(a);
    assert_true(memory_free_frames() > free_before);
    assert_int_equal(status_of(b, at_b).status, EVTCHNSTAT_unbound);
    assert_int_equal(scene_send(b, at_b), 0);
    assert_int_equal(scene_close(b, at_b), 0);
}

static void masked_events_stay_pending_until_unmasked(void **state)
{
    int64_t at_a, at_b;

    (void)state;
    connect(&at_a, &at_b);
    mask(b, at_b);
    assert_int_equal(scene_send(a, at_a), 0);
    assert_true(is_pending(b, at_b));
    assert_int_equal(b->vcpu[0]->info->evtchn_upcall_pending, 0);
    assert_int_equal(scene_unmask(b, at_b), 0);
    assert_int_equal(b->vcpu[0]->info->evtchn_upcall_pending, 1);
    handle_events(b);
    assert_int_equal(scene_unmask(b, at_b), 0); /* nothing is pending: no upcall */
    assert_int_equal(b->vcpu[0]->info->evtchn_upcall_pending, 0);
    assert_int_equal(scene_unmask(b, 1000), -EINVAL);
}

static void a_pending_event_is_not_notified_twice(void **state)
{
    int64_t at_a, at_b;

    (void)state;
    connect(&at_a, &at_b);
    assert_int_equal(scene_send(a, at_a), 0);
    b->vcpu[0]->info->evtchn_upcall_pending = 0;
    assert_int_equal(scene_send(a, at_a), 0);
    assert_int_equal(b->vcpu[0]->info->evtchn_upcall_pending, 0);
}

static int64_t bind_on_vcpu(struct domain *d, uint32_t virq, uint32_t vcpu)
{
    struct evtchn_bind_virq bind = {.virq = virq, .vcpu = vcpu};

    return scene_call_header(d, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_virq, &bind,
                             sizeof(bind));
}

static void a_virq_is_bound_once_and_raised(void **state)
{
    int64_t port = scene_bind_virq(a, VIRQ_TIMER);

    (void)state;
    assert_true(port > 0);
    assert_int_equal(scene_bind_virq(a, VIRQ_TIMER), -EEXIST);
    assert_int_equal(scene_bind_virq(a, VIRQ_DOM_EXC), -EINVAL); /* nobody raises it */
    assert_int_equal(bind_on_vcpu(a, VIRQ_CONSOLE, 1), -EINVAL); /* it is the domain's: xen.h */
    assert_int_equal(scene_bind_virq(a, UINT32_MAX), -EINVAL);
    assert_int_equal(status_of(a, port).status, EVTCHNSTAT_virq);
    assert_int_equal(status_of(a, port).u.virq, VIRQ_TIMER);
    assert_int_equal(scene_send(a, port), -EINVAL);
    evtchn_raise_virq(a->vcpu[0], VIRQ_TIMER);
    assert_true(is_pending(a, port));
    assert_int_equal(scene_close(a, port), 0);
    evtchn_raise_virq(a->vcpu[0], VIRQ_TIMER);
    assert_false(is_pending(a, port));
    assert_int_equal(scene_bind_virq(a, VIRQ_TIMER), port);
}

static void a_timer_raises_its_virq_in_time(void **state)
{
    struct vcpu_set_singleshot_timer s = {.timeout_abs_ns = 5 * MILLISECOND};
    int64_t port = scene_bind_virq(a, VIRQ_TIMER);

    (void)state;
    assert_int_equal(
        scene_call_header(a, __HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, &s, sizeof(s)), 0);
    assert_int_equal(boot_cpu.arch.timer, 5 * MILLISECOND);
    fake_pass_time(4 * MILLISECOND);
    assert_false((boot_cpu.attention & ATTENTION_TIMER) != 0);
    time_poll();
    assert_false(is_pending(a, port));
    fake_pass_time(MILLISECOND);
    assert_true((boot_cpu.attention & ATTENTION_TIMER) != 0);
    time_poll();
    assert_true(is_pending(a, port));
    assert_int_equal(a->vcpu[0]->deadline[DEADLINE_SINGLESHOT], NEVER);
}

static void an_ipi_reaches_its_own_domain(void **state)
{
    int64_t port = scene_bind_ipi(a);

    (void)state;
    assert_int_equal(status_of(a, port).status, EVTCHNSTAT_ipi);
    assert_int_equal(scene_send(a, port), 0);
    assert_true(is_pending(a, port));
    assert_false(is_pending(b, port));
}

static int64_t poll(struct domain *d, unsigned int nr_ports, int64_t port, uint64_t timeout)
{
    struct sched_poll p = {.ports = {(void *)(ARGUMENTS + 256)}, .nr_ports = nr_ports};

    p.timeout = timeout;
    *(uint32_t *)scene_memory(d, ARGUMENTS + 256) = (uint32_t)port;
    return scene_call_header(d, __HYPERVISOR_sched_op, SCHEDOP_poll, &p, sizeof(p));
}

static void polling_ends_with_the_event(void **state)
{
    int64_t at_a, at_b;

    (void)state;
    connect(&at_a, &at_b);
    mask(b, at_b); /* as those do who poll */
    assert_int_equal(poll(b, 1, at_b, 0), 0);
    assert_int_equal(b->vcpu[0]->state, VCPU_BLOCKED);
    assert_int_equal(scene_send(a, at_a), 0);
    assert_int_equal(b->vcpu[0]->state, VCPU_RUNNABLE);
    assert_false(b->vcpu[0]->queued); /* it hasn't left its CPU, and goes on there */
    assert_int_equal(b->vcpu[0]->poll_port, 0);
    scene_schedule(b);
    assert_int_equal(poll(b, 1, at_b, 0), 0); /* it is pending: no waiting */
    assert_int_equal(b->vcpu[0]->state, VCPU_RUNNABLE);
}

static void poll_for_its_time(int64_t port, unsigned int nr_ports)
{
    scene_schedule(a);
    assert_int_equal(poll(a, nr_ports, port, now() + MILLISECOND), 0);
    assert_int_equal(a->vcpu[0]->state, VCPU_BLOCKED);
    fake_pass_time(MILLISECOND - 1);
    time_poll();
    assert_int_equal(a->vcpu[0]->state, VCPU_BLOCKED);
    fake_pass_time(1);
    time_poll();
    assert_int_equal(a->vcpu[0]->state, VCPU_RUNNABLE);
    assert_int_equal(a->nr_polling, 0);
    assert_false(is_pending(a, port));
}

/* With a port or without, and with the one that is none. */
static void polling_ends_with_its_time(void **state)
{
    int64_t port = scene_bind_ipi(a);

    (void)state;
    for (unsigned int nr_ports = 0; nr_ports < 2; nr_ports++)
        poll_for_its_time(port, nr_ports);
    poll_for_its_time(0, 1);
}

static void polling_for_nonsense_is_refused(void **state)
{
    (void)state;
    assert_int_equal(poll(a, 2, FIRST_PORT, 0), -EINVAL);
    assert_int_equal(poll(a, UINT32_MAX, FIRST_PORT, 0), -EINVAL);
    assert_int_equal(poll(a, 1, 777, 0), -EINVAL);
    assert_int_equal(poll(a, 1, UINT32_MAX, 0), -EINVAL);
    assert_int_equal(a->vcpu[0]->state, VCPU_RUNNABLE);
}

static void ports_run_out_and_come_back(void **state)
{
    unsigned int n = 0;
    int64_t port;

    (void)state;
    while ((port = scene_bind_ipi(a)) > 0)
        n++;
    assert_int_equal(port, -ENOSPC);
    assert_int_equal(n, CONFIG_MAX_EVENT_CHANNELS - FIRST_PORT);
    assert_int_equal(scene_alloc_unbound(a, b), -ENOSPC);
    assert_int_equal(scene_bind_virq(a, VIRQ_TIMER), -ENOSPC);
    assert_int_equal(scene_bind_interdomain(a, b, scene_alloc_unbound(b, a)), -ENOSPC);
    assert_int_equal(scene_close(a, 500), 0);
    assert_int_equal(scene_alloc_unbound(a, b), 500);
}

static void a_blocked_vcpu_wakes_for_what_is_not_masked(void **state)
{
    int64_t at_a, at_b;

    (void)state;
    connect(&at_a, &at_b);
    mask(b, at_b);
    assert_int_equal(scene_call(b, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0), 0);
    assert_int_equal(b->vcpu[0]->state, VCPU_BLOCKED);
    assert_int_equal(scene_send(a, at_a), 0);
    assert_int_equal(b->vcpu[0]->state, VCPU_BLOCKED);
    handle_events(b);
    b->shared_info->evtchn_mask[0] = 0;
    assert_int_equal(scene_send(a, at_a), 0);
    assert_int_equal(b->vcpu[0]->state, VCPU_RUNNABLE);
}

/* The guest can have it where it has been so far, or next to that. */
static void vcpu_info_moves_within_the_shared_page(void **state)
{
    struct xen_add_to_physmap place = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = 0x20};
    struct vcpu_register_vcpu_info r = {.mfn = 0x20, .offset = 8};
    struct vcpu_info before = *a->vcpu[0]->info;

    (void)state;
    assert_int_equal(
        scene_call_header(a, __HYPERVISOR_memory_op, XENMEM_add_to_physmap, &place, sizeof(place)),
        0);
    assert_int_equal(
        scene_call_header(a, __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, &r, sizeof(r)), 0);
    assert_ptr_equal(a->vcpu[0]->info, (uint8_t *)a->shared_info + 8);
    assert_int_equal(a->vcpu[0]->info->time.tsc_to_system_mul, before.time.tsc_to_system_mul);
    assert_int_equal(a->vcpu[0]->info->evtchn_upcall_pending, 1);
    /* Once is enough. */
    assert_int_equal(
        scene_call_header(a, __HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, &r, sizeof(r)),
        -EINVAL);
}

#define EVENT_TEST(name) cmocka_unit_test_setup_teardown(name, start, check)

int main(void)
{
    const struct CMUnitTest tests[] = {
        EVENT_TEST(a_channel_carries_events_both_ways),
        EVENT_TEST(binding_makes_pending_what_was_sent_before),
        EVENT_TEST(a_channel_to_oneself_is_to_the_label_that_others_see),
        EVENT_TEST(only_who_was_offered_a_port_can_bind),
        EVENT_TEST(closing_leaves_the_other_end_unbound),
        EVENT_TEST(a_channel_to_oneself_has_two_ends),
        EVENT_TEST(a_port_is_used_again_and_nothing_is_left_in_it),
        EVENT_TEST(a_domain_that_ends_leaves_no_half_channels),
        EVENT_TEST(masked_events_stay_pending_until_unmasked),
        EVENT_TEST(a_pending_event_is_not_notified_twice),
        EVENT_TEST(a_virq_is_bound_once_and_raised),
        EVENT_TEST(a_timer_raises_its_virq_in_time),
        EVENT_TEST(an_ipi_reaches_its_own_domain),
        EVENT_TEST(polling_ends_with_the_event),
        EVENT_TEST(polling_ends_with_its_time),
        EVENT_TEST(polling_for_nonsense_is_refused),
        EVENT_TEST(ports_run_out_and_come_back),
        EVENT_TEST(a_blocked_vcpu_wakes_for_what_is_not_masked),
        EVENT_TEST(vcpu_info_moves_within_the_shared_page),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
