/* SPDX-License-Identifier: BSD-2-Clause */
/* What a hypercall costs, in TSC ticks: QEMU with -icount shift=0 makes one of each instruction. */
#include "command.h"
#include "measure.h"

#define WORD(i) (arguments->value[i])

struct cost {
    uint64_t first, least;
    int64_t result; /* of the last call */
};

static uint64_t ticks_of_nothing(const uint64_t call[5])
{
    int64_t result;

    return measured_nothing(call, &result);
}

static struct cost measure(const uint64_t call[5], uint64_t times)
{
    uint64_t nothing = ticks_of_nothing(call), i;
    struct cost cost = {0};

    for (i = 0; i < times; i++) {
        uint64_t ticks = measured_call(call, &cost.result) - nothing;

        if (i == 0)
            cost.first = ticks;
        if (i == 0 || ticks < cost.least)
            cost.least = ticks;
    }
    return cost;
}

void command_measure(const struct arguments *arguments, struct result *result)
{
    uint64_t call[5] = {0};
    struct cost cost;
    unsigned int i;

    for (i = 1; i < arguments->nr; i++)
        call[i - 1] = WORD(i);
    cost = measure(call, WORD(0));
    result->value = (int64_t)cost.least;
    result_note(result, "first", cost.first);
    result_note(result, "result", (uint64_t)cost.result);
}
