/* SPDX-License-Identifier: BSD-2-Clause */
/* Who runs where and when, on CPUs that take turns. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/time.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv_turns.h"

#define MEMORY (64 * MIB)
#define DOMAIN_KIB 256
#define STEP (100 * MICROSECOND)
#define SLICE (CONFIG_TIME_SLICE_US * MICROSECOND)
#define MAX_CPUS 4u

static struct vcpu *runs[MAX_CPUS]; /* who did in the last step */

static void start_with(unsigned int cpus)
{
    turns_expect(cpus - 1);
    scene_start_sized(NULL, MEMORY);
}

static int end(void **state)
{
    (void)state;
    turns_end();
    return 0;
}

static struct domain *create(struct domain_config config)
{
    struct domain *d = NULL;

    config.name = "d";
    config.memory_kib = DOMAIN_KIB;
    assert_int_equal(domain_create(&config, &d), 0);
    for (unsigned int i = 0; i < d->nr_vcpus; i++)
        d->vcpu[i]->initialised = true;
    domain_unpause(d);
    return d;
}

/* One that shares the CPUs, all of its vCPUs started. */
static struct domain *shared(uint16_t domid, unsigned int vcpus, uint32_t weight, uint32_t cap)
{
    struct domain *d = create(
        (struct domain_config){.domid = domid, .nr_vcpus = vcpus, .weight = weight, .cap = cap});

    for (unsigned int i = 1; i < vcpus; i++)
        assert_true(vcpu_start(d->vcpu[i]));
    return d;
}

static struct domain *one(uint16_t domid)
{
    return shared(domid, 1, SHARE_DEFAULT_WEIGHT, 0);
}

/* All CPUs go on for `ns`. */
static void run_for(uint64_t ns)
{
    for (uint64_t end_time = now() + ns; now() < end_time; turns_pass(STEP)) {
        for (unsigned int i = 0; i < cpus_count(); i++)
            runs[i] = turns_step(i);
    }
}

static uint64_t time_in(const struct vcpu *v, int state)
{
    struct vcpu_runstate_info r;

    vcpu_read_runstate(v, &r);
    return r.time[state];
}

static uint64_t had(const struct domain *d)
{
    uint64_t sum = 0;

    for (unsigned int i = 0; i < d->nr_vcpus; i++)
        sum += time_in(d->vcpu[i], RUNSTATE_running);
    return sum;
}

static void expect_near(uint64_t value, uint64_t expected, uint64_t percent)
{
    assert_in_range(value, expected - expected * percent / 100,
                    expected + expected * percent / 100);
}

static void weights_divide_all_cpus(void **state)
{
    struct domain *d[4];

    (void)state;
    start_with(2);
    for (unsigned int i = 0; i < 4; i++)
        d[i] = shared((uint16_t)(i + 1), 2, 100 * (i + 1), 0);
    run_for(SECOND);
    for (unsigned int i = 0; i < 4; i++) {
        expect_near(had(d[i]), 2 * SECOND * (i + 1) / 10, 5);
        for (unsigned int v = 0; v < 2; v++) {
            expect_near(time_in(d[i]->vcpu[v], RUNSTATE_running) +
                            time_in(d[i]->vcpu[v], RUNSTATE_runnable),
                        SECOND, 1);
            assert_int_equal(time_in(d[i]->vcpu[v], RUNSTATE_blocked), 0);
        }
    }
}

static void caps_hold_on_all_cpus(void **state)
{
    struct domain *capped, *other;

    (void)state;
    start_with(2);
    capped = shared(1, 2, 65535, 30);
    run_for(SECOND);
    expect_near(had(capped), SECOND * 30 / 100, 5);
    other = one(2);
    run_for(SECOND);
    expect_near(had(capped), 2 * SECOND * 30 / 100, 5);
    expect_near(had(other), SECOND, 1);
}

