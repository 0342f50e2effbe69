/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * RAM that goes back to the machine while vCPUs of its domain write to it by what they translated
 * before, and that another domain gets at once.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hv_storm.h"

#define LEAST_REBUILT 5u

static void frames_leave_and_come_back(void **state)
{
    struct domain *passing;
    unsigned int rebuilt = 0;

    (void)state;
    storm_start(3, storm_memory_call);
    assert_non_null(storm_domain(1, 3, false));
    passing = storm_domain(2, 2, false);
    for (; storm_goes_on() || rebuilt < LEAST_REBUILT; rebuilt++) {
        for (unsigned int i = 0; i < 5; i++)
            storm_pass();
        storm_destroy(passing);
        passing = storm_domain(2, 2, false);
    }
    storm_end_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_leave_and_come_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
