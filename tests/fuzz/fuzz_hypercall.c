/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * libFuzzer: three domains on a fake machine do what the input says (tests/unit/hv_script.h). Found
 * is, besides what the sanitizers see and a machine that stops: a call that fails and changes
 * something, and an invariant that is broken.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "hv/arch/fake/fake.h"
#include "hv_invariants.h"
#include "hv_script.h"

#define COMPARE 8u /* every so many steps a failing call is compared: digests take their time */

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void stop_if(const char *wrong)
{
    if (wrong == NULL)
        return;
    (void)fprintf(stderr, "%s\n%s\n", fake.output, wrong);
    abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct script s = {.bytes = data, .size = size};

    script_start(&s);
    for (unsigned int step = 0; script_goes_on(&s); step++)
        stop_if(script_step(&s, step % COMPARE == 0));
    stop_if(invariants_broken(s.base));
    return 0;
}