static void without_vcpus_cpus_idle(void **state)
{
    struct domain *d;

    (void)state;
    start_with(2);
    assert_null(turns_step(0));
    assert_null(turns_step(1));
    assert_true(cpu_by_number(1)->idle && boot_cpu.idle);
    assert_null(cpu_by_number(1)->running);
    assert_int_equal(cpu_by_number(1)->passes % 2, 0);
    assert_int_equal(cpu_by_number(1)->armed, NEVER); /* and nothing wakes it */
    cpu_by_number(1)->kicks = 0;
    turns_as(0);
    d = one(1);
    assert_ptr_equal(turns_step(0), d->vcpu[0]);
    assert_null(turns_step(1));
    assert_int_equal(cpu_by_number(1)->kicks, 0);
    d = one(2);
    assert_false(cpu_by_number(1)->idle);
    assert_int_equal(cpu_by_number(1)->kicks, 1);
    assert_ptr_equal(turns_step(1), d->vcpu[0]);
    assert_ptr_equal(cpu_by_number(1)->guest, d);
    assert_ptr_equal(d->vcpu[0]->cpu, cpu_by_number(1));
}

/* Of two calls for two that wait, each goes to another CPU. */
static void each_who_wakes_gets_a_cpu_of_its_own(void **state)
{
    struct domain *d;

    (void)state;
    start_with(3);
    run_for(STEP);
    turns_as(0);
    for (unsigned int i = 0; i < 3; i++)
        cpu_by_number(i)->kicks = 0;
    d = shared(1, 3, 256, 0);
    assert_int_equal(cpu_by_number(1)->kicks, 1);
    assert_int_equal(cpu_by_number(2)->kicks, 1);
    run_for(STEP);
    for (unsigned int i = 0; i < 3; i++)
        assert_non_null(d->vcpu[i]->cpu);
}

static void block(struct vcpu *v)
{
    vcpu_block(v);
}

/* The vCPU blocks in this step. */
static void let_block(unsigned int cpu)
{
    turns_guest(block);
    (void)turns_step(cpu);
    turns_guest(NULL);
}

static void who_blocks_is_not_run_until_it_wakes(void **state)
{
    struct domain *d;
    uint64_t from;

    (void)state;
    start_with(1);
    turns_as(0);
    d = one(1);
    let_block(0);
    assert_int_equal(d->vcpu[0]->state, VCPU_BLOCKED);
    run_for(10 * STEP);
    assert_null(runs[0]);
    assert_null(d->vcpu[0]->cpu);
    from = now();
    run_for(50 * STEP);
    expect_near(time_in(d->vcpu[0], RUNSTATE_blocked), 60 * STEP, 1);
    vcpu_wake(d->vcpu[0]);
    vcpu_wake(d->vcpu[0]); /* once is enough */
    turns_pass(STEP);
    expect_near(time_in(d->vcpu[0], RUNSTATE_runnable), STEP, 1);
    assert_ptr_equal(turns_step(0), d->vcpu[0]);
    assert_true(now() - from < 52 * STEP);
    assert_null(d->vcpu[0]->queue->first);
}

/* What came before it blocked isn't overlooked. */
static void an_event_before_blocking_keeps_it_running(void **state)
{
    struct domain *d;

    (void)state;
    start_with(1);
    d = one(1);
    d->vcpu[0]->arch.timer_interrupts = 1;
    let_block(0);
    assert_int_equal(d->vcpu[0]->state, VCPU_RUNNABLE);
    assert_ptr_equal(turns_step(0), d->vcpu[0]);
    d->vcpu[0]->arch.interrupts_on = false; /* now it isn't one that it would take */
    let_block(0);
    assert_int_equal(d->vcpu[0]->state, VCPU_BLOCKED);
}

/* An event between blocking and leaving the CPU: it goes on, and is in no queue twice. */
static void block_and_be_woken(struct vcpu *v)
{
    vcpu_block(v);
    assert_int_equal(v->state, VCPU_BLOCKED);
    vcpu_wake(v);
    assert_int_equal(v->state, VCPU_RUNNABLE);
}

