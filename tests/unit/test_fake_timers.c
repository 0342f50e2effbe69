/* SPDX-License-Identifier: BSD-2-Clause */
/* Deadlines of vCPUs: when they are delivered, where, and what for. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/time.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv_turns.h"

#define NR_DOMAINS 12u

static struct domain *d[NR_DOMAINS];
static int64_t port[NR_DOMAINS];

static int start(void **state)
{
    (void)state;
    turns_expect(2);
    scene_start(NULL);
    for (unsigned int i = 0; i < NR_DOMAINS; i++) {
        d[i] = scene_domain((uint16_t)(i + 1), "", 256);
        port[i] = scene_bind_virq(d[i], VIRQ_TIMER);
        assert_true(port[i] > 0);
    }
    turns_as(0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    turns_end();
    return 0;
}

static void set(unsigned int i, uint64_t time)
{
    vcpu_set_deadline(d[i]->vcpu[0], DEADLINE_SINGLESHOT, time);
}

/* Was the timer's event delivered since the last look? */
static bool was_raised(unsigned int i)
{
    bool raised = evtchn_is_pending(d[i], (uint32_t)port[i]);

    d[i]->shared_info->evtchn_pending[0] = 0;
    return raised;
}

static unsigned int count_raised(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        n += was_raised(i) ? 1 : 0;
    return n;
}

static void each_is_delivered_at_its_time(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        set(i, 1000 + i * 5 % NR_DOMAINS * 10); /* in no order */
    for (uint64_t n = 0; n < NR_DOMAINS; n++) {
        assert_int_equal(timers_deliver(1000 + n * 10 - 1), 1000 + n * 10);
        assert_int_equal(count_raised(), 0);
        assert_int_equal(timers_deliver(1000 + n * 10),
                         n + 1 < NR_DOMAINS ? 1000 + (n + 1) * 10 : NEVER);
        for (unsigned int i = 0; i < NR_DOMAINS; i++)
            assert_int_equal(was_raised(i), i * 5 % NR_DOMAINS == n);
    }
}

static void all_that_are_past_are_delivered_at_once(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        set(i, i);
    assert_int_equal(timers_deliver(NR_DOMAINS - 2), NR_DOMAINS - 1);
    assert_int_equal(count_raised(), NR_DOMAINS - 1);
    assert_int_equal(timers_deliver(NR_DOMAINS), NEVER);
    assert_int_equal(count_raised(), 1);
    assert_int_equal(timers_deliver(NEVER - 1), NEVER); /* once */
    assert_int_equal(count_raised(), 0);
}

static void the_last_that_is_set_counts(void **state)
{
    (void)state;
    set(3, 1000);
    set(3, 2000);
    assert_int_equal(timers_deliver(1999), 2000);
    assert_false(was_raised(3));
    set(3, 1500);
    assert_int_equal(timers_deliver(1500), NEVER);
    assert_true(was_raised(3));
    set(3, 3000);
    set(3, NEVER);
    assert_int_equal(timers_deliver(NEVER - 1), NEVER);
    assert_false(was_raised(3));
    set(3, 2500); /* and it can be set again */
    assert_int_equal(timers_deliver(2500), NEVER);
    assert_true(was_raised(3));
}

static void large_numbers_are_late(void **state)
{
    static const uint64_t times[] = {1ul << 63, (1ul << 63) - 1, (1ul << 63) + 1, NEVER - 1};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(times); i++) {
        set(0, times[i]);
        assert_int_equal(timers_deliver(1000), times[i]);
        assert_int_equal(timers_deliver(times[i] - 1), times[i]);
        assert_false(was_raised(0));
        assert_int_equal(timers_deliver(times[i]), NEVER);
        assert_true(was_raised(0));
    }
}

static void each_kind_does_its_own(void **state)
{
    struct vcpu *v = d[0]->vcpu[0];

    (void)state;
    vcpu_set_deadline(v, DEADLINE_APIC, 100);
    vcpu_set_deadline(v, DEADLINE_POLL, 200);
    set(0, 300);
    v->cpu = NULL;
    v->state = VCPU_BLOCKED;
    assert_int_equal(timers_deliver(99), 100);
    assert_int_equal(v->arch.timer_interrupts, 0);
    assert_int_equal(timers_deliver(100), 200);
    assert_int_equal(v->arch.timer_interrupts, 1);
    assert_int_equal(v->state, VCPU_RUNNABLE);
    scene_schedule(d[0]);
    v->cpu = NULL;
    v->state = VCPU_BLOCKED;
    assert_int_equal(timers_deliver(200), 300);
    assert_int_equal(v->state, VCPU_RUNNABLE);
    assert_int_equal(v->arch.timer_interrupts, 1);
    assert_false(was_raised(0));
    assert_int_equal(timers_deliver(300), NEVER);
    assert_true(was_raised(0));
}

static void all_kinds_at_once_are_delivered(void **state)
{
    struct vcpu *v = d[5]->vcpu[0];

    (void)state;
    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        vcpu_set_deadline(v, (enum vcpu_deadline)i, 100);
    assert_int_equal(timers_deliver(100), NEVER);
    assert_int_equal(v->arch.timer_interrupts, 1);
    assert_true(was_raised(5));
    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        assert_int_equal(v->deadline[i], NEVER);
}

static void the_timer_is_armed_for_the_first(void **state)
{
    (void)state;
    boot_cpu.armed = NEVER;
    set(0, 5000);
    assert_int_equal(boot_cpu.armed, 5000);
    set(1, 6000);
    assert_int_equal(boot_cpu.armed, 5000);
    set(2, 4000);
    assert_int_equal(boot_cpu.armed, 4000);
    assert_int_equal(boot_cpu.arch.timer, 4000);
}

