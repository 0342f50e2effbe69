/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every decision of a policy against libsepol, in every state of its booleans; which contexts are
 * valid; the labels of new objects; and which changes of label are allowed.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "oracle.h"

#define MAX_IMAGE (1u << 20)
#define MUTANT_CONTEXTS 12u

/* For a longer search: -DMUTANT_STEP=1u, and each MUTANT_TURN from 0 to 7. */
#ifndef MUTANT_STEP
#define MUTANT_STEP 17u /* bytes between those that are changed */
#endif
#ifndef MUTANT_TURN
#define MUTANT_TURN 0u
#endif

static unsigned char image[MAX_IMAGE];

static size_t read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        fail_msg("%s is missing", path);
    size = fread(image, 1, sizeof(image), file);
    fclose(file);
    return size;
}

static void compare(void **state)
{
    const char *path = *state;
    size_t size = read_image(path);
    static struct oracle_result result;

    oracle_compare(image, size, ORACLE_MAX_CONTEXTS, 1, &result);
    if (!result.taken)
        fail_msg("refused: %s", result.refusal);
    if (result.difference[0] != '\0')
        fail_msg("%s", result.difference);
    assert_true(result.decisions > 1000);
}

/*
 * One byte changed makes most files none, and some another policy, often one that no compiler would
 * make. Whatever we take libsepol takes too, and both say the same of it.
 */
static void compare_mutants(void **state)
{
    const char *path = *state;
    size_t size = read_image(path);
    unsigned int taken = 0;
    static struct oracle_result result;

    for (size_t i = 0; i < size; i += MUTANT_STEP) {
        unsigned char flip = (unsigned char)(1u << ((i / MUTANT_STEP + MUTANT_TURN) % 8));

        image[i] ^= flip;
        oracle_compare(image, size, MUTANT_CONTEXTS, (unsigned int)i, &result);
        image[i] ^= flip;
        taken += result.taken != 0;
        if (result.difference[0] != '\0')
            fail_msg("byte %zu ^ 0x%02x: %s", i, flip, result.difference);
    }
    assert_true(taken > 10);
}

int main(void)
{
    static char paths[][128] = {ORACLE_POLICIES}; /* by tests/xsm.mk */
    enum { NR_POLICIES = sizeof(paths) / sizeof(paths[0]) };
    static struct CMUnitTest tests[2 * NR_POLICIES];
    static char names[NR_POLICIES][sizeof(paths[0]) + 16];

    for (size_t i = 0; i < NR_POLICIES; i++) {
        snprintf(names[i], sizeof(names[i]), "mutants of %.*s", (int)sizeof(paths[0]), paths[i]);
        tests[2 * i] =
            (struct CMUnitTest){.name = paths[i], .test_func = compare, .initial_state = paths[i]};
        tests[2 * i + 1] = (struct CMUnitTest){
            .name = names[i], .test_func = compare_mutants, .initial_state = paths[i]};
    }
    return cmocka_run_group_tests_name("flask against libsepol", tests, NULL, NULL);
}
