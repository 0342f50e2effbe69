/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which CPUs a domain's vCPUs may use. CPUs are dedicated from the last to the first: CPU 0, which
 * looks after the console, goes last.
 */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/time.h"

static struct lock table_lock = LOCK_INITIAL(LOCK_TABLE);
static struct queue shared = {.lock = LOCK_INITIAL(LOCK_QUEUE)};
static struct queue dedicated[CONFIG_MAX_CPUS]; /* by the CPU's number */
static unsigned int nr_shared_domains;

void sched_add_cpu(struct cpu *cpu)
{
    dedicated[cpu->number] = (struct queue){.lock = LOCK_INITIAL(LOCK_QUEUE), .owner = cpu};
    cpu->queue = &shared;
}

static unsigned int count_shared_cpus(void)
{
    unsigned int n = 0;

    for (unsigned int i = 0; i < cpus_count(); i++)
        n += cpu_by_number(i)->queue == &shared ? 1 : 0;
    return n;
}

static struct cpu *last_shared_cpu(void)
{
    unsigned int i = cpus_count();

    while (i-- > 0) {
        if (cpu_by_number(i)->queue == &shared)
            return cpu_by_number(i);
    }
    return NULL;
}

static void have_look(struct cpu *cpu)
{
    cpu_attend(cpu, ATTENTION_KICK);
    if (cpu != this_cpu())
        arch_kick(cpu);
}

/* The CPU looks at its new queue from now on. It leaves the old one under that one's lock. */
static void serve(struct cpu *cpu, struct queue *q)
{
    lock_take(&shared.lock);
    __atomic_store_n(&cpu->queue, q, __ATOMIC_RELEASE);
    lock_release(&shared.lock);
    have_look(cpu);
}

/* A CPU that isn't shared any more may just have been told of somebody who waits. */
static void have_others_look(void)
{
    bool waits;

    lock_take(&shared.lock);
    waits = shared.first != NULL;
    lock_release(&shared.lock);
    for (unsigned int i = 0; waits && i < cpus_count(); i++) {
        if (cpu_by_number(i)->queue == &shared)
            have_look(cpu_by_number(i));
    }
}

static int place_dedicated(struct domain *d)
{
    unsigned int left = count_shared_cpus(), kept = nr_shared_domains > 0 ? 1 : 0;

    if (left < d->nr_vcpus + kept)
        return -EBUSY;
    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        struct cpu *cpu = last_shared_cpu();

        d->vcpu[i]->queue = &dedicated[cpu->number];
        serve(cpu, d->vcpu[i]->queue);
    }
    have_others_look();
    return 0;
}

static int place_shared(struct domain *d)
{
    if (count_shared_cpus() == 0)
        return -EBUSY;
    for (unsigned int i = 0; i < d->nr_vcpus; i++)
        d->vcpu[i]->queue = &shared;
    lock_take(&shared.lock);
    d->share.used = shared.least;
    lock_release(&shared.lock);
    nr_shared_domains++;
    return 0;
}

int sched_place(struct domain *d, const struct domain_config *config)
{
    int error;

    share_init(&d->share, config->dedicated ? SHARE_DEFAULT_WEIGHT : config->weight,
               config->dedicated ? 0 : config->cap, now());
    lock_take(&table_lock);
    error = config->dedicated ? place_dedicated(d) : place_shared(d);
    lock_release(&table_lock);
    return error;
}

void sched_release(struct domain *d)
{
    if (d->vcpu[0] == NULL || d->vcpu[0]->queue == NULL)
        return;
    lock_take(&table_lock);
    if (d->vcpu[0]->queue == &shared)
        nr_shared_domains--;
    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        if (d->vcpu[i]->queue != &shared)
            serve(d->vcpu[i]->queue->owner, &shared);
    }
    lock_release(&table_lock);
}
