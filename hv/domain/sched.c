/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/time.h"

#define TIME_SLICE (CONFIG_TIME_SLICE_US * MICROSECOND)

/* Those who wait for the CPU, first come first served. The vCPU that runs is not among them. */
static struct vcpu *first, *last;

void sched_enqueue(struct vcpu *v)
{
    if (v->queued)
        return;
    v->queued = true;
    v->next = NULL;
    if (last != NULL)
        last->next = v;
    else
        first = v;
    last = v;
}

void sched_dequeue(struct vcpu *v)
{
    struct vcpu *before = NULL;

    if (!v->queued)
        return;
    for (struct vcpu *at = first; at != v; at = at->next)
        before = at;
    if (before != NULL)
        before->next = v->next;
    else
        first = v->next;
    if (last == v)
        last = before;
    v->queued = false;
}

void sched_yield(void)
{
    this_cpu()->slice_end = 0;
}

bool sched_contended(void)
{
    return first != NULL;
}

/* Run one vCPU until its slice ends or it has nothing to do. */
static void run_slice(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    if (cpu->current != v) {
        arch_vcpu_switch_to(cpu->current, v);
        cpu->current = v;
    }
    cpu->slice_end = now() + TIME_SLICE;
    vcpu_set_runstate(v, RUNSTATE_running);
    time_arm(cpu->slice_end);
    for (;;) {
        arch_vcpu_run(v);
        if (v->state != VCPU_RUNNABLE)
            break;
        arch_take_interrupts();
        if (cpu->timer_fired) {
            cpu->timer_fired = false;
            time_poll();
        }
        if (now() >= cpu->slice_end) {
            if (sched_contended())
                break;
            cpu->slice_end = now() + TIME_SLICE;
        }
    }
}

/* Nobody is runnable: wait for the next deadline or input. */
static void idle(struct cpu *cpu)
{
    cpu->slice_end = NEVER;
    time_poll();
    if (first == NULL)
        arch_idle();
}

_Noreturn void sched_run(void)
{
    struct cpu *cpu = this_cpu();

    cpu->slice_end = NEVER;
    time_poll(); /* from here on the timer is armed */
    for (;;) {
        struct vcpu *v = first;

        if (v == NULL) {
            idle(cpu);
            continue;
        }
        sched_dequeue(v);
        run_slice(v);
        if (v->state == VCPU_RUNNABLE) {
            vcpu_set_runstate(v, RUNSTATE_runnable);
            sched_enqueue(v);
        } else {
            vcpu_set_runstate(v, v->state == VCPU_BLOCKED ? RUNSTATE_blocked : RUNSTATE_offline);
        }
    }
}
