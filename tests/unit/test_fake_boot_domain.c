/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Launches with and without a boot domain, with and without a crash domain, whole and failing: at
 * every allocation, and in each way in which a boot domain can end. Who runs, and when, is compared
 * with what the launch says; and all that was taken is there in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <libfdt.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/gate/policy.h"
#include "hv/launch/boot_domain.h"
#include "hv/launch/report.h"
#include "hv/machine/cpu.h"
#include "hv/machine/time.h"
#include "hv/machine/memory.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define MEMORY (64 * MIB)
#define SYSTEM FAKE_BUILD "/tests/fake/boot_domain/"
#define FIRST_MODULE (4 * MIB)
#define MOST_POINTS 2000u
#define MOST_TURNS 500u
#define EARLY 2u
#define PROPERTY_SIZE sizeof(fdt32_t)
#define SECRET 0x5ec7e7ul

static const struct machine_file files[] = {
    {SYSTEM "lcm.dtb", "lcm.dtb"},
    {SYSTEM "policy", "policy"},
    {SYSTEM "probe.elf", "probe.elf"},
};

/* What the boot domain does when it has the CPU, and what was seen of the others. */
enum end { FINALISE, GIVE_UP, POWER_OFF, CRASH, HANG };
static enum end ending;
static bool starts_early;
static struct {
    unsigned int boot, early, guest, rescue;
    bool after_refusal; /* somebody else than the crash domain ran */
    bool others_before; /* somebody whom the boot domain hasn't started ran before it was done */
} ran;

static int64_t op(struct domain *d, uint64_t sub, void *header, size_t size)
{
    return scene_call_header(d, HYPERVISOR_BAILIWICK_OP, sub, header, size);
}

static void end_as_wanted(struct domain *d)
{
    struct bw_launch_fail reason = {.text = ARGUMENTS + sizeof(reason), .size = 9};
    struct sched_shutdown shutdown = {ending == CRASH ? SHUTDOWN_crash : SHUTDOWN_poweroff};

    if (ending == FINALISE) {
        (void)scene_call(d, HYPERVISOR_BAILIWICK_OP, BW_OP_launch_finalise, 0, 0);
    } else if (ending == GIVE_UP) {
        memcpy(scene_memory(d, ARGUMENTS + sizeof(reason)), "not today", 9);
        (void)op(d, BW_OP_launch_fail, &reason, sizeof(reason));
    } else if (ending == HANG) {
        fake_pass_time(SECOND);
    } else {
        (void)scene_call_header(d, __HYPERVISOR_sched_op, SCHEDOP_shutdown, &shutdown,
                                sizeof(shutdown));
    }
}

static void prepare(struct domain *d)
{
    struct bw_staged_unpause early = {.domid = EARLY};
    struct bw_staged_memory secret = {
        .address = MIB, .buffer = ARGUMENTS + 64, .size = 8, .domid = EARLY};
    int64_t result;

    if (ran.boot > MOST_TURNS)
        fake_leave(); /* it is never ended */
    if (ran.boot++ > 0 || !starts_early) {
        end_as_wanted(d);
        return;
    }
    assert_int_equal(op(d, BW_OP_staged_write, &secret, sizeof(secret)), 0);
    result = op(d, BW_OP_staged_unpause, &early, sizeof(early));
    assert_int_equal(result, 0);
    result = op(d, BW_OP_staged_unpause, &early, sizeof(early));
    assert_int_equal(result, -EBUSY);
}

static bool is_called(const struct vcpu *v, const char *name)
{
    return strcmp(v->domain->name, name) == 0;
}

/* A guest that runs is seen, and the run is over once all have had the time to be seen. */
static void run(struct vcpu *v)
{
    bool refused = report_failure()[0] != '\0';
    bool boot_runs = ran.boot > 0 && !gate_finalised;

    fake_pass_time(100 * MILLISECOND);
    if (is_called(v, "prepare") && (v->domain->roles & XSM_ROLE_BOOT) != 0) {
        assert_false(refused);
        prepare(v->domain);
        return;
    }
    if (is_called(v, "rescue"))
        ran.rescue++;
    else if (refused)
        ran.after_refusal = true;
    if (boot_runs && !refused && !is_called(v, "early"))
        ran.others_before = true;
    ran.early += is_called(v, "early") ? 1 : 0;
    ran.guest += is_called(v, "guest") ? 1 : 0;
    if ((gate_finalised || refused) && ran.early + ran.guest + ran.rescue > 12)
        fake_leave();
}

/* Nobody has anything to do: time goes by, until it is over. */
static void idle(void)
{
    static uint64_t last;

    if (fake.time > last + 1000 * SECOND || fake.time < last)
        last = fake.time;
    fake_pass_time(10 * MILLISECOND);
    if (gate_finalised || fake.time > last + 400 * SECOND)
        fake_leave();
}

