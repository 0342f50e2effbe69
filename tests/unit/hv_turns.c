/* SPDX-License-Identifier: BSD-2-Clause */
/* Each CPU's loop is a thread of its own, with a stack that waits in a hook between its turns. */
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>

#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/quiesce.h"
#include "hv/machine/time.h"
#include "hv_turns.h"

unsigned int turns_find_cpus(void) __asm__("__wrap_arch_find_cpus");
int turns_start_cpu(struct cpu *cpu, unsigned int index) __asm__("__wrap_arch_start_cpu");
struct cpu *turns_this_cpu(void) __asm__("__wrap_fake_this_cpu");
void turns_relax(void) __asm__("__wrap_fake_relax");

struct turn {
    pthread_t thread;
    bool exists;
    sem_t go;
};

static _Thread_local struct cpu *acts_as;
static struct turn turn[CONFIG_MAX_CPUS];
static sem_t done;
static struct vcpu *stepped; /* who had the CPU in the last step */
static void (*guest_does)(struct vcpu *v);
static void (*others_do)(void);
static bool ending;
static unsigned int expected, failing;
static int failure;

void turns_expect(unsigned int others)
{
    expected = others;
    failure = 0;
    acts_as = NULL;
    guest_does = NULL;
    others_do = NULL;
}

void turns_fail(unsigned int index, int error)
{
    failing = index;
    failure = error;
}

unsigned int turns_find_cpus(void)
{
    return expected;
}

int turns_start_cpu(struct cpu *cpu, unsigned int index)
{
    cpu->self = cpu;
    return index == failing ? failure : 0;
}

struct cpu *turns_this_cpu(void)
{
    return acts_as == NULL ? &boot_cpu : acts_as;
}

void turns_others(void (*others)(void))
{
    others_do = others;
}

/* Who waits for the others waits for ever, since they stand still. */
void turns_relax(void)
{
    if (others_do == NULL)
        abort();
    others_do();
}

void turns_as(unsigned int number)
{
    acts_as = cpu_by_number(number);
}

static void wait(sem_t *semaphore)
{
    while (sem_wait(semaphore) != 0) {
    }
}

/* The turn is over; then the next begins. */
static void hand_over(struct vcpu *v)
{
    stepped = v;
    (void)sem_post(&done);
    wait(&turn[this_cpu()->number].go);
    if (ending)
        pthread_exit(NULL);
}

static void in_guest(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    if (guest_does != NULL)
        guest_does(v);
    quiesce_begin(cpu, v->domain);
    quiesce_note_flushed(cpu, __atomic_load_n(&v->domain->unmapped, __ATOMIC_SEQ_CST));
    hand_over(v);
    quiesce_end(cpu);
}

static void in_idle(void)
{
    hand_over(NULL);
}

static const struct fake_hooks hooks = {.run = in_guest, .idle = in_idle};

static void *run_cpu(void *cpu)
{
    acts_as = cpu;
    wait(&turn[acts_as->number].go);
    if (acts_as == &boot_cpu)
        sched_run();
    cpus_main();
}

static void begin(unsigned int number)
{
    struct turn *t = &turn[number];

    (void)sem_init(&done, 0, 0);
    (void)sem_init(&t->go, 0, 0);
    if (pthread_create(&t->thread, NULL, run_cpu, cpu_by_number(number)) != 0)
        abort();
    t->exists = true;
    fake.hooks = &hooks;
}

struct vcpu *turns_step(unsigned int number)
{
    if (!turn[number].exists)
        begin(number);
    (void)sem_post(&turn[number].go);
    wait(&done);
    return stepped;
}

void turns_guest(void (*guest)(struct vcpu *v))
{
    guest_does = guest;
}

void turns_pass(uint64_t ns)
{
    fake.time += ns;
    for (unsigned int i = 0; i < cpus_count(); i++) {
        if (cpu_by_number(i)->armed <= fake.time)
            cpu_attend(cpu_by_number(i), ATTENTION_TIMER);
    }
}

void turns_end(void)
{
    ending = true;
    for (unsigned int i = 0; i < CONFIG_MAX_CPUS; i++) {
        if (!turn[i].exists)
            continue;
        (void)sem_post(&turn[i].go);
        (void)pthread_join(turn[i].thread, NULL);
        turn[i].exists = false;
    }
    ending = false;
    turns_expect(0);
}
