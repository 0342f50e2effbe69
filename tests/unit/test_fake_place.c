/* SPDX-License-Identifier: BSD-2-Clause */
/* Which CPUs there are, and which of them a domain gets. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv_turns.h"

#define MEMORY (64 * MIB)
#define DOMAIN_KIB 256

static void forget_calls(struct cpu *cpu)
{
    cpu->attention = 0;
    cpu->kicks = 0;
}

static void start_with(unsigned int cpus)
{
    turns_expect(cpus - 1);
    scene_start_sized(NULL, MEMORY);
    for (unsigned int i = 0; i < cpus; i++)
        forget_calls(cpu_by_number(i)); /* those of its start */
}

static int end(void **state)
{
    (void)state;
    turns_end();
    return 0;
}

static int create(uint16_t domid, unsigned int vcpus, bool dedicated, struct domain **d)
{
    struct domain_config config = {.name = "d",
                                   .domid = domid,
                                   .memory_kib = DOMAIN_KIB,
                                   .nr_vcpus = vcpus,
                                   .dedicated = dedicated,
                                   .weight = 77,
                                   .cap = 5};

    return domain_create(&config, d);
}

static struct domain *must_create(uint16_t domid, unsigned int vcpus, bool dedicated)
{
    struct domain *d = NULL;

    assert_int_equal(create(domid, vcpus, dedicated, &d), 0);
    return d;
}

static void refuse(uint16_t domid, unsigned int vcpus, bool dedicated)
{
    uint64_t free_before = memory_free_frames();
    struct domain *d;

    assert_int_equal(create(domid, vcpus, dedicated, &d), -EBUSY);
    assert_int_equal(memory_free_frames(), free_before);
    assert_null(domain_by_domid(domid));
}

static struct queue *queue_of(unsigned int cpu)
{
    return cpu_by_number(cpu)->queue;
}

static void dedicated_vcpus_get_the_last_cpus(void **state)
{
    const struct domain *d;

    (void)state;
    start_with(5);
    d = must_create(1, 3, true);
    for (unsigned int i = 0; i < 3; i++) {
        assert_ptr_equal(d->vcpu[i]->queue, queue_of(4 - i));
        assert_ptr_equal(d->vcpu[i]->queue->owner, cpu_by_number(4 - i));
        assert_true((cpu_by_number(4 - i)->attention & ATTENTION_KICK) != 0);
        assert_int_equal(cpu_by_number(4 - i)->kicks, 1);
    }
    assert_null(queue_of(0)->owner);
    assert_ptr_equal(queue_of(0), queue_of(1));
    assert_int_equal(cpu_by_number(1)->attention | cpu_by_number(1)->kicks, 0);
    /* Its weight and cap mean nothing. */
    assert_int_equal(d->share.weight, SHARE_DEFAULT_WEIGHT);
    assert_int_equal(d->share.cap, 0);
}

/* Whoever waits for a CPU that has been told, and that is dedicated before it looks. */
static void who_waits_is_looked_at_by_the_others(void **state)
{
    struct domain *d;

    (void)state;
    start_with(3);
    d = must_create(1, 1, false);
    d->vcpu[0]->initialised = true;
    for (unsigned int i = 0; i < 3; i++)
        assert_null(turns_step(i));
    turns_as(2);
    domain_unpause(d);
    assert_int_equal(cpu_by_number(0)->kicks + cpu_by_number(1)->kicks, 0);
    (void)must_create(2, 1, true);
    assert_ptr_equal(queue_of(2)->owner, cpu_by_number(2));
    assert_null(turns_step(2));
    assert_int_equal(cpu_by_number(1)->kicks, 1);
    assert_ptr_equal(turns_step(1), d->vcpu[0]);
}

static void shared_domains_get_what_is_left(void **state)
{
    const struct domain *d;

    (void)state;
    start_with(3);
    d = must_create(1, 32, false);
    for (unsigned int i = 0; i < d->nr_vcpus; i++)
        assert_ptr_equal(d->vcpu[i]->queue, queue_of(0));
    assert_int_equal(d->share.weight, 77);
    assert_int_equal(d->share.cap, 5);
    refuse(2, 3, true);
    (void)must_create(2, 2, true);
    assert_ptr_equal(d->vcpu[0]->queue, queue_of(0));
    assert_true(queue_of(1) != queue_of(0) && queue_of(2) != queue_of(0));
    refuse(3, 1, true);
    (void)must_create(3, 1, false);
}

