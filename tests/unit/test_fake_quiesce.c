/* SPDX-License-Identifier: BSD-2-Clause */
/* Waiting until nobody can use what was taken away, and what notices that somebody still could. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/domain/p2m.h"
#include "hv/domain/physmap.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/memory.h"
#include "hv/machine/quiesce.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv_turns.h"

#define RAM_GFN 0x20ul

static struct domain *d, *e;
static struct cpu *far, *third;
static unsigned int waited;

static int start(void **state)
{
    (void)state;
    turns_expect(2);
    scene_start(NULL);
    d = scene_domain(1, "", 256);
    e = scene_domain(2, "", 256);
    turns_as(0);
    far = cpu_by_number(1);
    third = cpu_by_number(2);
    far->kicks = third->kicks = 0;
    waited = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    turns_end();
    return 0;
}

static void go_in(struct cpu *cpu, const struct domain *guest, uint64_t unmapped)
{
    quiesce_begin(cpu, guest);
    quiesce_note_flushed(cpu, unmapped);
}

/* The CPU is in the hypervisor from now on; at first it idles. */
static void come_out(struct cpu *cpu)
{
    quiesce_end(cpu);
}

static void far_idles_in_the_end(void)
{
    assert_int_equal(boot_cpu.passes % 2, 0); /* who waits counts as idle */
    assert_null(boot_cpu.guest);
    if (++waited == 3)
        go_in(far, NULL, 0);
}

static void nobody_waits_for_who_idles_or_is_in_a_guest(void **state)
{
    uint64_t passes = boot_cpu.passes;

    (void)state;
    assert_int_equal(passes % 2, 1);
    quiesce_wait();
    come_out(far);
    go_in(far, e, 0);
    come_out(third);
    go_in(third, d, 0);
    quiesce_wait();
    assert_int_equal(far->kicks + third->kicks, 0); /* no guest is disturbed */
    assert_int_equal(boot_cpu.passes, passes + 4);
    come_out(third);
    go_in(third, NULL, 0);
    quiesce_wait_flushed(d); /* e's guest has nothing of it */
    assert_int_equal(far->kicks + third->kicks, 0);
}

static void who_is_in_the_hypervisor_is_waited_for(void **state)
{
    (void)state;
    come_out(far);
    turns_others(far_idles_in_the_end);
    quiesce_wait();
    assert_int_equal(waited, 3);
    quiesce_wait();
    assert_int_equal(waited, 3);
    come_out(far);
    waited = 0;
    quiesce_wait_flushed(d);
    assert_int_equal(waited, 3);
    assert_int_equal(far->kicks, 0); /* it comes by itself */
}

static uint64_t enters_with;
static const struct domain *enters;

static void far_leaves_and_enters(void)
{
    assert_int_equal(far->kicks, 1);
    if (++waited < 3)
        return;
    come_out(far);
    if (enters != NULL)
        go_in(far, enters, enters_with);
}

static void wait_flushed(void *unused)
{
    (void)unused;
    quiesce_wait_flushed(d);
}

static enum fake_end wait_while_far_enters(const struct domain *guest, uint64_t unmapped)
{
    come_out(far);
    go_in(far, d, 0);
    d->unmapped = 5;
    enters = guest;
    enters_with = unmapped;
    turns_others(far_leaves_and_enters);
    return fake_run(wait_flushed, NULL);
}

static void who_runs_the_domain_leaves_it_once(void **state)
{
    static const struct {
        bool of_it, in_guest;
        uint64_t with;
        enum fake_end end;
    } entries[] = {{true, true, 5, FAKE_RETURNED},  {true, true, 6, FAKE_RETURNED},
                   {true, true, 4, FAKE_HALTED},    {true, true, 0, FAKE_HALTED},
                   {false, true, 0, FAKE_RETURNED}, {false, false, 0, FAKE_RETURNED}};

    for (unsigned int i = 0; i < ARRAY_SIZE(entries); i++) {
        const struct domain *guest;

        (void)start(state);
        guest = entries[i].of_it ? d : e;
        assert_int_equal(wait_while_far_enters(entries[i].in_guest ? guest : NULL, entries[i].with),
                         entries[i].end);
        assert_int_equal(waited, 3);
        assert_int_equal(third->kicks, 0);
        if (entries[i].end == FAKE_HALTED)
            assert_true(machine_said("has_stale"));
    }
}

static void free_frame(void *frame)
{
    memory_free(*(mfn_t *)frame, ORDER_4K);
}