static const struct fake_hooks hooks = {.run = run, .idle = idle};

/* In the LCM that is loaded already. */
static void set_property(const char *path, const char *property, uint32_t value)
{
    void *lcm = map_paddr(paddr(FIRST_MODULE));
    int node = fdt_path_offset(lcm, path);

    assert_true(node >= 0);
    assert_int_equal(fdt_setprop_inplace_u32(lcm, node, property, value), 0);
}

struct variant {
    bool boot, crash;
    bool seal; /* the launch seals the policy */
};

static void load(struct variant variant)
{
    memset(&ran, 0, sizeof(ran));
    machine_load(MEMORY, files, ARRAY_SIZE(files));
    if (!variant.boot)
        set_property("/chosen/hypervisor/prepare", "functions", 0);
    if (!variant.crash)
        set_property("/chosen/hypervisor/rescue", "functions", 0);
    if (variant.seal)
        set_property("/chosen/hypervisor/config/policy", "seal", 1);
}

static enum fake_end launch_variant(struct variant variant)
{
    load(variant);
    return machine_run(&hooks);
}

/* Whatever is there, is whole; and all of it can be given back. */
static void expect_nothing_lost(void)
{
    uint64_t base = invariants_frames_without_domains();

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

static void expect_whole(enum fake_end end)
{
    assert_int_equal(end, FAKE_LEFT);
    assert_true(ran.early > 0 && ran.guest > 0);
    assert_null(strstr(fake.output, "refused"));
    assert_non_null(strstr(fake.output, "unpaused: "));
}

static void expect_failed(enum fake_end end, struct variant variant)
{
    bool rescued = strstr(fake.output, "crash domain rescue starts, alone") != NULL;

    assert_non_null(strstr(fake.output, "launch refused: "));
    assert_null(strstr(fake.output, "unpaused:"));
    assert_false(ran.after_refusal);
    assert_int_equal(ran.guest, 0);
    assert_true(variant.crash || !rescued);
    assert_true(rescued == (ran.rescue > 0));
    assert_int_equal(end, rescued ? FAKE_LEFT : FAKE_HALTED);
    if (!rescued)
        assert_int_equal(fake.end_code, 1); /* a refusal, no panic */
    if (variant.crash && !rescued)
        assert_non_null(strstr(fake.output, "the crash domain rescue can't be started: "));
    if (rescued)
        assert_true(gate_finalised && gate_sealed);
}

static const struct variant variants[] = {
    {false, false, false}, {false, true, false}, {true, false, false}, {true, true, false}};

static void launches_are_whole_with_and_without_each(void **state)
{
    (void)state;
    ending = FINALISE;
    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(variants); i++) {
        struct variant variant = variants[i / 2];

        starts_early = i % 2 == 1;
        expect_whole(launch_variant(variant));
        assert_true((ran.boot > 0) == variant.boot);
        assert_true((ran.rescue > 0) == !variant.crash);
        assert_false(ran.others_before);
        assert_true(domain_by_domid(3) == NULL || !variant.boot);
        expect_nothing_lost();
    }
}

/* Of an allocation that failed: what there was no memory for, and for whom if that is a domain. */
static void expect_reported(void)
{
    const char *report = report_failure();
    char line[512];

    assert_non_null(strstr(report, "memory"));
    assert_true(strncmp(report, "domain ", strlen("domain ")) != 0 ||
                strstr(report, "/kernel: ") != NULL);
    assert_in_range(snprintf(line, sizeof(line), "launch refused: %s\r\n", report), 1,
                    sizeof(line) - 1);
    assert_non_null(strstr(fake.output, line));
}

static void a_launch_seals_if_it_is_asked_to(void **state)
{
    (void)state;
    ending = FINALISE;
    for (unsigned int i = 0; i < 2 * ARRAY_SIZE(variants); i++) {
        struct variant variant = variants[i / 2];

        variant.seal = i % 2 == 1;
        expect_whole(launch_variant(variant));
        assert_int_equal(gate_sealed, variant.seal);
        assert_true(machine_said("from here on; the policy is sealed") == variant.seal);
        expect_nothing_lost();
    }
}

static unsigned int failed_to_finalise;

static bool fails_at(uint64_t n, struct variant variant)
{
    enum fake_end end;

    load(variant);
    fake.fail_at = n;
    end = machine_run(&hooks);
    if (strstr(fake.output, "launch refused: ") != NULL) {
        expect_failed(end, variant);
        expect_reported();
    } else {
        expect_whole(end);
    }
    if (strstr(report_failure(), "the policy with launch_finalised on: ") != NULL)
        failed_to_finalise++;
    expect_nothing_lost();
    return fake.allocations >= n;
}

