/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A whole launch on the fake machine: from a Multiboot2 hand-over through a real LCM and policy to
 * guests that have the CPU, and back to nothing.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/arch.h"
#include "hv/boot/boot_info.h"
#include "hv/domain/p2m.h"
#include "hv/launch/report.h"
#include "hv/gate/policy.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define MEMORY (64 * MIB)
#define SYSTEM FAKE_BUILD "/systems/two-probes/"
#define DOMAIN_KIB 0x4000ul
#define FIRST_MODULE (4 * MIB)

static const struct machine_file files[] = {
    {SYSTEM "lcm.dtb", "lcm.dtb"},
    {SYSTEM "two-guests.30", "two-guests.30"},
    {SYSTEM "probe.elf", "probe.elf"},
    {SYSTEM "hello", "hello"},
};

static const struct fake_hooks leave_at_once = {.idle = fake_leave};

static void expect_label(const struct domain *d, const char *label)
{
    char context[XSM_MAX_CONTEXT];

    assert_int_equal(xsm_sid_to_context(&gate_engine, d->sid, context, sizeof(context)), 0);
    assert_string_equal(context, label);
}

/* The probe's first segment is at 1 MiB of its memory. */
static void expect_kernel(struct domain *d)
{
    static uint8_t file[64 * KIB];
    FILE *stream = fopen(files[2].path, "rb");

    assert_non_null(stream);
    assert_true(fread(file, 1, sizeof(file), stream) > 8192);
    (void)fclose(stream);
    assert_memory_equal(scene_memory(d, MIB), file + 4096, 4096);
}

static unsigned int turns[3];

static void take_turns(struct vcpu *v)
{
    turns[v->domain->domid]++;
    fake_pass_time(1000000);
    if (turns[1] + turns[2] > 40)
        fake_leave();
}

static void boots_two_guests(void **state)
{
    static const struct fake_hooks hooks = {.run = take_turns};
    struct domain *a, *b;

    (void)state;
    turns[1] = turns[2] = 0;
    assert_int_equal(machine_boot(MEMORY, files, ARRAY_SIZE(files), &hooks), FAKE_LEFT);
    a = domain_by_domid(1);
    b = domain_by_domid(2);
    assert_non_null(a);
    assert_non_null(b);
    assert_null(domain_by_domid(0));
    assert_string_equal(a->name, "guest-a");
    expect_label(a, "system_u:vm_r:guest_a_t");
    expect_label(b, "system_u:vm_r:guest_b_t");
    expect_kernel(a);
    expect_kernel(b);
    assert_int_equal(a->vcpu[0]->arch.entry, b->vcpu[0]->arch.entry);
    assert_true(a->vcpu[0]->arch.entry >= MIB && a->vcpu[0]->arch.entry < 2 * MIB);
    assert_non_null(strstr(scene_memory(a, a->vcpu[0]->arch.start_info), "nonce="));
    assert_true(gate_finalised);
    /* Both had slices of 5 ms in turn. */
    assert_true(turns[1] >= 18 && turns[2] >= 18);
    assert_true(machine_said("13. unpaused: guest-a, guest-b"));
}

#define SLEEPS 10u
#define SLEEP_NS (25 * MILLISECOND)

static struct {
    unsigned int sleeps;
    uint64_t wake;
} sleeper[3];

/* A guest with a timer: it sleeps for a while, and is woken in time. */
static void sleep_and_wake(struct vcpu *v)
{
    struct domain *d = v->domain;
    unsigned int n = d->domid;
    struct vcpu_set_singleshot_timer s;

    if (sleeper[n].sleeps++ == 0)
        assert_true(scene_bind_virq(d, VIRQ_TIMER) > 0);
    else
        assert_true(fake.time >= sleeper[n].wake && fake.time < sleeper[n].wake + MILLISECOND);
    d->shared_info->evtchn_pending[0] = 0;
    v->info->evtchn_pending_sel = 0;
    sleeper[n].wake = fake.time + SLEEP_NS * n;
    s = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = sleeper[n].wake};
    assert_int_equal(
        scene_call_header(d, __HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, &s, sizeof(s)), 0);
    assert_int_equal(scene_call(d, __HYPERVISOR_sched_op, SCHEDOP_block, 0, 0), 0);
    if (sleeper[1].sleeps >= SLEEPS && sleeper[2].sleeps >= SLEEPS / 2)
        fake_leave();
}