/* Without a shared domain nothing needs to be left for such. */
static void all_cpus_can_be_dedicated(void **state)
{
    struct domain *d;

    (void)state;
    start_with(4);
    refuse(1, 5, true);
    d = must_create(1, 3, true);
    (void)must_create(2, 1, true);
    assert_ptr_equal(queue_of(0)->owner, &boot_cpu);
    assert_true((boot_cpu.attention & ATTENTION_KICK) != 0);
    assert_int_equal(boot_cpu.kicks, 0); /* it sees that without */
    refuse(3, 1, false);
    refuse(3, 1, true);
    domain_stop(d, SHUTDOWN_poweroff);
    domain_destroy(d);
    (void)must_create(3, 1, false);
    refuse(4, 3, true);
    (void)must_create(4, 2, true);
}

static void cpus_come_back(void **state)
{
    struct domain *shared, *dedicated;
    struct queue *q;

    (void)state;
    start_with(2);
    q = queue_of(0);
    for (unsigned int i = 0; i < 3; i++) {
        shared = must_create(1, 2, false);
        dedicated = must_create(2, 1, true);
        refuse(3, 1, true);
        domain_destroy(shared);
        (void)must_create(1, 1, true); /* nobody shares now */
        refuse(3, 1, false);
        domain_destroy(domain_by_domid(1));
        forget_calls(cpu_by_number(1));
        domain_destroy(dedicated);
        assert_ptr_equal(queue_of(0), q);
        assert_ptr_equal(queue_of(1), q);
        assert_true((cpu_by_number(1)->attention & ATTENTION_KICK) != 0);
        assert_int_equal(cpu_by_number(1)->kicks, 1);
    }
}

static void one_cpu_is_shared_or_dedicated(void **state)
{
    (void)state;
    start_with(1);
    refuse(1, 2, true);
    (void)must_create(1, 1, true);
    refuse(2, 1, false);
    start_with(1);
    (void)must_create(1, 1, false);
    refuse(2, 1, true);
}

static void a_domain_that_wasn_t_built_has_no_place(void **state)
{
    struct domain *d;

    (void)state;
    start_with(2);
    for (unsigned int fail = 1; fail < 300; fail++) {
        fake.fail_at = fake.allocations + fail;
        if (create(1, 2, true, &d) == 0)
            break;
        assert_true(fail < 299);
        assert_ptr_equal(queue_of(1), queue_of(0));
    }
    fake.fail_at = 0;
    assert_true(queue_of(1) != queue_of(0));
}

static void all_cpus_are_started(void **state)
{
    (void)state;
    start_with(CONFIG_MAX_CPUS);
    assert_int_equal(cpus_count(), CONFIG_MAX_CPUS);
    for (unsigned int i = 0; i < cpus_count(); i++) {
        assert_int_equal(cpu_by_number(i)->number, i);
        assert_true(cpu_by_number(i)->online);
        assert_int_equal(cpu_by_number(i)->timer_lock.rank, LOCK_TIMERS);
    }
    (void)must_create(1, 32, true);
    (void)must_create(2, 32, true);
    refuse(3, 1, false);
}

static void start_cpus(void *unused)
{
    (void)unused;
    cpus_start();
}

static void what_cant_be_started_is_left_out(void **state)
{
    static const struct {
        int error;
        const char *text;
    } errors[] = {{-ETIMEDOUT, "doesn't answer"},
                  {-EOPNOTSUPP, "lacks features"},
                  {-ERANGE, "has another time"},
                  {-ENXIO, "can't be sent messages"}};

    (void)state;
    for (unsigned int i = 0; i < ARRAY_SIZE(errors); i++) {
        start_with(1);
        turns_expect(3);
        turns_fail(1, errors[i].error);
        assert_int_equal(fake_run(start_cpus, NULL), FAKE_RETURNED);
        assert_int_equal(cpus_count(), 3);
        assert_int_equal(cpu_by_number(2)->number, 2);
        assert_true(machine_said(errors[i].text));
        assert_true(machine_said("CPUs: 4 found, 3 started"));
    }
    start_with(1);
    turns_expect(3);
    fake.fail_at = fake.allocations + 2;
    start_cpus(NULL);
    assert_true(machine_said("would take more memory than there is"));
    assert_int_equal(cpus_count(), 3);
    start_with(1);
    turns_expect(CONFIG_MAX_CPUS + 1);
    start_cpus(NULL);
    assert_true(machine_said("2 CPUs more than this hypervisor was built for"));
    assert_int_equal(cpus_count(), CONFIG_MAX_CPUS);
}

#define PLACE_TEST(name) cmocka_unit_test_teardown(name, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLACE_TEST(dedicated_vcpus_get_the_last_cpus),
        PLACE_TEST(who_waits_is_looked_at_by_the_others),
        PLACE_TEST(shared_domains_get_what_is_left),
        PLACE_TEST(all_cpus_can_be_dedicated),
        PLACE_TEST(cpus_come_back),
        PLACE_TEST(one_cpu_is_shared_or_dedicated),
        PLACE_TEST(a_domain_that_wasn_t_built_has_no_place),
        PLACE_TEST(all_cpus_are_started),
        PLACE_TEST(what_cant_be_started_is_left_out),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
