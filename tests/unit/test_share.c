/* SPDX-License-Identifier: BSD-2-Clause */
/* How a CPU's time is divided: weights, caps, and what pauses are worth. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/domain/share.h"
#include "hv/machine/time.h"
#include "hv/types.h"

#define SLICE (5 * MILLISECOND)
#define MAX_DOMAINS 8u
#define MAX_CAP 3200u
/* A domain without budget is let run again only when it has this much. */
#define LEAST_SLICE (500 * MICROSECOND)
/* What a capped domain may have saved. */
#define SAVED(cap) max_u64(20 * MILLISECOND * (cap) / 100, LEAST_SLICE)

/* A CPU that domains share, driven as hv/domain/sched.c drives it. */
static struct share share[MAX_DOMAINS];
static uint64_t ran[MAX_DOMAINS], waited[MAX_DOMAINS], since[MAX_DOMAINS];
static bool wants[MAX_DOMAINS];
static unsigned int n;
static uint64_t time, least;

static int start(void **state)
{
    (void)state;
    n = 0;
    time = 7 * SECOND;
    least = NEVER - SECOND; /* virtual time wraps in each test */
    return 0;
}

static unsigned int add(uint32_t weight, uint32_t cap)
{
    share_init(&share[n], weight, cap, time);
    share[n].used = least;
    wants[n] = true;
    ran[n] = waited[n] = 0;
    since[n] = time;
    return n++;
}

static void wake(unsigned int i)
{
    wants[i] = true;
    since[i] = time;
    share_resume(&share[i], least);
}

static unsigned int choose(uint64_t *later)
{
    unsigned int best = n;

    for (unsigned int i = 0; i < n; i++) {
        if (wants[i] && share_may_run(&share[i], time, later) &&
            (best == n || share_before(share[i].used, share[best].used)))
            best = i;
    }
    return best;
}

/* One slice, of which the domain uses `use`; or nobody may run, until one may. */
static unsigned int step_using(uint64_t use)
{
    uint64_t later = NEVER, charged;
    unsigned int i = choose(&later);

    if (i == n) {
        assert_true(later > time);
        time = later;
        return n;
    }
    waited[i] = max_u64(waited[i], time - since[i]);
    if (share_before(least, share[i].used))
        least = share[i].used;
    charged = share_charge(&share[i], SLICE);
    use = min_u64(use, charged);
    share_refund(&share[i], charged - use);
    ran[i] += use;
    time += use;
    since[i] = time;
    return i;
}

static void run_for(uint64_t ns)
{
    uint64_t end = time + ns;

    while (time < end)
        (void)step_using(SLICE);
}

/* Within a slice or two each. */
static void expect_ran(unsigned int i, uint64_t expected)
{
    assert_in_range(ran[i], expected - min_u64(expected, 2 * SLICE), expected + 2 * SLICE);
}

static void weights_divide_time(void **state)
{
    static const uint32_t weights[] = {1, 100, 256, 256, 1000, 65535};
    uint64_t sum = 0, passed;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(weights); i++)
        sum += share[add(weights[i], 0)].weight;
    passed = time;
    run_for(1000 * SECOND);
    passed = time - passed;
    for (unsigned int i = 0; i < n; i++)
        expect_ran(i, passed * weights[i] / sum);
}

/* Also when slices are of all lengths: what is given back is worth what was charged. */
static void unused_time_is_not_paid_for(void **state)
{
    static const uint64_t uses[] = {1, 1000, 77777, SLICE - 1, SLICE, 333333, 0};
    uint64_t passed;

    (void)state;
    (void)add(65535, 0);
    (void)add(3, 0);
    (void)add(4096, 0);
    passed = time;
    for (unsigned int i = 0; i < 70000; i++)
        (void)step_using(uses[i % ARRAY_SIZE(uses)]);
    passed = time - passed;
    for (unsigned int i = 0; i < n; i++)
        expect_ran(i, passed * share[i].weight / (65535 + 3 + 4096));
}

static void overrun_is_paid_for(void **state)
{
    struct share a, b;

    (void)state;
    share_init(&a, 512, 10, 0);
    b = a;
    (void)share_charge(&a, MILLISECOND);
    share_overrun(&a, 3 * MILLISECOND);
    assert_int_equal(a.used, 2 * MILLISECOND);
    assert_int_equal(a.budget, b.budget - (int64_t)(4 * MILLISECOND));
    assert_int_equal(share_charge(&a, MILLISECOND), 0); /* its budget is overdrawn */
    assert_int_equal(a.used, 2 * MILLISECOND);
    share_init(&a, 512, 0, 0);
    share_overrun(&a, 4 * MILLISECOND);
    assert_int_equal(a.used, 2 * MILLISECOND);
    assert_int_equal(a.budget, LEAST_SLICE); /* without a cap it has none that counts */
}