/* Time goes to when the timer is set to; it is always set. */
static void idle_until_timer(void)
{
    assert_true(boot_cpu.arch.timer > fake.time);
    fake_pass_time(boot_cpu.arch.timer - fake.time);
}

static void sleeping_guests_wake_in_time(void **state)
{
    static const struct fake_hooks hooks = {.run = sleep_and_wake, .idle = idle_until_timer};

    (void)state;
    memset(sleeper, 0, sizeof(sleeper));
    assert_int_equal(machine_boot(MEMORY, files, ARRAY_SIZE(files), &hooks), FAKE_LEFT);
    assert_int_equal(sleeper[1].sleeps, SLEEPS);
}

static uint64_t count_owned(uint16_t owner)
{
    uint64_t n = 0;

    for (uint64_t f = 0; f < memory_end() >> PAGE_SHIFT; f++)
        n += memory_owner(mfn(f)) == owner ? 1 : 0;
    return n;
}

static void leave(struct vcpu *v)
{
    (void)v;
    fake_leave();
}

static const struct fake_hooks leave_at_first_turn = {.run = leave, .idle = fake_leave};

/* What the launch keeps for itself, with what memory_init took. */
static uint64_t frames_without_domains(void)
{
    uint64_t n = invariants_hypervisor_frames();

    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        const struct domain *d = domain_in_slot(i);

        if (d != NULL)
            n -= invariants_frames_of(d);
    }
    return n;
}

static void accounts_for_every_frame(void **state)
{
    uint64_t free_before, total;

    (void)state;
    assert_int_equal(machine_boot(MEMORY, files, ARRAY_SIZE(files), &leave_at_first_turn),
                     FAKE_LEFT);
    assert_int_equal(count_owned(OWNER_BOOT), 0);
    assert_true(count_owned(1) >= DOMAIN_KIB / 4);
    assert_int_equal(count_owned(1), count_owned(2));
    total = memory_free_frames() + count_owned(OWNER_HYPERVISOR) + count_owned(1) + count_owned(2);
    assert_int_equal(total, memory_total_frames());
    assert_null(invariants_broken(frames_without_domains()));

    free_before = frames_without_domains();
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (domain_in_slot(i) != NULL)
            scene_end(domain_in_slot(i));
    }
    assert_true(fake.end_reported);
    assert_int_equal(fake.end_code, 0);
    assert_true(machine_said("all domains have stopped"));
    assert_int_equal(memory_free_frames(), memory_total_frames() - free_before - policy_frames());
    assert_null(invariants_broken(free_before));
}

/* The modules' memory is zero, and is anybody's. */
static void clears_the_modules(void **state)
{
    static const uint8_t zeros[PAGE_SIZE];
    uint64_t last = FIRST_MODULE >> PAGE_SHIFT;

    (void)state;
    assert_int_equal(machine_boot(MEMORY, files, ARRAY_SIZE(files), &leave_at_first_turn),
                     FAKE_LEFT);
    for (unsigned int i = 0; i < ARRAY_SIZE(files); i++, last++) {
        assert_int_equal(memory_owner(mfn(last)), OWNER_FREE);
        assert_memory_equal(map_mfn(mfn(last)), zeros, PAGE_SIZE);
    }
}

/* A domain ends; who has its memory then finds nothing of it there. */
static void clears_a_domains_memory(void **state)
{
    static const uint8_t zeros[PAGE_SIZE];
    struct domain *d;
    uint64_t frames;

    (void)state;
    scene_start_sized(NULL, 16 * MIB);
    frames = memory_free_frames();
    d = scene_domain(1, "", 8 * KIB);
    for (uint64_t i = 0; i < d->ram_frames; i++)
        memset(scene_memory(d, arch_ram_gfn(i).g << PAGE_SHIFT), 0xaa, PAGE_SIZE);
    scene_end(d);
    assert_int_equal(memory_free_frames(), frames);
    d = scene_domain(2, "", 10 * KIB); /* more than the machine has besides */
    for (uint64_t i = 0; i < d->ram_frames; i++)
        assert_memory_equal(scene_memory(d, arch_ram_gfn(i).g << PAGE_SHIFT), zeros, PAGE_SIZE);
}