static void a_stale_frame_isnt_freed(void **state)
{
    mfn_t frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);

    (void)state;
    memory_mark_stale(frame);
    memory_mark_flushed(frame);
    free_frame(&frame);
    frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    memory_mark_stale(frame);
    assert_int_equal(fake_run(free_frame, &frame), FAKE_HALTED);
    assert_true(machine_said("is_stale"));
}

/* Nor as part of a larger block. */
static void free_large(void *frame)
{
    memory_free(*(mfn_t *)frame, ORDER_2M);
}

static void no_block_with_a_stale_frame_is_freed(void **state)
{
    mfn_t frame = memory_alloc(ORDER_2M, OWNER_HYPERVISOR);

    (void)state;
    memory_mark_stale(mfn(frame.m + 511));
    assert_int_equal(fake_run(free_large, &frame), FAKE_HALTED);
}

/* What is unmapped is stale until all have left the guest; then it is free. */
static void what_is_unmapped_is_freed_after_the_wait(void **state)
{
    struct domain_locked locked;
    uint64_t free_before = memory_free_frames(), unmapped = d->unmapped;
    mfn_t frame = p2m_lookup(d, gfn(RAM_GFN)), freed;

    (void)state;
    come_out(far);
    go_in(far, d, unmapped);
    locked = domain_lock(d);
    assert_int_equal(physmap_add_shared_info(locked, gfn(RAM_GFN), &freed), 0);
    domain_unlock(locked);
    assert_int_equal(freed.m, frame.m);
    assert_true(d->unmapped > unmapped);
    assert_int_equal(memory_free_frames(), free_before);
    assert_int_equal(fake_run(free_frame, &freed), FAKE_HALTED); /* not yet */

    (void)start(state);
    come_out(far);
    go_in(far, d, d->unmapped);
    locked = domain_lock(d);
    assert_int_equal(physmap_add_shared_info(locked, gfn(RAM_GFN), &freed), 0);
    domain_unlock(locked);
    enters = d;
    enters_with = d->unmapped;
    free_before = memory_free_frames();
    turns_others(far_leaves_and_enters);
    physmap_free(d, freed);
    assert_int_equal(waited, 3);
    assert_int_equal(memory_free_frames(), free_before + 1);
    assert_int_equal(memory_owner(freed), OWNER_FREE);
}

/* A domain that ends gives back what is stale, too: no CPU runs it. */
static void a_domain_that_ends_gives_all_back(void **state)
{
    uint64_t free_before;
    mfn_t frame;

    (void)state;
    frame = p2m_lookup(d, gfn(RAM_GFN));
    memory_mark_stale(frame);
    free_before = memory_free_frames();
    come_out(far);
    turns_others(far_idles_in_the_end);
    scene_end(d);
    assert_int_equal(waited, 3); /* it looked the domain up, perhaps */
    assert_true(memory_free_frames() > free_before + 64);
    assert_int_equal(memory_owner(frame), OWNER_FREE);
    d = scene_domain(1, "", 256);
    scene_end(d);
}

static void d_ends(void)
{
    turns_others(NULL);
    turns_as(1);
    scene_end(d);
    turns_as(0);
}

static void free_unmapped(void *freed)
{
    physmap_free(d, *(mfn_t *)freed);
}

/* Who waits counts as idle: nothing keeps the domain, if it is another one, until then. */
static void the_domain_may_end_meanwhile(void **state)
{
    struct domain_locked locked;
    uint64_t free_before;
    mfn_t freed;

    (void)state;
    scene_end(d);
    free_before = memory_free_frames();
    d = scene_domain(1, "", 256);
    locked = domain_lock(d);
    assert_int_equal(physmap_add_shared_info(locked, gfn(RAM_GFN), &freed), 0);
    domain_unlock(locked);
    come_out(far);
    turns_others(d_ends);
    assert_int_equal(fake_run(free_unmapped, &freed), FAKE_RETURNED);
    assert_null(domain_by_domid(1));
    assert_int_equal(memory_owner(freed), OWNER_FREE);
    assert_int_equal(memory_free_frames(), free_before);
}

#define QUIESCE_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        QUIESCE_TEST(nobody_waits_for_who_idles_or_is_in_a_guest),
        QUIESCE_TEST(who_is_in_the_hypervisor_is_waited_for),
        QUIESCE_TEST(who_runs_the_domain_leaves_it_once),
        QUIESCE_TEST(a_stale_frame_isnt_freed),
        QUIESCE_TEST(no_block_with_a_stale_frame_is_freed),
        QUIESCE_TEST(what_is_unmapped_is_freed_after_the_wait),
        QUIESCE_TEST(a_domain_that_ends_gives_all_back),
        QUIESCE_TEST(the_domain_may_end_meanwhile),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