/* A cap holds, in all and in each second; all of it can be had, and most of it next to others. */
static void caps_hold(void **state)
{
    static const uint32_t caps[] = {1, 2, 7, 50, 99};

    for (unsigned int c = 0; c < ARRAY_SIZE(caps); c++) {
        uint64_t begin, last, allowed;
        unsigned int i;

        (void)start(state);
        i = add(65535, caps[c]);
        if (c % 2 == 1)
            (void)add(1, 0); /* somebody who takes the rest */
        begin = time;
        last = 0;
        for (unsigned int period = 1; period <= 100; period++) {
            while (time < begin + period * SECOND)
                (void)step_using(SLICE);
            assert_true(ran[i] - last <= SECOND * caps[c] / 100 + SAVED(caps[c]) + 2 * SLICE);
            assert_true(ran[i] <= (time - begin) * caps[c] / 100 + SAVED(caps[c]));
            last = ran[i];
        }
        allowed = (time - begin) * caps[c] / 100;
        assert_true(ran[i] >= (c % 2 == 1 ? allowed * 3 / 4 : allowed - 2 * LEAST_SLICE));
    }
}

/* The budget never holds more than it says, however long the domain has slept. */
static void nothing_is_saved_above_the_budget(void **state)
{
    static const uint32_t caps[] = {1, 2, 3, 50, 100, 101, MAX_CAP};

    (void)state;
    for (unsigned int c = 0; c < ARRAY_SIZE(caps); c++) {
        uint64_t later = NEVER, had = 0, got;
        struct share s;

        share_init(&s, 1, caps[c], 0);
        assert_int_equal(s.budget, SAVED(caps[c]));
        (void)share_charge(&s, NEVER / 1024);
        assert_int_equal(s.budget, 0);
        assert_true(share_may_run(&s, NEVER / 2, &later));
        assert_int_equal(s.budget, SAVED(caps[c]));
        while ((got = share_charge(&s, MILLISECOND)) > 0)
            had += got;
        assert_int_equal(had, SAVED(caps[c]));
        assert_false(share_may_run(&s, NEVER / 2 - 1, &later)); /* a clock that is behind */
        assert_int_equal(s.budget, 0);
        assert_int_equal(s.refilled, NEVER / 2);
    }
}

/* When it says "later", it may then, and not before. */
static void later_is_when_it_may(void **state)
{
    (void)state;
    for (uint32_t cap = 1; cap <= MAX_CAP; cap++) {
        uint64_t later = NEVER, again = NEVER, sooner = 1000;
        struct share s, copy;

        share_init(&s, SHARE_DEFAULT_WEIGHT, cap, 1000);
        (void)share_charge(&s, SECOND);
        share_overrun(&s, (uint64_t)(cap % 5) * 12345);
        copy = s;
        assert_false(share_may_run(&copy, 1000, &later));
        assert_true(later > 1000 && later < 1000 + SECOND);
        copy = s;
        assert_false(share_may_run(&copy, 1000, &sooner));
        assert_int_equal(sooner, 1000); /* it is only lowered */
        copy = s;
        assert_false(share_may_run(&copy, later - 1, &again));
        assert_in_range(again, later, later + 1); /* what was lost is less than 1 ns */
        copy = s;
        assert_true(share_may_run(&copy, later, &again));
        assert_true(share_charge(&copy, LEAST_SLICE) == LEAST_SLICE);
    }
}

/* However often somebody asks. */
static void asking_costs_no_budget(void **state)
{
    static const uint32_t caps[] = {1, 3, 33};

    (void)state;
    for (unsigned int c = 0; c < ARRAY_SIZE(caps); c++) {
        uint64_t later = NEVER, at = 0, fair = LEAST_SLICE * 100 / caps[c];
        struct share s;

        share_init(&s, SHARE_DEFAULT_WEIGHT, caps[c], 0);
        (void)share_charge(&s, SECOND);
        while (at < fair && !share_may_run(&s, at, &later))
            at += 29;
        assert_true(share_may_run(&s, fair + fair / 10, &later));
        assert_true(at >= fair);
    }
}

static void a_sleeper_hoards_nothing(void **state)
{
    unsigned int hog = add(256, 0), sleeper = add(256, 0);
    uint64_t began;

    (void)state;
    wants[sleeper] = false;
    run_for(1000 * SECOND);
    wake(sleeper);
    ran[hog] = ran[sleeper] = 0;
    began = time;
    run_for(SECOND);
    expect_ran(sleeper, (time - began) / 2);
    assert_true(ran[sleeper] > ran[hog]); /* but it was the first */
}