static void refuses_a_changed_module(void **state)
{
    (void)state;
    machine_load(MEMORY, files, ARRAY_SIZE(files));
    /* The policy is the second module: its first byte, and its digest, are wrong now. */
    *(uint8_t *)map_paddr(paddr(FIRST_MODULE + PAGE_SIZE)) ^= 1;
    assert_int_equal(machine_run(&leave_at_once), FAKE_HALTED);
    assert_int_equal(fake.end_code, 1);
    assert_true(machine_said("launch refused"));
    assert_true(machine_said("digest"));
}

static void refuses_what_is_no_lcm(void **state)
{
    (void)state;
    assert_int_equal(machine_boot(MEMORY, files + 1, 1, &leave_at_once), FAKE_HALTED);
    assert_true(machine_said("is no launch control module"));
    assert_int_equal(machine_boot(MEMORY, files, 0, &leave_at_once), FAKE_HALTED);
    assert_true(machine_said("the bootloader loaded no modules"));
}

/* The probe's kernel and its script, as a boot entry for Xen has Dom0's. */
static void boots_dom0(void **state)
{
    static const struct fake_hooks hooks = {.run = leave};
    const struct domain *d;

    (void)state;
    assert_int_equal(machine_boot(MEMORY, files + 2, 2, &hooks), FAKE_LEFT);
    d = domain_by_domid(0);
    assert_non_null(d);
    assert_string_equal(d->name, "dom0");
    assert_int_equal(d->sid, XSM_SID_NONE);
    assert_null(domain_by_domid(1));
}

static unsigned int count_said(const char *text)
{
    unsigned int n = 0;

    for (const char *at = fake.output; (at = strstr(at, text)) != NULL; at += strlen(text))
        n++;
    return n;
}

/* The last line has the node and what is wrong with it, and no other line says it again. */
static void refuses_too_small_a_machine(void **state)
{
    (void)state;
    assert_int_equal(machine_boot(32 * MIB, files, ARRAY_SIZE(files), &leave_at_once), FAKE_HALTED);
    assert_int_equal(fake.end_code, 1);
    assert_null(domain_in_slot(0));
    assert_true(machine_said("launch refused: /chosen/hypervisor/guest-b: the required domains"));
    assert_int_equal(count_said("the required domains"), 1);
}

/* A required domain's error is the launch's, and is said once, too. */
static void refuses_too_large_a_domain(void **state)
{
    (void)state;
    assert_int_equal(machine_boot(18 * MIB, files, ARRAY_SIZE(files), &leave_at_once), FAKE_HALTED);
    assert_true(machine_said("launch refused: domain guest-a is required, and failed: "
                             "/chosen/hypervisor/guest-a: memory is 16384 KiB"));
    assert_int_equal(count_said("/chosen/hypervisor/guest-a: memory"), 1);
    assert_int_equal(count_said("domain guest-b failed: /chosen/hypervisor/guest-b: memory"), 1);
}

static void says_once_what_had_no_room(void **state)
{
    static struct lcm_report report;

    (void)state;
    machine_start(MEMORY);
    report.nr_dropped = 3;
    report_findings(&report, NULL);
    report_findings(&report, NULL);
    assert_int_equal(count_said("and 3 findings more"), 1);
    report.nr_dropped = 5;
    report_findings(&report, NULL);
    assert_int_equal(count_said("findings more"), 2);
    assert_true(machine_said("and 2 findings more"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(boots_two_guests),
        cmocka_unit_test(accounts_for_every_frame),
        cmocka_unit_test(sleeping_guests_wake_in_time),
        cmocka_unit_test(clears_the_modules),
        cmocka_unit_test(clears_a_domains_memory),
        cmocka_unit_test(refuses_a_changed_module),
        cmocka_unit_test(refuses_what_is_no_lcm),
        cmocka_unit_test(boots_dom0),
        cmocka_unit_test(refuses_too_small_a_machine),
        cmocka_unit_test(refuses_too_large_a_domain),
        cmocka_unit_test(says_once_what_had_no_room),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
