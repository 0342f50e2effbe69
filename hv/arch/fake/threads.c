/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUs that are threads: their start and end, and what interrupts them. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/threads.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/panic.h"
#include "hv/machine/time.h"

#define IDLE_STEP 20u /* us */

static _Thread_local struct cpu *self;
static pthread_t threads[CONFIG_MAX_CPUS];
static unsigned int nr_threads;
static bool ending;
static struct cpu *stopper; /* panic() is its */

struct cpu *fake_this_cpu(void)
{
    return self == NULL ? &boot_cpu : self;
}

bool threads_exist(void)
{
    return fake.other_cpus > 0;
}

unsigned int arch_find_cpus(void)
{
    return fake.other_cpus;
}

uint32_t arch_cpu_id(unsigned int index)
{
    return index + 1;
}

static void *run_cpu(void *cpu)
{
    self = cpu;
    cpus_main();
}

int arch_start_cpu(struct cpu *cpu, unsigned int index)
{
    assert(index == nr_threads);
    cpu->self = cpu;
    if (pthread_create(&threads[index], NULL, run_cpu, cpu) != 0)
        panic("no thread for CPU %u", cpu->number);
    nr_threads++;
    return 0;
}

void fake_end_threads(void)
{
    __atomic_store_n(&ending, true, __ATOMIC_SEQ_CST);
    for (unsigned int i = 0; i < nr_threads; i++)
        (void)pthread_join(threads[i], NULL);
    nr_threads = 0;
}

/* --- interrupts --- */

/* The one CPU takes it at once. */
void arch_kick(struct cpu *cpu)
{
    if (threads_exist()) {
        __atomic_store_n(&cpu->arch.kicked, true, __ATOMIC_SEQ_CST);
        return;
    }
    cpu->kicks++;
    cpu_attend(cpu, ATTENTION_KICK);
}

static bool timer_is_due(const struct cpu *cpu)
{
    return cpu->arch.timer != 0 && cpu->arch.timer <= arch_now();
}

bool fake_interrupted(void)
{
    const struct cpu *cpu = this_cpu();

    return __atomic_load_n(&cpu->arch.kicked, __ATOMIC_SEQ_CST) || timer_is_due(cpu);
}

void threads_take_interrupts(void)
{
    struct cpu *cpu = this_cpu();

    if (__atomic_exchange_n(&cpu->arch.kicked, false, __ATOMIC_SEQ_CST)) {
        cpu->kicks++;
        cpu_attend(cpu, ATTENTION_KICK);
    }
    if (timer_is_due(cpu)) {
        cpu->arch.timer = 0;
        cpu_attend(cpu, ATTENTION_TIMER);
    }
}

void threads_idle(void)
{
    for (;;) {
        threads_take_interrupts();
        if (__atomic_load_n(&this_cpu()->attention, __ATOMIC_SEQ_CST) != 0)
            return;
        if (self != NULL && __atomic_load_n(&ending, __ATOMIC_SEQ_CST))
            pthread_exit(NULL);
        if (self == NULL && fake.hooks != NULL && fake.hooks->idle != NULL)
            fake.hooks->idle();
        (void)usleep(IDLE_STEP);
    }
}

uint64_t threads_now(void)
{
    struct timespec time;

    (void)clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * SECOND + (uint64_t)time.tv_nsec;
}

/* --- the end --- */

void arch_stop_others(void)
{
    __atomic_store_n(&stopper, this_cpu(), __ATOMIC_SEQ_CST);
}

_Noreturn void threads_halt(void)
{
    while (__atomic_load_n(&stopper, __ATOMIC_SEQ_CST) != this_cpu())
        (void)pause(); /* the other one reports */
    (void)fprintf(stderr, "%s\nCPU %u stopped the machine\n", fake.output, this_cpu()->number);
    abort();
}