/* A nap is no way to more than one's share. */
static void naps_gain_nothing(void **state)
{
    unsigned int hog = add(256, 0), napper = add(256, 0);
    uint64_t began = time;

    (void)state;
    while (time < began + 100 * SECOND) {
        unsigned int i = step_using(SLICE);

        if (i == napper) {
            wants[napper] = false;
            (void)step_using(1);
            wake(napper);
        }
    }
    assert_true(ran[napper] <= ran[hog] + 2 * SLICE);
}

static void one_that_used_more_stays_behind(void **state)
{
    struct share s;

    (void)state;
    share_init(&s, 256, 0, 0);
    s.used = 9 * SECOND;
    share_resume(&s, 9 * SECOND); /* it is no worse for having used as much as others */
    assert_int_equal(s.used, 9 * SECOND);
    share_resume(&s, 8 * SECOND);
    assert_int_equal(s.used, 9 * SECOND);
    share_resume(&s, 0);
    assert_int_equal(s.used, 9 * SECOND);
    share_resume(&s, 10 * SECOND);
    assert_in_range(s.used, 10 * SECOND - SLICE, 10 * SECOND - 1);
    s.used = 0;
    share_resume(&s, 1);
    assert_int_equal(s.used, 0);
    share_resume(&s, NEVER); /* that was before it */
    assert_int_equal(s.used, 0);
    s.used = NEVER - SECOND;
    share_resume(&s, SECOND);
    assert_in_range(s.used, SECOND - SLICE, SECOND - 1);
}

/*
 * Who wakes up is the next to run whatever its weight, and who waited already waits for it no
 * longer than a slice more (sched.h).
 */
static void waking_up_takes_the_turn_once(void **state)
{
    static const uint32_t weights[] = {1, 16, 256, 4096, 65535};

    for (unsigned int w = 0; w < ARRAY_SIZE(weights); w++) {
        unsigned int sleeper, hog;

        (void)start(state);
        hog = add(weights[w], 0);
        sleeper = add(weights[w], 0);
        wants[sleeper] = false;
        run_for(10 * SECOND);
        wake(sleeper);
        assert_int_equal(step_using(SLICE), sleeper);
        waited[hog] = 0;
        run_for(10 * SECOND);
        assert_true(waited[hog] <= 2 * SLICE);
        assert_true(waited[sleeper] <= SLICE);
    }
}

/* With others that want all there is, each waits a slice for each of them at most. */
static void turns_come_round(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < MAX_DOMAINS; i++)
        (void)add(300, 0);
    run_for(100 * SECOND);
    for (unsigned int i = 0; i < n; i++)
        assert_true(waited[i] <= (n - 1) * SLICE);
}

static void extremes_are_survived(void **state)
{
    static const uint32_t weights[] = {1, SHARE_MAX_WEIGHT}, caps[] = {0, 1, MAX_CAP, UINT32_MAX};
    static const uint64_t times[] = {0, 1, SECOND, NEVER / 2, NEVER / 2 + 1, NEVER - 1, NEVER};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(weights) * ARRAY_SIZE(caps); i++) {
        struct share s;

        share_init(&s, weights[i % 2], caps[i / 2], 0);
        for (unsigned int t = 0; t < ARRAY_SIZE(times); t++) {
            uint64_t later = NEVER, charged;

            (void)share_may_run(&s, times[t], &later);
            assert_true(later >= times[t]);
            charged = share_charge(&s, SLICE);
            assert_true(charged <= SLICE);
            share_refund(&s, charged);
            share_overrun(&s, 0);
            share_resume(&s, times[t]);
        }
    }
}

#define SHARE_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SHARE_TEST(weights_divide_time),
        SHARE_TEST(unused_time_is_not_paid_for),
        SHARE_TEST(overrun_is_paid_for),
        SHARE_TEST(caps_hold),
        SHARE_TEST(nothing_is_saved_above_the_budget),
        SHARE_TEST(later_is_when_it_may),
        SHARE_TEST(asking_costs_no_budget),
        SHARE_TEST(a_sleeper_hoards_nothing),
        SHARE_TEST(naps_gain_nothing),
        SHARE_TEST(one_that_used_more_stays_behind),
        SHARE_TEST(waking_up_takes_the_turn_once),
        SHARE_TEST(turns_come_round),
        SHARE_TEST(extremes_are_survived),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
