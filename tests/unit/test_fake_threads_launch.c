/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Launches whose boot domain has several vCPUs, each of which asks for anything at any time: starts
 * domains, changes them, finalises, gives up, shuts down; while those that are started already go
 * their way on other CPUs, and one of them changes the policy. However it ends, it ends once, and
 * nothing is lost.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "hv/domain/domain.h"
#include "hv/gate/ops.h"
#include "hv/launch/report.h"
#include "lcm/lcm.h"
#include "hv/machine/memory.h"
#include "hv/public/bailiwick_op.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv/ops/xsm.h"
#include "hv_storm.h"

#define MEMORY (56 * MIB)
#define SYSTEM FAKE_BUILD "/tests/fake/boot_domain/"
#define FIRST_MODULE (4 * MIB)
#define CPUS 3u
#define BOOT_VCPUS 4u
#define LEAST_LAUNCHES 4u
#define ENOUGH 20u /* calls that a domain makes when the launch is over */
#define MODULES 4u
/* As the LCM numbers them. */
#define RESCUE 1u
#define EARLY 2u
#define GUEST 4u

static const struct machine_file files[] = {
    {SYSTEM "lcm.dtb", "lcm.dtb"},
    {SYSTEM "policy", "policy"},
    {SYSTEM "probe.elf", "probe.elf"},
};

/* Each vCPU's own, which only who runs it touches. */
static struct storm_vcpu vcpus[GUEST + 1][BOOT_VCPUS]; /* by domid */
static uint64_t seed;
static unsigned int finalised, failed, replaced;

/* The policy once more, for who replaces it. */
static struct {
    uint8_t bytes[64 * KIB];
    uint32_t size;
} policy;
#define POLICY_AT (2 * MIB)

static void read_policy(void)
{
    FILE *stream = fopen(files[1].path, "rb");

    assert_non_null(stream);
    policy.size = (uint32_t)fread(policy.bytes, 1, sizeof(policy.bytes), stream);
    (void)fclose(stream);
}

static struct storm_vcpu *own(struct vcpu *v)
{
    struct storm_vcpu *s = &vcpus[v->domain->domid][v->id];

    if (s->v != v)
        *s = (struct storm_vcpu){.v = v,
                                 .random = (__atomic_add_fetch(&seed, 1, __ATOMIC_RELAXED) + 1) *
                                           0x9e3779b97f4a7c15};
    return s;
}

static int64_t op(struct storm_vcpu *s, uint64_t sub, void *header, size_t size)
{
    return storm_call(s, HYPERVISOR_BAILIWICK_OP, sub, header, size);
}

static void shut_down(struct storm_vcpu *s)
{
    struct sched_shutdown shutdown = {SHUTDOWN_poweroff};

    (void)storm_call(s, __HYPERVISOR_sched_op, SCHEDOP_shutdown, &shutdown, sizeof(shutdown));
}

/* Where this vCPU's arguments are, behind what calls put there. */
static uint64_t room(const struct storm_vcpu *s)
{
    return ARGUMENTS + s->v->id * PAGE_SIZE + PAGE_SIZE / 2;
}

static uint16_t somebody(struct storm_vcpu *s)
{
    static const uint16_t domids[] = {RESCUE, EARLY, GUEST};

    return domids[storm_random(s, ARRAY_SIZE(domids))];
}

static void look(struct storm_vcpu *s)
{
    struct bw_launch_info info = {0};
    struct bw_module_read read = {.buffer = room(s), .index = storm_random(s, MODULES), .size = 64};
    struct bw_staged_stat stat = {.index = storm_random(s, MODULES + 1)};

    (void)op(s, BW_OP_launch_info, &info, sizeof(info));
    (void)op(s, BW_OP_module_read, &read, sizeof(read));
    (void)op(s, BW_OP_staged_stat, &stat, sizeof(stat));
}

static void complete(struct storm_vcpu *s)
{
    struct bw_staged_memory memory = {
        .address = MIB, .buffer = room(s), .size = 64, .domid = somebody(s)};
    struct bw_staged_vcpu registers = {.state = room(s), .domid = memory.domid};
    struct bw_staged_param param = {
        .index = HVM_PARAM_STORE_EVTCHN, .value = 1, .domid = memory.domid};

    (void)op(s, BW_OP_staged_write, &memory, sizeof(memory));
    (void)op(s, BW_OP_staged_read, &memory, sizeof(memory));
    if (op(s, BW_OP_staged_get_vcpu, &registers, sizeof(registers)) == 0)
        (void)op(s, BW_OP_staged_set_vcpu, &registers, sizeof(registers));
    (void)op(s, BW_OP_staged_set_param, &param, sizeof(param));
}

static void start_somebody(struct storm_vcpu *s)
{
    struct bw_staged_unpause unpause = {.domid = somebody(s)};

    (void)op(s, BW_OP_staged_unpause, &unpause, sizeof(unpause));
}

static void end_launch(struct storm_vcpu *s)
{
    struct bw_launch_fail reason = {.text = room(s), .size = 4};

    switch (storm_random(s, 8)) {
    case 0:
        (void)op(s, BW_OP_launch_fail, &reason, sizeof(reason));
        break;
    case 1:
        shut_down(s);
        break;
    default:
        (void)storm_call(s, HYPERVISOR_BAILIWICK_OP, BW_OP_launch_finalise, NULL, 0);
        break;
    }
}