static void an_event_after_blocking_wakes_it(void **state)
{
    struct domain *d;

    (void)state;
    start_with(2);
    d = one(1);
    turns_guest(block_and_be_woken);
    for (unsigned int i = 0; i < 100; i++) {
        assert_ptr_equal(turns_step(0), d->vcpu[0]);
        assert_null(turns_step(1));
        turns_pass(STEP);
    }
    turns_guest(NULL);
    assert_ptr_equal(turns_step(0), d->vcpu[0]);
    assert_null(turns_step(1));
    expect_near(had(d), 100 * STEP, 1);
}

/* Everybody is busy: who wakes takes the CPU of who has used most, and soon. */
static void who_wakes_displaces_who_used_most(void **state)
{
    struct domain *d[3], *sleeper;
    uint64_t woken;

    (void)state;
    start_with(3);
    turns_as(0);
    sleeper = one(9);
    let_block(0);
    for (unsigned int i = 0; i < 3; i++)
        d[i] = shared((uint16_t)(i + 1), 1, i == 1 ? 64 : 256, 0);
    run_for(10 * SLICE);
    assert_ptr_equal(d[1]->vcpu[0]->cpu->running, d[1]->vcpu[0]);
    woken = now();
    vcpu_wake(sleeper->vcpu[0]);
    while (sleeper->vcpu[0]->cpu == NULL)
        run_for(STEP);
    assert_true(now() - woken <= SCHED_LEAST_RUN + 2 * STEP);
    run_for(STEP);
    assert_null(d[1]->vcpu[0]->cpu);
    assert_non_null(d[0]->vcpu[0]->cpu);
    assert_non_null(d[2]->vcpu[0]->cpu);
}

/* Who has just begun has at least SCHED_LEAST_RUN. */
static void nobody_is_displaced_at_once(void **state)
{
    struct domain *hog, *sleeper;

    (void)state;
    start_with(1);
    turns_as(0);
    sleeper = one(1);
    let_block(0);
    hog = one(2);
    do
        run_for(STEP);
    while (now() < 10 * SLICE || now() - boot_cpu.slice_start > STEP);
    assert_ptr_equal(boot_cpu.running, hog->vcpu[0]);
    vcpu_wake(sleeper->vcpu[0]);
    assert_int_equal(boot_cpu.slice_end, boot_cpu.slice_start + SCHED_LEAST_RUN);
    assert_ptr_equal(turns_step(0), hog->vcpu[0]);
    turns_pass(SCHED_LEAST_RUN);
    assert_ptr_equal(turns_step(0), sleeper->vcpu[0]);
}

/* Time that it didn't want isn't saved up. */
static void who_slept_long_has_no_more_than_its_share(void **state)
{
    struct domain *hog, *sleeper;
    uint64_t before;

    (void)state;
    start_with(1);
    turns_as(0);
    sleeper = one(1);
    let_block(0);
    hog = one(2);
    run_for(100 * SLICE);
    before = had(hog);
    vcpu_wake(sleeper->vcpu[0]);
    run_for(20 * SLICE);
    assert_in_range(had(hog) - before, 8 * SLICE, 12 * SLICE);
}

/* It keeps the CPU: nothing is put aside in between. */
static void who_is_ahead_goes_on(void **state)
{
    struct domain *d;
    uint64_t since;

    (void)state;
    start_with(1);
    (void)shared(1, 1, 1, 0);
    run_for(2 * SLICE);
    d = shared(2, 1, 65535, 0);
    while (runs[0] != d->vcpu[0])
        run_for(STEP);
    since = d->vcpu[0]->runstate.state_entry_time;
    run_for(10 * SLICE);
    assert_ptr_equal(runs[0], d->vcpu[0]);
    assert_int_equal(d->vcpu[0]->runstate.state_entry_time, since);
}

