/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every allocation fails once: in a launch, in making a domain, in a hypercall. What was asked for
 * is refused cleanly, and nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <string.h>

#include <cmocka.h>

#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"
#include "hv_cases.h"
#include "hv_digest.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define MEMORY (64 * MIB)
#define SYSTEM FAKE_BUILD "/systems/two-probes/"
#define MOST_POINTS 2000u

static const struct machine_file files[] = {
    {SYSTEM "lcm.dtb", "lcm.dtb"},
    {SYSTEM "two-guests.30", "two-guests.30"},
    {SYSTEM "probe.elf", "probe.elf"},
    {SYSTEM "hello", "hello"},
};

static void leave(struct vcpu *v)
{
    (void)v;
    fake_leave();
}

static const struct fake_hooks hooks = {.run = leave, .idle = fake_leave};

/* Whatever is there, is whole; and all of it can be given back. */
static void expect_nothing_lost(uint64_t base)
{
    assert_null(invariants_broken(base));
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot(i);

        if (d != NULL && d->state == DOMAIN_RUNNING)
            scene_end(d);
        else if (d != NULL)
            domain_destroy(d);
    }
    assert_null(invariants_broken(base));
}

/* Boot with allocation number `n` failing; false: there are fewer. */
static bool boot_failing(uint64_t n, uint64_t base_early, uint64_t base_late)
{
    enum fake_end end;
    uint64_t base;

    machine_load(MEMORY, files, ARRAY_SIZE(files));
    fake.fail_at = n;
    end = machine_run(&hooks);
    assert_true(end == FAKE_LEFT || end == FAKE_HALTED);
    if (end == FAKE_HALTED) {
        assert_int_equal(fake.end_code, 1); /* a refusal, no panic */
        assert_non_null(strstr(fake.output, "launch refused: "));
        assert_null(strstr(fake.output, "unpaused:"));
    }
    base = invariants_frames_without_domains();
    assert_true(base == base_late || (end == FAKE_HALTED && base == base_early));
    expect_nothing_lost(base);
    return fake.allocations >= n;
}

static void a_launch_fails_cleanly_at_every_allocation(void **state)
{
    uint64_t early, late, n = 1;

    (void)state;
    assert_int_equal(machine_boot(MEMORY, files, 1, &hooks), FAKE_HALTED);
    early = invariants_hypervisor_frames();
    assert_int_equal(machine_boot(MEMORY, files, ARRAY_SIZE(files), &hooks), FAKE_LEFT);
    late = invariants_frames_without_domains();
    assert_int_equal(late, early); /* what the policy takes is counted apart */
    while (boot_failing(n, early, late)) {
        n++;
        assert_true(n < MOST_POINTS);
    }
    assert_true(n > 30);
}

/* Refused, or done with smaller blocks. */
static bool create_failing(uint64_t n, uint64_t kib)
{
    const struct domain_config config = {.name = "new",
                                         .domid = 7,
                                         .memory_kib = kib,
                                         .nr_vcpus = 2,
                                         .weight = SHARE_DEFAULT_WEIGHT};
    uint64_t free_before, base;
    struct domain *d = NULL;
    bool reached;
    int error;

    scene_start(NULL);
    free_before = memory_free_frames();
    base = invariants_hypervisor_frames();
    fake.fail_at = fake.allocations + n;
    error = domain_create(&config, &d);
    reached = fake.allocations >= fake.fail_at;
    fake.fail_at = 0;
    assert_true(error == 0 || error == -ENOMEM);
    assert_null(invariants_broken(base));
    if (error == 0)
        domain_destroy(d);
    assert_null(domain_by_domid(7));
    assert_int_equal(memory_free_frames(), free_before);
    assert_null(invariants_broken(base));
    return reached;
}

static void a_domain_fails_cleanly_at_every_allocation(void **state)
{
    static const uint64_t sizes[] = {512, 4096, 12 * 1024 + 8};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
        uint64_t n = 1;

        while (create_failing(n, sizes[i])) {
            n++;
            assert_true(n < MOST_POINTS);
        }
        assert_true(n > 10);
    }
}

static void too_large_a_domain_leaves_nothing(void **state)
{
    const struct domain_config config = {.name = "large",
                                         .domid = 7,
                                         .memory_kib = 32ul * 1024,
                                         .nr_vcpus = 1,
                                         .weight = SHARE_DEFAULT_WEIGHT};
    uint64_t free_before;
    struct domain *d;

    (void)state;
    scene_start(NULL);
    free_before = memory_free_frames();
    assert_int_equal(domain_create(&config, &d), -ENOMEM);
    assert_int_equal(memory_free_frames(), free_before);
}

