/* SPDX-License-Identifier: BSD-2-Clause */
/* What a domain does with its vCPUs (hv/ops/vcpu.c), on CPUs that take turns. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/time.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv_turns.h"

#define NR_VCPUS 3u
#define STEP MILLISECOND
#define AREA (ARGUMENTS + 0x800)
#define UNMAPPED 0x40000000ul

static struct domain *d;

static int start(void **state)
{
    struct domain_config config = {.name = "d",
                                   .domid = 1,
                                   .memory_kib = 512,
                                   .nr_vcpus = NR_VCPUS,
                                   .weight = SHARE_DEFAULT_WEIGHT};

    (void)state;
    turns_expect(1);
    scene_start(NULL);
    turns_as(0);
    assert_int_equal(domain_create(&config, &d), 0);
    d->vcpu[0]->initialised = d->vcpu[1]->initialised = true;
    domain_unpause(d);
    assert_ptr_equal(turns_step(0), d->vcpu[0]);
    return 0;
}

static int end(void **state)
{
    (void)state;
    turns_end();
    return 0;
}

/* vCPU `by` calls for vCPU `id`. */
static int64_t call(unsigned int by, uint64_t op, uint64_t id, uint64_t pointer)
{
    const uint64_t argument[GATE_ARGUMENTS] = {op, id, pointer};

    return gate_hypercall(d->vcpu[by], __HYPERVISOR_vcpu_op, argument);
}

static int64_t is_up(unsigned int id)
{
    return call(0, VCPUOP_is_up, id, 0);
}

static void all_operations_name_a_vcpu_of_the_domain(void **state)
{
    static const uint64_t operations[] = {VCPUOP_up,
                                          VCPUOP_down,
                                          VCPUOP_is_up,
                                          VCPUOP_get_runstate_info,
                                          VCPUOP_register_runstate_memory_area,
                                          VCPUOP_register_vcpu_info,
                                          VCPUOP_register_vcpu_time_memory_area,
                                          VCPUOP_stop_periodic_timer,
                                          VCPUOP_set_singleshot_timer,
                                          VCPUOP_stop_singleshot_timer};
    static const uint64_t ids[] = {NR_VCPUS, CONFIG_MAX_VCPUS, UINT32_MAX};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(operations); i++) {
        for (unsigned int j = 0; j < ARRAY_SIZE(ids); j++)
            assert_int_equal(call(0, operations[i], ids[j], ARGUMENTS), -ENOENT);
    }
    assert_int_equal(call(0, 99, 0, ARGUMENTS), -ENOSYS);
}

static void a_vcpu_goes_up_and_down(void **state)
{
    (void)state;
    assert_int_equal(is_up(0), 1);
    assert_int_equal(is_up(1), 0);
    assert_int_equal(call(0, VCPUOP_up, 2, 0), -EINVAL); /* it has no registers yet */
    assert_int_equal(is_up(2), 0);
    assert_null(turns_step(1));
    assert_int_equal(call(0, VCPUOP_up, 1, 0), 0);
    assert_int_equal(is_up(1), 1);
    assert_ptr_equal(turns_step(1), d->vcpu[1]);
    assert_int_equal(call(0, VCPUOP_up, 1, 0), 0); /* it is */
    assert_int_equal(call(0, VCPUOP_down, 1, 0), 0);
    assert_int_equal(is_up(1), 0);
    assert_int_equal(call(0, VCPUOP_up, 1, 0), -GATE_RETRY); /* it still has its CPU */
    assert_int_equal(is_up(1), 0);
    assert_null(turns_step(1));
    assert_int_equal(call(0, VCPUOP_up, 1, 0), 0);
    assert_ptr_equal(turns_step(1), d->vcpu[1]);
}

static void a_domain_without_a_vcpu_that_is_up_is_off(void **state)
{
    (void)state;
    assert_int_equal(call(0, VCPUOP_up, 1, 0), 0);
    assert_int_equal(call(0, VCPUOP_down, 0, 0), 0); /* itself */
    assert_true(turns_step(0) != d->vcpu[0]);
    assert_int_equal(d->state, DOMAIN_RUNNING);
    assert_int_equal(call(1, VCPUOP_down, 2, 0), 0); /* it is already */
    assert_int_equal(d->state, DOMAIN_RUNNING);
    assert_int_equal(call(1, VCPUOP_down, 1, 0), 0);
    assert_int_equal(d->state, DOMAIN_STOPPED);
    assert_int_equal(d->shutdown_code, SHUTDOWN_poweroff);
    assert_int_equal(call(1, VCPUOP_is_up, 0, 0), 0);
}