/* Only the CPU where the vCPU ran last delivers. */
static void deadlines_follow_the_vcpu(void **state)
{
    (void)state;
    set(0, 1000);
    set(1, 2000);
    turns_as(1);
    cpu_by_number(1)->armed = NEVER;
    assert_int_equal(timers_deliver(5000), NEVER);
    timers_watch(d[0]->vcpu[0]);
    timers_watch(d[0]->vcpu[0]);
    assert_ptr_equal(d[0]->vcpu[0]->watched_by, cpu_by_number(1));
    assert_int_equal(cpu_by_number(1)->armed, 1000); /* it is armed for what has come along */
    turns_as(0);
    assert_int_equal(timers_deliver(1500), 2000);
    assert_int_equal(count_raised(), 0);
    turns_as(1);
    assert_int_equal(timers_deliver(5000), NEVER);
    assert_true(was_raised(0));
    assert_false(was_raised(1));
    turns_as(2);
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        timers_watch(d[i]->vcpu[0]); /* from the ends and the middle of the list */
    assert_null(boot_cpu.timers);
    assert_null(cpu_by_number(1)->timers);
    assert_int_equal(timers_deliver(5000), NEVER);
    assert_true(was_raised(1));
}

static unsigned int first_due; /* the list begins with the last of `d` */
static void (*meanwhile)(void);

/* Another CPU has had the domain's lock, and does something before it gives it back. */
static void have_others_do(void)
{
    turns_as(1);
    meanwhile();
    lock_release(&d[first_due]->lock);
    turns_as(0);
}

/* Deliver those up to `last`; CPU 1 does something before the first of them is delivered. */
static uint64_t deliver_while(unsigned int last, void (*others)(void))
{
    for (unsigned int i = 0; i <= last; i++)
        set(i, 1000);
    first_due = last;
    meanwhile = others;
    turns_others(have_others_do);
    turns_as(1);
    lock_take(&d[first_due]->lock);
    turns_as(0);
    return timers_deliver(1000);
}

static void set_who_was_passed_over(void)
{
    d[NR_DOMAINS - 1]->vcpu[0]->deadline[DEADLINE_SINGLESHOT] = 1000;
}

/* Many that are due at once would take for ever if each look began with the first. */
static void the_list_is_gone_through_once(void **state)
{
    (void)state;
    assert_ptr_equal(boot_cpu.timers, d[NR_DOMAINS - 1]->vcpu[0]);
    assert_int_equal(deliver_while(NR_DOMAINS - 2, set_who_was_passed_over), NEVER);
    assert_false(was_raised(NR_DOMAINS - 1));
    assert_int_equal(count_raised(), NR_DOMAINS - 1);
}

static void watch_elsewhere(void)
{
    timers_watch(d[NR_DOMAINS - 1]->vcpu[0]);
    timers_watch(d[NR_DOMAINS - 2]->vcpu[0]);
    timers_watch(d[3]->vcpu[0]);
}

/* The one that is delivered, the one behind it, and one that comes later: those stay due there. */
static void some_may_leave_meanwhile(void **state)
{
    (void)state;
    assert_int_equal(deliver_while(NR_DOMAINS - 1, watch_elsewhere), NEVER);
    assert_true(was_raised(NR_DOMAINS - 1));
    assert_int_equal(count_raised(), NR_DOMAINS - 3);
    turns_as(1);
    assert_int_equal(timers_deliver(1000), NEVER);
    assert_true(was_raised(NR_DOMAINS - 2));
    assert_true(was_raised(3));
    assert_int_equal(count_raised(), 0);
    turns_as(0);
}

static unsigned int count_watched(const struct cpu *cpu)
{
    unsigned int n = 0;

    for (const struct vcpu *v = cpu->timers; v != NULL; v = v->next_watched)
        n++;
    return n;
}

static void domains_that_end_are_forgotten(void **state)
{
    static const unsigned int order[] = {5, 0, NR_DOMAINS - 1, 6};

    (void)state;
    for (unsigned int i = 0; i < NR_DOMAINS; i++)
        set(i, 1000 + i);
    for (unsigned int i = 0; i < ARRAY_SIZE(order); i++)
        scene_end(d[order[i]]);
    assert_int_equal(count_watched(&boot_cpu), NR_DOMAINS - ARRAY_SIZE(order));
    assert_int_equal(timers_deliver(1000), 1001);
    assert_int_equal(timers_deliver(2000), NEVER);
    for (unsigned int i = 1; i < NR_DOMAINS - 1; i++)
        assert_true(i == 5 || i == 6 || was_raised(i));
}

#define TIMERS_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TIMERS_TEST(each_is_delivered_at_its_time),
        TIMERS_TEST(all_that_are_past_are_delivered_at_once),
        TIMERS_TEST(the_last_that_is_set_counts),
        TIMERS_TEST(large_numbers_are_late),
        TIMERS_TEST(each_kind_does_its_own),
        TIMERS_TEST(all_kinds_at_once_are_delivered),
        TIMERS_TEST(the_timer_is_armed_for_the_first),
        TIMERS_TEST(deadlines_follow_the_vcpu),
        TIMERS_TEST(the_list_is_gone_through_once),
        TIMERS_TEST(some_may_leave_meanwhile),
        TIMERS_TEST(domains_that_end_are_forgotten),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
