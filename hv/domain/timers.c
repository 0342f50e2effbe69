/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Deadlines of vCPUs. The CPU on which a vCPU ran last watches them, since only there they are set.
 */
#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/machine/cpu.h"
#include "hv/machine/time.h"

static uint64_t earliest(const struct vcpu *v)
{
    uint64_t first = NEVER;

    for (unsigned int i = 0; i < NR_DEADLINES; i++)
        first = min_u64(first, v->deadline[i]);
    return first;
}

void vcpu_set_deadline(struct vcpu *v, enum vcpu_deadline which, uint64_t time)
{
    struct cpu *cpu = this_cpu();

    lock_take(&cpu->timer_lock);
    v->deadline[which] = time;
    lock_release(&cpu->timer_lock);
    time_arm(time);
}

static void add(struct cpu *cpu, struct vcpu *v)
{
    v->next_watched = cpu->timers;
    cpu->timers = v;
    __atomic_store_n(&v->watched_by, cpu, __ATOMIC_RELEASE);
}

static void take_out(struct cpu *cpu, struct vcpu *v)
{
    struct vcpu **at = &cpu->timers;

    while (*at != v)
        at = &(*at)->next_watched;
    *at = v->next_watched;
    if (cpu->next_timer == v)
        cpu->next_timer = v->next_watched;
    __atomic_store_n(&v->watched_by, NULL, __ATOMIC_RELEASE);
}

/* Nobody watches it from now on. */
static void forget(struct vcpu *v)
{
    struct cpu *cpu = __atomic_load_n(&v->watched_by, __ATOMIC_ACQUIRE);

    if (cpu == NULL)
        return;
    lock_take(&cpu->timer_lock);
    take_out(cpu, v);
    lock_release(&cpu->timer_lock);
}

void timers_forget_all(struct domain *d)
{
    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        if (d->vcpu[i] != NULL)
            forget(d->vcpu[i]);
    }
}

void timers_watch(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();
    uint64_t next;

    if (__atomic_load_n(&v->watched_by, __ATOMIC_RELAXED) == cpu)
        return;
    forget(v);
    lock_take(&cpu->timer_lock);
    add(cpu, v);
    next = earliest(v);
    lock_release(&cpu->timer_lock);
    time_arm(next);
}

/* Take one deadline that is due off the vCPU. Returns which, or NR_DEADLINES. */
static enum vcpu_deadline take_due(struct vcpu *v, uint64_t time)
{
    for (enum vcpu_deadline i = 0; i < NR_DEADLINES; i++) {
        if (v->deadline[i] > time)
            continue;
        v->deadline[i] = i == DEADLINE_APIC ? arch_vcpu_timer_next(v, time) : NEVER;
        return i;
    }
    return NR_DEADLINES;
}

/*
 * The next vCPU of which something is due, from cpu->next_timer on, where the look goes on after it
 * was delivered; NULL: none, and `*next` is when something of those passed over will be.
 */
static struct vcpu *find_due(struct cpu *cpu, uint64_t time, enum vcpu_deadline *which,
                             uint64_t *next)
{
    struct vcpu *v;

    lock_take(&cpu->timer_lock);
    for (v = cpu->next_timer; v != NULL; v = v->next_watched) {
        *which = take_due(v, time);
        if (*which != NR_DEADLINES)
            break;
        *next = min_u64(*next, earliest(v));
    }
    cpu->next_timer = v;
    lock_release(&cpu->timer_lock);
    return v;
}

static void deliver(struct vcpu *v, enum vcpu_deadline which)
{
    switch (which) {
    case DEADLINE_SINGLESHOT:
        (void)evtchn_raise_virq(v, VIRQ_TIMER);
        break;
    case DEADLINE_POLL:
        vcpu_wake(v);
        break;
    case DEADLINE_APIC:
        arch_vcpu_timer_due(v);
        break;
    case NR_DEADLINES:
    default:
        break;
    }
}

static void start_look(struct cpu *cpu)
{
    lock_take(&cpu->timer_lock);
    cpu->next_timer = cpu->timers;
    lock_release(&cpu->timer_lock);
}

/*
 * The list is gone through once, however many are due. Meanwhile other CPUs take vCPUs out; only
 * this one adds any, or sets deadlines of those in it.
 */
uint64_t timers_deliver(uint64_t time)
{
    struct cpu *cpu = this_cpu();
    enum vcpu_deadline which = NR_DEADLINES;
    uint64_t next = NEVER;
    struct vcpu *v;

    start_look(cpu);
    while ((v = find_due(cpu, time, &which, &next)) != NULL)
        deliver(v, which);
    return next;
}