static void one_that_blocks_is_up(void **state)
{
    (void)state;
    turns_guest(vcpu_block);
    (void)turns_step(0);
    turns_guest(NULL);
    assert_null(turns_step(0));
    assert_int_equal(d->vcpu[0]->state, VCPU_BLOCKED);
    assert_int_equal(is_up(0), 1);
}

static struct vcpu_runstate_info runstate(unsigned int id)
{
    struct vcpu_runstate_info r;

    assert_int_equal(call(0, VCPUOP_get_runstate_info, id, AREA), 0);
    memcpy(&r, scene_memory(d, AREA), sizeof(r));
    return r;
}

static uint64_t sum(const struct vcpu_runstate_info *r)
{
    uint64_t total = 0;

    for (unsigned int i = 0; i < ARRAY_SIZE(r->time); i++)
        total += r->time[i];
    return total;
}

/* Two vCPUs on one CPU: what one has, is stolen from the other. */
static void runstates_add_up(void **state)
{
    struct vcpu_runstate_info r;
    struct vcpu *ran[200];

    (void)state;
    turns_pass(5 * STEP);
    assert_int_equal(call(0, VCPUOP_up, 1, 0), 0);
    cpu_by_number(1)->idle = false; /* the other CPU stands still */
    for (unsigned int i = 0; i < 200; i++) {
        ran[i] = turns_step(0);
        turns_pass(STEP);
        for (unsigned int id = 0; id < NR_VCPUS; id++) {
            r = runstate(id);
            assert_int_equal(sum(&r), now());
            assert_int_equal(r.state, id == 2            ? RUNSTATE_offline
                                      : ran[i]->id == id ? RUNSTATE_running
                                                         : RUNSTATE_runnable);
        }
    }
    for (unsigned int id = 0; id < 2; id++) {
        uint64_t had = 0;

        r = runstate(id);
        for (unsigned int i = 0; i < 200; i++)
            had += ran[i] == d->vcpu[id] ? STEP : 0;
        assert_true(had > 50 * STEP); /* they take turns */
        assert_in_range(r.time[RUNSTATE_running], had, had + 5 * STEP + 1000);
        assert_in_range(r.time[RUNSTATE_runnable], 200 * STEP - had - 1000,
                        200 * STEP - had + 1000);
        assert_int_equal(r.time[RUNSTATE_blocked], 0);
        assert_int_equal(r.time[RUNSTATE_offline], (uint64_t)id * 5 * STEP);
    }
    assert_int_equal(call(0, VCPUOP_get_runstate_info, 0, UNMAPPED), -EFAULT);
}

static void runstate_areas_are_kept_up_to_date(void **state)
{
    struct vcpu_register_runstate_memory_area *a = scene_memory(d, ARGUMENTS);
    const struct vcpu_runstate_info *area = scene_memory(d, AREA);

    (void)state;
    a->addr.p = AREA;
    assert_int_equal(call(0, VCPUOP_register_runstate_memory_area, 1, ARGUMENTS), -EINVAL);
    assert_int_equal(d->vcpu[1]->runstate_area.v, 0);
    a->addr.p = UNMAPPED;
    assert_int_equal(call(0, VCPUOP_register_runstate_memory_area, 0, ARGUMENTS), -EFAULT);
    assert_int_equal(d->vcpu[0]->runstate_area.v, 0);
    assert_int_equal(call(0, VCPUOP_register_runstate_memory_area, 0, UNMAPPED), -EFAULT);
    a->addr.p = AREA;
    turns_pass(STEP);
    assert_int_equal(call(0, VCPUOP_register_runstate_memory_area, 0, ARGUMENTS), 0);
    assert_int_equal(area->state, RUNSTATE_running);
    assert_int_equal(sum(area), now());
    turns_guest(vcpu_block);
    (void)turns_step(0);
    turns_guest(NULL);
    assert_null(turns_step(0));
    turns_pass(7 * STEP);
    vcpu_wake(d->vcpu[0]);
    assert_ptr_equal(turns_step(0), d->vcpu[0]);
    assert_int_equal(area->state, RUNSTATE_running);
    assert_in_range(area->time[RUNSTATE_blocked], 7 * STEP - 1000, 7 * STEP + 1000);
    assert_int_equal(sum(area), area->state_entry_time);
}