/* Who wakes a vCPU from an idle CPU runs it there, if it may. */
static void the_idle_cpu_that_wakes_runs_it(void **state)
{
    struct domain *d;

    (void)state;
    start_with(3);
    turns_as(0);
    (void)create((struct domain_config){.domid = 1, .nr_vcpus = 1, .dedicated = true});
    d = one(2);
    run_for(STEP);
    turns_guest(block);
    run_for(STEP);
    turns_guest(NULL);
    run_for(STEP);
    assert_true(boot_cpu.idle && cpu_by_number(1)->idle && cpu_by_number(2)->idle);
    turns_as(1);
    vcpu_wake(d->vcpu[0]);
    assert_true(boot_cpu.idle && !cpu_by_number(1)->idle);
    turns_guest(block);
    (void)turns_step(1);
    turns_guest(NULL);
    assert_null(turns_step(1));
    turns_as(2); /* it is dedicated to another */
    vcpu_wake(d->vcpu[0]);
    assert_false(boot_cpu.idle);
    assert_true(cpu_by_number(2)->idle);
}

/* With n runnable on a CPU nobody waits longer than a slice for each other one (sched.h). */
static void turns_come_round(void **state)
{
    struct domain *d[5];
    uint64_t last[5] = {0};

    (void)state;
    start_with(1);
    for (unsigned int i = 0; i < 5; i++)
        d[i] = one((uint16_t)(i + 1));
    for (unsigned int s = 0; s < 2000; s++) {
        run_for(STEP);
        for (unsigned int i = 0; i < 5; i++) {
            if (runs[0] == d[i]->vcpu[0])
                last[i] = now();
            assert_true(now() - last[i] <= 4 * SLICE + 5 * STEP);
        }
    }
    for (unsigned int i = 0; i < 5; i++)
        expect_near(had(d[i]), now() / 5, 15);
}

static void yield(struct vcpu *v)
{
    (void)v;
    vcpu_yield();
}

static void who_yields_lets_others_first(void **state)
{
    struct domain *a, *b;

    (void)state;
    start_with(1);
    a = shared(1, 1, 65535, 0); /* ahead by its weight */
    b = shared(2, 1, 1, 0);
    assert_ptr_equal(turns_step(0), a->vcpu[0]);
    turns_pass(SLICE + STEP);
    assert_ptr_equal(turns_step(0), b->vcpu[0]);
    turns_pass(SLICE + STEP);
    turns_guest(yield);
    assert_ptr_equal(turns_step(0), a->vcpu[0]);
    turns_guest(NULL);
    assert_ptr_equal(turns_step(0), b->vcpu[0]);
    assert_int_equal(a->vcpu[0]->state, VCPU_RUNNABLE);
    turns_pass(SLICE + STEP);
    assert_ptr_equal(turns_step(0), a->vcpu[0]); /* it is past: its weight counts again */
    turns_pass(SLICE + STEP);
    assert_ptr_equal(turns_step(0), a->vcpu[0]);
}

static void alone_it_yields_to_nobody(void **state)
{
    struct domain *d;

    (void)state;
    start_with(1);
    d = one(1);
    turns_guest(yield);
    for (unsigned int i = 0; i < 10; i++)
        assert_ptr_equal(turns_step(0), d->vcpu[0]);
    assert_false(d->vcpu[0]->yielded && d->vcpu[0]->queued);
}

static void what_is_stopped_leaves_its_cpu(void **state)
{
    struct domain *d;

    (void)state;
    start_with(3);
    turns_as(0);
    d = shared(1, 4, 256, 0);
    run_for(10 * STEP);
    (void)one(2);
    cpu_by_number(1)->kicks = cpu_by_number(1)->attention = 0;
    domain_stop(d, SHUTDOWN_poweroff);
    assert_int_equal(cpu_by_number(1)->kicks, 1);
    for (unsigned int i = 0; i < 4; i++)
        assert_int_equal(vcpu_is_aside(d->vcpu[i]), d->vcpu[i]->cpu == NULL);
    run_for(STEP);
    for (unsigned int i = 0; i < 4; i++) {
        assert_true(vcpu_is_aside(d->vcpu[i]));
        assert_false(d->vcpu[i]->queued);
        assert_int_equal(d->vcpu[i]->runstate.state, RUNSTATE_offline);
        vcpu_wake(d->vcpu[i]);
        assert_false(vcpu_start(d->vcpu[i]));
    }
    run_for(10 * STEP);
    assert_int_equal((runs[0] != NULL) + (runs[1] != NULL) + (runs[2] != NULL), 1);
    domain_destroy(d);
    run_for(STEP);
}

