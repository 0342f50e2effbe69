/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains that end and come back while others send to them, look them up and bind to them, and
 * while their own vCPUs are at anything: on shared CPUs and on dedicated ones.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv_storm.h"

#define LEAST_REBUILT 5u

static void anything(struct storm_vcpu *s)
{
    static storm_script *const scripts[] = {storm_vcpu_call, storm_timer_call, storm_event_call,
                                            storm_event_call, storm_memory_call};

    scripts[storm_random(s, 5)](s);
}

/* Domid 1 stays. The others are rebuilt in turn. */
static void rebuild_others(unsigned int vcpus, bool dedicated)
{
    struct domain *domain[STORM_DOMAINS + 1];
    unsigned int n = 0;

    for (uint16_t domid = 1; domid <= STORM_DOMAINS; domid++)
        domain[domid] = storm_domain(domid, vcpus, dedicated && domid > 1);
    for (; storm_goes_on() || n < LEAST_REBUILT; n++) {
        uint16_t domid = (uint16_t)(2 + n % (STORM_DOMAINS - 1));

        for (unsigned int i = 0; i < 5; i++)
            storm_pass();
        storm_destroy(domain[domid]);
        domain[domid] = storm_domain(domid, vcpus, dedicated);
    }
}

static void run(storm_script *script, unsigned int vcpus, bool dedicated)
{
    storm_start(4, script);
    rebuild_others(vcpus, dedicated);
    storm_end_well();
}

static void domains_end_under_events(void **state)
{
    (void)state;
    run(storm_event_call, 2, false);
}

static void domains_end_under_timers(void **state)
{
    (void)state;
    run(storm_timer_call, 2, false);
}

static void domains_end_while_they_do_anything(void **state)
{
    (void)state;
    run(anything, 2, false);
}

static void domains_end_on_cpus_of_their_own(void **state)
{
    (void)state;
    run(anything, 1, true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(domains_end_under_events),
        cmocka_unit_test(domains_end_under_timers),
        cmocka_unit_test(domains_end_while_they_do_anything),
        cmocka_unit_test(domains_end_on_cpus_of_their_own),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
