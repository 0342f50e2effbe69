/* SPDX-License-Identifier: BSD-2-Clause */
/* A clock that the test moves, and the timer on it. */
#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/threads.h"
#include "hv/machine/cpu.h"

#define WALLCLOCK_AT_START 1700000000ul /* 2023-11-14 22:13:20 UTC */

uint64_t arch_now(void)
{
    return threads_exist() ? threads_now() : fake.time;
}

uint64_t arch_wallclock_at_start(void)
{
    return WALLCLOCK_AT_START;
}

void arch_set_timer(uint64_t deadline)
{
    this_cpu()->arch.timer = deadline == 0 ? 1 : deadline;
}

void arch_stop_timer(void)
{
    this_cpu()->arch.timer = 0;
}

void fake_pass_time(uint64_t ns)
{
    fake.time += ns;
    if (boot_cpu.arch.timer != 0 && boot_cpu.arch.timer <= fake.time) {
        boot_cpu.arch.timer = 0;
        cpu_attend(&boot_cpu, ATTENTION_TIMER);
    }
}
