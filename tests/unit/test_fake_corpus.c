/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the fuzzer of hypercalls kept (tests/fuzz/corpus/hypercall), once more: every failing call
 * is compared here, and the invariants are checked after each step.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <dirent.h>
#include <stdio.h>

#include <cmocka.h>

#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_script.h"

#define CORPUS "tests/fuzz/corpus/hypercall"
#define MAX_SIZE 4096

static void expect_right(const char *wrong, const char *path, unsigned int step)
{
    if (wrong != NULL)
        fail_msg("%s, step %u: %s", path, step, wrong);
}

static void replay(const char *path)
{
    static uint8_t bytes[MAX_SIZE];
    FILE *stream = fopen(path, "rb");
    struct script s = {.bytes = bytes};

    assert_non_null(stream);
    s.size = fread(bytes, 1, sizeof(bytes), stream);
    (void)fclose(stream);
    script_start(&s);
    for (unsigned int step = 0; script_goes_on(&s); step++) {
        expect_right(script_step(&s, true), path, step);
        expect_right(invariants_broken(s.base), path, step);
    }
}

static void corpus(void **state)
{
    DIR *folder = opendir(CORPUS);
    struct dirent *entry;
    unsigned int n = 0;
    char path[512];

    (void)state;
    assert_non_null(folder);
    while ((entry = readdir(folder)) != NULL) {
        if (entry->d_name[0] == '.')
            continue;
        (void)snprintf(path, sizeof(path), "%s/%s", CORPUS, entry->d_name);
        replay(path);
        n++;
    }
    (void)closedir(folder);
    assert_true(n > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(corpus),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