static int64_t register_info(unsigned int id, uint64_t frame, uint32_t offset)
{
    struct vcpu_register_vcpu_info *r = scene_memory(d, ARGUMENTS);

    *r = (struct vcpu_register_vcpu_info){.mfn = frame, .offset = offset};
    return call(0, VCPUOP_register_vcpu_info, id, ARGUMENTS);
}

static void vcpu_info_is_placed_once(void **state)
{
    static const uint64_t frame = 0x20;
    struct vcpu_info *at = scene_memory(d, frame * PAGE_SIZE + PAGE_SIZE - sizeof(*at));

    (void)state;
    assert_int_equal(register_info(1, frame, PAGE_SIZE - sizeof(*at) + 8), -EINVAL);
    assert_int_equal(register_info(1, frame, 4), -EINVAL);
    assert_int_equal(register_info(1, frame, UINT32_MAX - 7), -EINVAL);
    assert_int_equal(register_info(1, UNMAPPED / PAGE_SIZE, 0), -EINVAL);
    assert_ptr_equal(d->vcpu[1]->info, &d->shared_info->vcpu_info[1]);
    d->vcpu[1]->info->evtchn_upcall_mask = 1;
    assert_int_equal(register_info(1, frame, PAGE_SIZE - sizeof(*at)), 0);
    assert_ptr_equal(d->vcpu[1]->info, at);
    assert_int_equal(at->evtchn_upcall_mask, 1); /* what was there came along */
    assert_int_equal(at->evtchn_upcall_pending, 1);
    assert_int_equal(~at->evtchn_pending_sel, 0);
    assert_int_equal(register_info(1, frame, 0), -EINVAL);
    assert_ptr_equal(d->vcpu[1]->info, at);
    assert_ptr_equal(d->vcpu[0]->info, &d->shared_info->vcpu_info[0]);
}

static void timers_are_ones_own(void **state)
{
    struct vcpu_set_singleshot_timer *s = scene_memory(d, ARGUMENTS);

    (void)state;
    turns_pass(STEP);
    *s = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = now() + STEP};
    assert_int_equal(call(0, VCPUOP_set_singleshot_timer, 1, ARGUMENTS), -EINVAL);
    assert_int_equal(call(0, VCPUOP_stop_singleshot_timer, 1, 0), -EINVAL);
    assert_int_equal(d->vcpu[1]->deadline[DEADLINE_SINGLESHOT], NEVER);
    assert_int_equal(call(0, VCPUOP_set_singleshot_timer, 0, ARGUMENTS), 0);
    assert_int_equal(d->vcpu[0]->deadline[DEADLINE_SINGLESHOT], now() + STEP);
    assert_int_equal(call(0, VCPUOP_stop_singleshot_timer, 0, 0), 0);
    assert_int_equal(d->vcpu[0]->deadline[DEADLINE_SINGLESHOT], NEVER);
    s->flags = VCPU_SSHOTTMR_future;
    s->timeout_abs_ns = now() - 1;
    assert_int_equal(call(0, VCPUOP_set_singleshot_timer, 0, ARGUMENTS), -62); /* ETIME */
    assert_int_equal(d->vcpu[0]->deadline[DEADLINE_SINGLESHOT], NEVER);
    s->timeout_abs_ns = now();
    d->vcpu[0]->virq_port[VIRQ_TIMER] = 0;
    assert_int_equal(call(0, VCPUOP_set_singleshot_timer, 0, ARGUMENTS), 0);
    assert_int_equal(d->vcpu[0]->deadline[DEADLINE_SINGLESHOT], NEVER); /* delivered */
    assert_int_equal(call(0, VCPUOP_stop_periodic_timer, 1, 0), 0);
    ((struct vcpu_register_time_memory_area *)(void *)s)->addr.p = AREA;
    assert_int_equal(call(0, VCPUOP_register_vcpu_time_memory_area, 1, ARGUMENTS), -EINVAL);
    assert_int_equal(call(0, VCPUOP_register_vcpu_time_memory_area, 0, ARGUMENTS), 0);
}

#define VCPUS_TEST(name) cmocka_unit_test_setup_teardown(name, start, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        VCPUS_TEST(all_operations_name_a_vcpu_of_the_domain),
        VCPUS_TEST(a_vcpu_goes_up_and_down),
        VCPUS_TEST(a_domain_without_a_vcpu_that_is_up_is_off),
        VCPUS_TEST(one_that_blocks_is_up),
        VCPUS_TEST(runstates_add_up),
        VCPUS_TEST(runstate_areas_are_kept_up_to_date),
        VCPUS_TEST(vcpu_info_is_placed_once),
        VCPUS_TEST(timers_are_ones_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