static void slots_and_domids_run_out(void **state)
{
    struct domain_config config = {
        .name = "one of many", .memory_kib = 16, .nr_vcpus = 1, .weight = SHARE_DEFAULT_WEIGHT};
    uint64_t free_before;
    struct domain *d;

    (void)state;
    scene_start(NULL);
    free_before = memory_free_frames();
    for (config.domid = 0; config.domid < DOMAIN_SLOTS; config.domid++) {
        assert_int_equal(domain_create(&config, &d), 0);
        if (config.domid + 1u < DOMAIN_SLOTS)
            assert_int_equal(domain_create(&config, &d), -EEXIST);
    }
    assert_int_equal(domain_create(&config, &d), -ENOSPC);
    for (uint16_t domid = 0; domid < DOMAIN_SLOTS; domid++)
        domain_destroy(domain_by_domid(domid));
    assert_int_equal(memory_free_frames(), free_before);
}

/* A good call of each operation, with its n-th allocation failing. */
static void calls_fail_cleanly_at_every_allocation(void **state)
{
    (void)state;
    for (unsigned int i = 0; i < nr_op_cases; i++) {
        uint64_t n = 1;

        for (bool reached = true; reached; n++) {
            struct digest before, after;
            struct attempt t;
            int64_t result;

            cases_stage("all_t");
            cases_prepare(&op_cases[i], &t);
            before = digest_take();
            fake.fail_at = fake.allocations + n;
            result = cases_call(&t);
            reached = fake.allocations >= fake.fail_at;
            after = digest_take();
            if (result < 0)
                assert_null(digest_difference(&before, &after));
        }
    }
}

static int64_t place_shared_info(struct domain *d, uint64_t at)
{
    struct xen_add_to_physmap a = {
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = at};

    return scene_call_header(d, __HYPERVISOR_memory_op, XENMEM_add_to_physmap, &a, sizeof(a));
}

/* A place in a large mapping, which is split, and places that need one and two tables. */
static const uint64_t places[] = {0x123, 0x20000, 0x4000000};

static void moving_frames_fails_cleanly_at_every_allocation(void **state)
{
    unsigned int refused = 0;

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(places); i++) {
        uint64_t n = 1;

        for (bool reached = true; reached; n++) {
            struct digest before, after;
            struct domain *d;
            uint64_t base;
            int64_t result;

            scene_start(NULL);
            base = invariants_hypervisor_frames();
            d = scene_domain(1, "", 4096);
            before = digest_take();
            fake.fail_at = fake.allocations + n;
            result = place_shared_info(d, places[i]);
            reached = fake.allocations >= fake.fail_at;
            after = digest_take();
            assert_int_equal(result, reached ? -ENOMEM : 0);
            if (result < 0)
                assert_null(digest_difference(&before, &after));
            refused += reached ? 1 : 0;
            assert_null(invariants_broken(base));
        }
    }
    assert_int_equal(refused, 1 + 1 + 2);
}

/* A domain can't take more tables than it was given, however it scatters its frames. */
static void tables_are_bounded(void **state)
{
    struct domain *d;
    uint64_t base;

    (void)state;
    scene_start(NULL);
    base = invariants_hypervisor_frames();
    d = scene_domain(1, "", 4096);
    d->max_table_frames = d->table_frames + 1;
    assert_int_equal(place_shared_info(d, places[2]), -ENOMEM);
    assert_null(invariants_broken(base));
    assert_int_equal(place_shared_info(d, places[0]), 0);
    assert_int_equal(d->table_frames, d->max_table_frames);
    assert_int_equal(place_shared_info(d, places[1]), -ENOMEM);
    assert_int_equal(place_shared_info(d, UINT64_MAX), -EINVAL);
    assert_int_equal(place_shared_info(d, 1ul << 40), -EINVAL);
    assert_null(invariants_broken(base));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_launch_fails_cleanly_at_every_allocation),
        cmocka_unit_test(a_domain_fails_cleanly_at_every_allocation),
        cmocka_unit_test(too_large_a_domain_leaves_nothing),
        cmocka_unit_test(slots_and_domids_run_out),
        cmocka_unit_test(calls_fail_cleanly_at_every_allocation),
        cmocka_unit_test(moving_frames_fails_cleanly_at_every_allocation),
        cmocka_unit_test(tables_are_bounded),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