static void a_vcpu_goes_down_and_comes_back(void **state)
{
    struct domain *d;
    struct vcpu *v;

    (void)state;
    start_with(2);
    turns_as(0);
    d = shared(1, 2, 256, 0);
    run_for(STEP);
    v = runs[1];
    assert_false(vcpu_stop(v)); /* it still has its CPU */
    assert_false(vcpu_start(v));
    assert_false(vcpu_is_aside(v));
    assert_null(turns_step(1));
    assert_true(vcpu_stop(v));
    assert_true(vcpu_is_aside(v));
    turns_pass(SECOND);
    expect_near(time_in(v, RUNSTATE_offline), SECOND, 1);
    assert_true(vcpu_start(v));
    assert_false(vcpu_start(v));
    assert_ptr_equal(turns_step(1), v);
    assert_ptr_equal(turns_step(0), d->vcpu[1 - v->id]);
    /* One that waits for its turn leaves the queue, wherever it is in it. */
    for (uint16_t domid = 2; domid < 5; domid++)
        (void)one(domid);
    for (uint16_t domid = 3; domid < 8; domid++) {
        v = domain_by_domid(domid < 5 ? domid : 2)->vcpu[0];
        if (!v->queued)
            break;
        assert_true(vcpu_stop(v));
        assert_int_equal(v->runstate.state, RUNSTATE_offline);
    }
    assert_null(v->queue->first);
    assert_null(v->queue->last);
}

static void dedicated_cpus_run_their_own_only(void **state)
{
    struct domain *d, *other;

    (void)state;
    start_with(3);
    turns_as(0);
    d = create((struct domain_config){.domid = 1, .nr_vcpus = 1, .dedicated = true});
    other = shared(2, 4, 256, 0);
    turns_guest(yield);
    run_for(20 * SLICE);
    turns_guest(NULL);
    assert_ptr_equal(runs[2], d->vcpu[0]);
    expect_near(had(d), 20 * SLICE, 1);
    expect_near(had(other), 40 * SLICE, 1);
    assert_int_equal(cpu_by_number(2)->slice_end, NEVER);
    assert_int_equal(d->share.used, 0);               /* it pays for nothing */
    assert_int_equal(cpu_by_number(2)->armed, NEVER); /* no timer disturbs it */
    let_block(2);
    assert_null(turns_step(2));         /* though others want to run */
    assert_int_equal(d->share.used, 0); /* it paid for nothing */
    cpu_by_number(2)->kicks = 0;
    vcpu_wake(d->vcpu[0]);
    assert_int_equal(cpu_by_number(2)->kicks, 1);
    assert_ptr_equal(turns_step(2), d->vcpu[0]);
    (void)vcpu_stop(d->vcpu[0]);
    domain_stop(d, SHUTDOWN_poweroff);
    (void)turns_step(2);
    domain_destroy(d);
    run_for(STEP);
    assert_ptr_equal(runs[2]->domain, other);
}

/* A vCPU in its guest on another CPU comes out for what has come for it. */
static void waking_calls_it_out_of_its_guest(void **state)
{
    struct domain *d;
    struct cpu *cpu;

    (void)state;
    start_with(2);
    turns_as(0);
    d = one(1);
    run_for(STEP);
    cpu = d->vcpu[0]->cpu;
    turns_as(1 - cpu->number);
    cpu->kicks = 0;
    vcpu_wake(d->vcpu[0]);
    assert_int_equal(cpu->kicks, 1);
    turns_as(cpu->number);
    vcpu_wake(d->vcpu[0]);
    assert_int_equal(cpu->kicks, 1);
    turns_as(1 - cpu->number);
    cpu->guest = NULL; /* in the hypervisor: it looks by itself */
    vcpu_wake(d->vcpu[0]);
    assert_int_equal(cpu->kicks, 1);
    cpu->guest = d;
}