static void every_allocation_fails_once_in_each(void **state)
{
    (void)state;
    ending = FINALISE;
    starts_early = true;
    for (unsigned int i = 0; i < ARRAY_SIZE(variants); i++) {
        uint64_t n = 1;

        for (; fails_at(n, variants[i]); n++)
            assert_true(n < MOST_POINTS);
        assert_true(n > 50);
        assert_int_equal(failed_to_finalise, i + 1);
    }
}

static void a_boot_domain_s_end_takes_the_crash_path(void **state)
{
    static const char *const why[] = {
        [GIVE_UP] = "boot domain prepare gave up: not today",
        [POWER_OFF] = "boot domain prepare has stopped and didn't finalise: shutdown: poweroff",
        [CRASH] = "boot domain prepare has stopped and didn't finalise: shutdown: crash",
        [HANG] = "boot domain prepare didn't finalise within 120 s",
    };

    (void)state;
    for (unsigned int i = 0; i < 4; i++) {
        struct variant variant = {.boot = true, .crash = i % 2 == 1};

        starts_early = i / 2 == 1;
        for (ending = GIVE_UP; ending <= HANG; ending++) {
            enum fake_end end = launch_variant(variant);

            assert_true(machine_said(why[ending]));
            assert_string_equal(report_failure(), why[ending]);
            expect_failed(end, variant);
            assert_true(variant.crash == (ran.rescue > 0));
            assert_true((ran.early > 0) == starts_early);
            expect_nothing_lost();
        }
    }
}

static unsigned int frames_with(uint64_t word)
{
    unsigned int n = 0;

    for (uint64_t f = 0; f < memory_end() >> PAGE_SHIFT; f++) {
        const uint64_t *at = map_mfn(mfn(f));

        if (memory_owner(mfn(f)) == OWNER_FREE)
            for (size_t i = 0; i < PAGE_SIZE / sizeof(*at); i++)
                n += at[i] == word ? 1 : 0;
    }
    return n;
}

static void keep_a_secret(struct vcpu *v)
{
    if (is_called(v, "prepare"))
        for (uint64_t at = 0; at < PAGE_SIZE; at += sizeof(uint64_t))
            *(uint64_t *)(void *)((char *)scene_memory(v->domain, 2 * MIB) + at) = SECRET;
    run(v);
}

/* Free memory has nothing of the boot domain, the LCM or the modules; and is counted as free. */
static void what_is_reclaimed_is_clear(void **state)
{
    static const struct fake_hooks secretive = {.run = keep_a_secret, .idle = idle};
    uint64_t magic, policy;

    (void)state;
    ending = FINALISE;
    starts_early = false;
    load((struct variant){.boot = true, .crash = true});
    memcpy(&magic, map_paddr(paddr(FIRST_MODULE)), sizeof(magic));
    memcpy(&policy, (char *)map_paddr(paddr(FIRST_MODULE)) + 0x100, sizeof(policy));
    assert_int_equal(machine_run(&secretive), FAKE_LEFT);
    assert_int_equal(frames_with(SECRET), 0);
    assert_int_equal(frames_with(magic), 0);
    assert_int_equal(frames_with(policy), 0);
    for (unsigned int i = 0; i < plan.boot->nr_modules; i++)
        for (uint64_t at = plan.boot->module[i].range.start.a;
             at < plan.boot->module[i].range.end.a; at += PAGE_SIZE)
            assert_int_equal(memory_owner(paddr_to_mfn(paddr(at))), OWNER_FREE);
    assert_null(domain_by_domid(3));
    expect_nothing_lost();
}

/* A domain that is given what was reclaimed: all of what is free, of which it finds none used. */
static void who_is_given_reclaimed_pages_finds_zeroes(void **state)
{
    static const struct fake_hooks secretive = {.run = keep_a_secret, .idle = idle};
    struct domain_config config = {
        .name = "probe", .domid = 9, .nr_vcpus = 1, .weight = SHARE_DEFAULT_WEIGHT};
    struct domain *d;

    (void)state;
    ending = FINALISE;
    starts_early = false;
    load((struct variant){.boot = true, .crash = true});
    assert_int_equal(machine_run(&secretive), FAKE_LEFT);
    config.memory_kib = (memory_free_frames() - 600) * (PAGE_SIZE / KIB);
    assert_int_equal(domain_create(&config, &d), 0);
    for (uint64_t i = 0; i < d->ram_frames; i++) {
        static const uint8_t zeroes[PAGE_SIZE];

        assert_memory_equal(map_mfn(p2m_lookup(d, arch_ram_gfn(i))), zeroes, PAGE_SIZE);
    }
    domain_destroy(d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(launches_are_whole_with_and_without_each),
        cmocka_unit_test(a_launch_seals_if_it_is_asked_to),
        cmocka_unit_test(every_allocation_fails_once_in_each),
        cmocka_unit_test(a_boot_domain_s_end_takes_the_crash_path),
        cmocka_unit_test(what_is_reclaimed_is_clear),
        cmocka_unit_test(who_is_given_reclaimed_pages_finds_zeroes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
