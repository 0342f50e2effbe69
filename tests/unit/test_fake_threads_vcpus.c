/* SPDX-License-Identifier: BSD-2-Clause */
/* vCPUs that start and stop each other, and wait for their time, on several CPUs at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv_storm.h"

static void some_of_all(struct storm_vcpu *s)
{
    static storm_script *const scripts[] = {storm_vcpu_call, storm_timer_call, storm_event_call};

    scripts[storm_random(s, 3)](s);
}

static void run(storm_script *script, bool dedicated)
{
    storm_start(4, script);
    for (uint16_t domid = 1; domid <= 2; domid++)
        assert_non_null(storm_domain(domid, domid == 1 ? 4 : 2, dedicated && domid == 2));
    while (storm_goes_on())
        storm_pass();
    storm_end_well();
}

static void vcpus_go_up_and_down(void **state)
{
    (void)state;
    run(storm_vcpu_call, false);
}

static void timers_fire(void **state)
{
    (void)state;
    run(storm_timer_call, false);
}

static void vcpus_timers_and_events_on_cpus_of_both_kinds(void **state)
{
    (void)state;
    run(some_of_all, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vcpus_go_up_and_down),
        cmocka_unit_test(timers_fire),
        cmocka_unit_test(vcpus_timers_and_events_on_cpus_of_both_kinds),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