static uint64_t poll_until;
static unsigned int poll_ports;
static int64_t poll_result;

static void poll(struct vcpu *v)
{
    struct sched_poll p = {.nr_ports = poll_ports, .timeout = poll_until};

    p.ports.p = (void *)(ARGUMENTS + 256);
    poll_result = scene_call_header(v->domain, __HYPERVISOR_sched_op, SCHEDOP_poll, &p, sizeof(p));
}

static void poll_on(unsigned int cpu)
{
    turns_guest(poll);
    (void)turns_step(cpu);
    turns_guest(NULL);
    assert_int_equal(poll_result, 0);
}

static void polls_end_with_their_time(void **state)
{
    struct domain *d;

    (void)state;
    for (poll_ports = 0; poll_ports < 2; poll_ports++) {
        start_with(2);
        turns_as(0);
        d = one(1);
        *(uint32_t *)scene_memory(d, ARGUMENTS + 256) = 1;
        poll_until = now() + 7 * STEP;
        poll_on(1);
        assert_int_equal(d->vcpu[0]->state, VCPU_BLOCKED);
        assert_int_equal(d->nr_polling, 1);
        for (unsigned int i = 0; i < 7; i++) {
            assert_null(turns_step(1));
            turns_pass(STEP);
        }
        assert_ptr_equal(turns_step(1), d->vcpu[0]);
        assert_int_equal(d->nr_polling, 0);
        assert_int_equal(d->vcpu[0]->deadline[DEADLINE_POLL], NEVER);
        turns_end();
    }
}

/* The time of a poll that an event has ended is forgotten. */
static void events_end_polls_before_their_time(void **state)
{
    struct domain *d;

    (void)state;
    start_with(2);
    turns_as(0);
    d = one(1);
    *(uint32_t *)scene_memory(d, ARGUMENTS + 256) = 1;
    poll_ports = 1;
    poll_until = now() + SECOND;
    poll_on(1);
    assert_null(turns_step(1));
    d->shared_info->evtchn_mask[0] = 2;
    evtchn_set_pending(d, 1);
    assert_int_equal(d->vcpu[0]->state, VCPU_RUNNABLE);
    assert_int_equal(d->nr_polling, 0);
    run_for(STEP);
    assert_non_null(d->vcpu[0]->cpu);
    assert_int_equal(d->vcpu[0]->deadline[DEADLINE_POLL], NEVER);
}

#define SCHED_TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCHED_TEST(weights_divide_all_cpus),
        SCHED_TEST(caps_hold_on_all_cpus),
        SCHED_TEST(without_vcpus_cpus_idle),
        SCHED_TEST(each_who_wakes_gets_a_cpu_of_its_own),
        SCHED_TEST(who_blocks_is_not_run_until_it_wakes),
        SCHED_TEST(an_event_before_blocking_keeps_it_running),
        SCHED_TEST(an_event_after_blocking_wakes_it),
        SCHED_TEST(who_wakes_displaces_who_used_most),
        SCHED_TEST(nobody_is_displaced_at_once),
        SCHED_TEST(who_slept_long_has_no_more_than_its_share),
        SCHED_TEST(who_is_ahead_goes_on),
        SCHED_TEST(the_idle_cpu_that_wakes_runs_it),
        SCHED_TEST(turns_come_round),
        SCHED_TEST(who_yields_lets_others_first),
        SCHED_TEST(alone_it_yields_to_nobody),
        SCHED_TEST(what_is_stopped_leaves_its_cpu),
        SCHED_TEST(a_vcpu_goes_down_and_comes_back),
        SCHED_TEST(dedicated_cpus_run_their_own_only),
        SCHED_TEST(waking_calls_it_out_of_its_guest),
        SCHED_TEST(polls_end_with_their_time),
        SCHED_TEST(events_end_polls_before_their_time),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
