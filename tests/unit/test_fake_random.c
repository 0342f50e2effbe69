/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Random sequences of hypercalls, the same each time: what fails changes nothing, and what must
 * always be true is.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_script.h"

#define STEPS 100000u
#define CHECK_INVARIANTS 200u
#define COMPARE 50u

static void expect_right(const char *wrong, uint64_t seed, unsigned int step)
{
    if (wrong != NULL)
        fail_msg("seed %lu, step %u: %s", seed, step, wrong);
}

static void run(uint64_t seed)
{
    struct script s = {.random = seed};

    script_start(&s);
    for (unsigned int step = 0; step < STEPS; step++) {
        expect_right(script_step(&s, step % COMPARE == 0), seed, step);
        if (step % CHECK_INVARIANTS == 0)
            expect_right(invariants_broken(s.base), seed, step);
    }
    expect_right(invariants_broken(s.base), seed, STEPS);
    /* The sequences mean something: a good part of the calls succeeds, and a good part fails. */
    assert_true(s.calls > STEPS / 2);
    assert_true(s.succeeded > s.calls / 10);
    assert_true(s.refused > s.calls / 10);
}

static void random_calls(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 3; seed++)
        run(seed * 0x9e3779b97f4a7c15);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(random_calls),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
