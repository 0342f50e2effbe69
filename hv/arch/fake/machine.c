/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/threads.h"
#include "hv/machine/cpu.h"

struct fake_machine fake;
struct cpu boot_cpu = BOOT_CPU;

static jmp_buf end_point;
static bool inside_run;

void arch_map_memory(const struct boot_info *boot)
{
    (void)boot;
}

void arch_init(void)
{
    boot_cpu.self = &boot_cpu;
}

const char *arch_describe(void)
{
    return "a process that acts as a machine";
}

/* Threads share the processors that there are. */
void fake_relax(void)
{
    (void)sched_yield();
}

void arch_idle(void)
{
    if (threads_exist())
        threads_idle();
    else if (fake.hooks != NULL && fake.hooks->idle != NULL)
        fake.hooks->idle();
}

/* The one CPU has them already: the test's hand lets time pass, and raises the timer. */
void arch_take_interrupts(void)
{
    if (threads_exist())
        threads_take_interrupts();
}

/* Nobody's secrets depend on it here, and tests want to be repeated: splitmix64. */
void arch_report_end(unsigned int code)
{
    __atomic_store_n(&fake.end_reported, true, __ATOMIC_RELAXED);
    __atomic_store_n(&fake.end_code, code, __ATOMIC_RELAXED);
}

static _Noreturn void end_run(enum fake_end end)
{
    if (inside_run)
        longjmp(end_point, (int)end);
    (void)fprintf(stderr, "%s\nthe machine stopped\n", fake.output);
    abort();
}

_Noreturn void arch_halt(void)
{
    if (threads_exist())
        threads_halt();
    end_run(FAKE_HALTED);
}

_Noreturn void fake_leave(void)
{
    end_run(FAKE_LEFT);
}

enum fake_end fake_run(void (*body)(void *argument), void *argument)
{
    enum fake_end end = FAKE_RETURNED;

    inside_run = true;
    switch (setjmp(end_point)) {
    case FAKE_RETURNED:
        body(argument);
        break;
    case FAKE_LEFT:
        end = FAKE_LEFT;
        break;
    default:
        end = FAKE_HALTED;
        break;
    }
    inside_run = false;
    return end;
}
