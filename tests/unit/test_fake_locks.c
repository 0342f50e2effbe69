/* SPDX-License-Identifier: BSD-2-Clause */
/* Locks, and that builds with DEBUG stop a machine that takes them in the wrong order. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/machine/cpu.h"
#include "hv/machine/lock.h"
#include "hv/machine/memory.h"
#include "hv/machine/quiesce.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define NR_RANKS (LOCK_MEMORY + 1u)

static struct lock lock[NR_RANKS], other[NR_RANKS];

static int start(void **state)
{
    (void)state;
    machine_start(32 * MIB);
    for (unsigned int rank = 0; rank < NR_RANKS; rank++) {
        lock_init(&lock[rank], (enum lock_rank)rank);
        lock_init(&other[rank], (enum lock_rank)rank);
    }
    return 0;
}

static void take(void *which)
{
    lock_take(which);
}

static void release(void *which)
{
    lock_release(which);
}

static void expect_stop(void (*body)(void *argument), void *argument, const char *text)
{
    assert_int_equal(fake_run(body, argument), FAKE_HALTED);
    assert_int_equal(fake.end_code, 2);
    assert_true(machine_said(text));
}

static void every_order_but_down_stops_the_machine(void **state)
{
    for (unsigned int held = 0; held < NR_RANKS; held++) {
        for (unsigned int wanted = 0; wanted < NR_RANKS; wanted++) {
            (void)start(state);
            lock_take(&lock[held]);
            if (wanted <= held) {
                expect_stop(take, &other[wanted], "lock_holds_from");
                continue;
            }
            lock_take(&other[wanted]);
            lock_release(&other[wanted]);
            lock_release(&lock[held]);
            assert_int_equal(boot_cpu.held, 0);
        }
    }
}

static void a_lock_isnt_taken_twice(void **state)
{
    for (unsigned int rank = 0; rank < NR_RANKS; rank++) {
        (void)start(state);
        lock_take(&lock[rank]);
        expect_stop(take, &lock[rank], "lock_holds_from");
        assert_int_equal(lock[rank].next, 1); /* before it has drawn a number */
    }
}

/* What was held between doesn't matter, but what still is. */
static void released_locks_dont_count(void **state)
{
    (void)state;
    lock_take(&lock[LOCK_TABLE]);
    lock_take(&lock[LOCK_QUEUE]);
    lock_take(&lock[LOCK_MEMORY]);
    lock_release(&lock[LOCK_QUEUE]); /* in any order */
    lock_release(&lock[LOCK_MEMORY]);
    lock_take(&lock[LOCK_DOMAIN]);
    lock_release(&lock[LOCK_DOMAIN]);
    lock_release(&lock[LOCK_TABLE]);
    assert_int_equal(boot_cpu.held, 0);
    lock_take(&lock[LOCK_TABLE]);
    lock_take(&lock[LOCK_QUEUE]);
    lock_take(&lock[LOCK_MEMORY]);
    lock_release(&lock[LOCK_QUEUE]);
    expect_stop(take, &lock[LOCK_AUDIT], "lock_holds_from");
}

/* domain_lock_both()'s way. */
static void a_second_of_one_rank_is_counted(void **state)
{
    (void)state;
    lock_take(&lock[LOCK_DOMAIN]);
    lock_take_another(&other[LOCK_DOMAIN]);
    lock_release(&lock[LOCK_DOMAIN]);
    assert_true(lock_holds_from(LOCK_DOMAIN));
    lock_take(&lock[LOCK_QUEUE]);
    lock_release(&lock[LOCK_QUEUE]);
    lock_release(&other[LOCK_DOMAIN]);
    assert_false(lock_holds_from(LOCK_TABLE));
    lock_take(&lock[LOCK_DOMAIN]);
    lock_take_another(&other[LOCK_DOMAIN]);
    lock_release(&lock[LOCK_DOMAIN]);
    expect_stop(take, &lock[LOCK_DOMAIN], "lock_holds_from");
}

static void held_locks_are_known(void **state)
{
    (void)state;
    for (unsigned int held = 0; held < NR_RANKS; held++) {
        lock_take(&lock[held]);
        for (unsigned int rank = 0; rank < NR_RANKS; rank++)
            assert_int_equal(lock_holds_from((enum lock_rank)rank), rank <= held);
        lock_release(&lock[held]);
    }
}

static void turns_are_counted(void **state)
{
    (void)state;
    lock[LOCK_MEMORY].next = lock[LOCK_MEMORY].serving = UINT32_MAX; /* numbers start again */
    for (uint32_t i = 0; i < 3; i++) {
        lock_take(&lock[LOCK_MEMORY]);
        assert_int_equal(lock[LOCK_MEMORY].next, i);
        assert_int_equal(lock[LOCK_MEMORY].serving, i - 1);
        lock_release(&lock[LOCK_MEMORY]);
        assert_int_equal(lock[LOCK_MEMORY].serving, i);
    }
}

static void what_isnt_held_isnt_released(void **state)
{
    for (unsigned int rank = 0; rank < NR_RANKS; rank++) {
        (void)start(state);
        expect_stop(release, &lock[rank], "lock.c");
        (void)start(state);
        if (rank > 0) {
            lock_take(&lock[rank - 1]); /* another is */
            expect_stop(release, &lock[rank], "lock.c");
        }
    }
}

static void wait_for_others(void *unused)
{
    (void)unused;
    quiesce_wait();
}

static void nobody_waits_for_others_with_a_lock(void **state)
{
    for (unsigned int rank = 0; rank < NR_RANKS; rank++) {
        (void)start(state);
        lock_take(&lock[rank]);
        expect_stop(wait_for_others, NULL, "quiesce.c");
    }
    (void)start(state);
    assert_int_equal(fake_run(wait_for_others, NULL), FAKE_RETURNED);
}

static void both_locks_of_two_domains_are_taken(void **state)
{
    struct domain *a, *b;

    (void)state;
    scene_start(NULL);
    a = scene_domain(1, "", 256);
    b = scene_domain(2, "", 256);
    for (unsigned int i = 0; i < 4; i++) {
        struct domain *first = i % 2 == 0 ? a : b, *second = i < 2 ? a : b;
        struct domain_locked_both both = domain_lock_both(first, second);

        assert_ptr_equal(both.a.d, first);
        assert_ptr_equal(both.b.d, second);
        assert_int_equal(first->lock.next - first->lock.serving, 1);
        assert_int_equal(second->lock.next - second->lock.serving, 1);
        domain_unlock_both(both);
        assert_int_equal(a->lock.next - a->lock.serving, 0);
        assert_int_equal(b->lock.next - b->lock.serving, 0);
        assert_int_equal(boot_cpu.held, 0);
    }
}

#define LOCK_TEST(name) cmocka_unit_test_setup(name, start)

int main(void)
{
    const struct CMUnitTest tests[] = {
        LOCK_TEST(every_order_but_down_stops_the_machine),
        LOCK_TEST(a_lock_isnt_taken_twice),
        LOCK_TEST(released_locks_dont_count),
        LOCK_TEST(a_second_of_one_rank_is_counted),
        LOCK_TEST(held_locks_are_known),
        LOCK_TEST(turns_are_counted),
        LOCK_TEST(what_isnt_held_isnt_released),
        LOCK_TEST(nobody_waits_for_others_with_a_lock),
        LOCK_TEST(both_locks_of_two_domains_are_taken),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