/* Its first vCPU brings up the others, and any of them ends it at some time. */
static void prepare(struct storm_vcpu *s)
{
    if (s->v->id == 0 && s->count++ == 0)
        for (uint32_t id = 1; id < BOOT_VCPUS; id++) {
            s->v->domain->vcpu[id]->initialised = true;
            (void)storm_vcpu_op(s, VCPUOP_up, id, NULL, 0);
        }
    switch (storm_random(s, 8)) {
    case 0:
        start_somebody(s);
        break;
    case 1:
        if (storm_random(s, 4) == 0)
            end_launch(s);
        break;
    case 2:
        storm_event_call(s);
        break;
    case 3:
    case 4:
        complete(s);
        break;
    default:
        look(s);
        break;
    }
}

static void replace_policy(struct storm_vcpu *s)
{
    struct xen_flask_op load = {.cmd = FLASK_LOAD,
                                .interface_version = XEN_FLASK_INTERFACE_VERSION};

    for (uint32_t at = 0; at < policy.size; at += PAGE_SIZE)
        memcpy(scene_memory(s->v->domain, POLICY_AT + at), policy.bytes + at, PAGE_SIZE);
    load.u.load.buffer.p = (char *)POLICY_AT;
    load.u.load.size = policy.size;
    if (storm_xsm_op(s, &load, sizeof(load)) == 0)
        __atomic_fetch_add(&replaced, 1, __ATOMIC_RELAXED);
}

/* Of who has the role control. */
static void change_policy(struct storm_vcpu *s)
{
    struct xen_flask_op enforce = {.cmd = FLASK_SETENFORCE,
                                   .interface_version = XEN_FLASK_INTERFACE_VERSION};
    struct xen_flask_op commit = {.cmd = FLASK_COMMITBOOLS,
                                  .interface_version = XEN_FLASK_INTERFACE_VERSION};

    switch (storm_random(s, 4)) {
    case 0:
        replace_policy(s);
        break;
    case 1:
        enforce.u.enforce.enforcing = storm_random(s, 2);
        (void)storm_xsm_op(s, &enforce, sizeof(enforce));
        break;
    default:
        (void)storm_xsm_op(s, &commit, sizeof(commit));
        break;
    }
}

/* Who is started early tries what is the boot domain's alone; and all end when the launch is over.
 */
static void go_ones_way(struct storm_vcpu *s)
{
    bool over = __atomic_load_n(&gate_finalised, __ATOMIC_RELAXED);

    switch (storm_random(s, 4)) {
    case 0:
        look(s);
        break;
    case 1:
        change_policy(s);
        break;
    default:
        storm_event_call(s);
        break;
    }
    if (over && s->count++ > ENOUGH)
        shut_down(s);
}

static void run(struct vcpu *v)
{
    if ((v->domain->roles & XSM_ROLE_BOOT) != 0)
        prepare(own(v));
    else
        go_ones_way(own(v));
}

/* Of the test's own CPU, again and again while it has nothing to do. */
static void idle(void)
{
    if (__atomic_load_n(&fake.end_reported, __ATOMIC_RELAXED))
        fake_leave();
}

/* In the LCM that is loaded already. */
static void put(const char *path, const char *property, uint32_t value)
{
    void *lcm = map_paddr(paddr(FIRST_MODULE));
    int node = fdt_path_offset(lcm, path);

    assert_true(node >= 0);
    assert_int_equal(fdt_setprop_inplace_u32(lcm, node, property, value), 0);
}

static void expect_nothing_lost(void)
{
    uint64_t base = invariants_frames_without_domains();

    assert_null(invariants_broken(base));
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (domain_in_slot(i) != NULL)
            storm_destroy(domain_in_slot(i));
    }
    assert_null(invariants_broken(base));
}

static void launch_once(void)
{
    static const struct fake_hooks hooks = {.run = run, .idle = idle};

    memset(vcpus, 0, sizeof(vcpus));
    machine_load(MEMORY, files, ARRAY_SIZE(files));
    fake.other_cpus = CPUS - 1;
    put("/chosen/hypervisor/prepare", "cpus", BOOT_VCPUS);
    put("/chosen/hypervisor/early", "permissions", LCM_PERMISSION_CONTROL);
    assert_int_equal(machine_run(&hooks), FAKE_LEFT);
    fake_end_threads();
    assert_true(machine_said("all domains have stopped"));
    assert_true(gate_finalised);
    if (report_failure()[0] == '\0') {
        finalised++;
    } else {
        assert_true(gate_sealed);
        failed++;
    }
    expect_nothing_lost();
}

static void everybody_asks_for_anything(void **state)
{
    unsigned int n = 0, least = storm_least(LEAST_LAUNCHES);

    (void)state;
    read_policy();
    for (storm_watch(); storm_lasts() || n < least; n++)
        launch_once();
    storm_unwatch();
    print_message("%u launches, %u finalised, %u failed; %u policies loaded\n", n, finalised,
                  failed, replaced);
    assert_true(replaced > 0);
    assert_int_equal(finalised + failed, n);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(everybody_asks_for_anything)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
