/* SPDX-License-Identifier: BSD-2-Clause */
/* The states of vCPUs, and the loop that each CPU is in. Placing domains on CPUs is place.c's. */
#include "hv/domain/sched.h"
#include "hv/arch/arch.h"
#include "hv/domain/vcpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/panic.h"
#include "hv/machine/quiesce.h"
#include "hv/machine/time.h"

#define TIME_SLICE (CONFIG_TIME_SLICE_US * MICROSECOND)

static void enqueue(struct vcpu *v)
{
    struct queue *q = v->queue;

    v->queued = true;
    v->next = NULL;
    if (q->last != NULL)
        q->last->next = v;
    else
        q->first = v;
    q->last = v;
}

static void dequeue(struct vcpu *v)
{
    struct queue *q = v->queue;
    struct vcpu *before = NULL;

    if (!v->queued)
        return;
    for (struct vcpu *at = q->first; at != v; at = at->next)
        before = at;
    if (before != NULL)
        before->next = v->next;
    else
        q->first = v->next;
    if (q->last == v)
        q->last = before;
    v->queued = false;
}

static bool is_up(enum vcpu_state state)
{
    return state == VCPU_BLOCKED || state == VCPU_RUNNABLE;
}

static void set_state(struct vcpu *v, enum vcpu_state state)
{
    if (is_up(state) && !is_up(v->state))
        __atomic_fetch_add(&v->domain->nr_up, 1, __ATOMIC_SEQ_CST);
    if (!is_up(state) && is_up(v->state))
        __atomic_fetch_sub(&v->domain->nr_up, 1, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->state, state, __ATOMIC_SEQ_CST);
}

static enum vcpu_state state_of(const struct vcpu *v)
{
    return __atomic_load_n(&v->state, __ATOMIC_SEQ_CST);
}

static void set_cpu(struct vcpu *v, struct cpu *cpu)
{
    __atomic_store_n(&v->cpu, cpu, __ATOMIC_SEQ_CST);
}

/* It changes when the CPU is dedicated to a domain, and back (place.c). */
static struct queue *queue_of(const struct cpu *cpu)
{
    return __atomic_load_n(&cpu->queue, __ATOMIC_ACQUIRE);
}

/* Other CPUs shorten a slice, and its own CPU looks without the lock. */
static void set_slice_end(struct cpu *cpu, uint64_t time)
{
    __atomic_store_n(&cpu->slice_end, time, __ATOMIC_RELAXED);
}

static uint64_t slice_end_of(const struct cpu *cpu)
{
    return __atomic_load_n(&cpu->slice_end, __ATOMIC_RELAXED);
}

/* --- whose turn it is; all under the queue's lock --- */

/* Is it `v`'s turn rather than `other`'s? */
static bool is_ahead(const struct vcpu *v, const struct vcpu *other)
{
    if (v->yielded != other->yielded)
        return other->yielded;
    return share_before(v->domain->share.used, other->domain->share.used);
}

/* Whose turn is it? NULL: nobody's, and `*later` is lowered to when to look again. */
static struct vcpu *choose(struct queue *q, uint64_t time, uint64_t *later)
{
    struct vcpu *best = NULL;

    for (struct vcpu *v = q->first; v != NULL; v = v->next) {
        if (q->owner == NULL && !share_may_run(&v->domain->share, time, later))
            continue;
        if (best == NULL || is_ahead(v, best))
            best = v;
    }
    return best;
}

/* Somebody else was chosen: who yields gives away one turn, not all of them. */
static void end_yields(const struct queue *q)
{
    for (struct vcpu *v = q->first; v != NULL; v = v->next)
        v->yielded = false;
}

static void start_slice(struct cpu *cpu, struct vcpu *v, uint64_t time)
{
    struct queue *q = v->queue;

    cpu->slice_start = time;
    cpu->slice_charge = 0;
    cpu->shortened = false;
    set_slice_end(cpu, NEVER);
    if (q->owner != NULL)
        return;
    share_go_on(&v->domain->share, q->least);
    if (share_before(q->least, v->domain->share.used))
        q->least = v->domain->share.used;
    cpu->slice_charge = share_charge(&v->domain->share, TIME_SLICE);
    set_slice_end(cpu, time + cpu->slice_charge);
}

/* The vCPU pays for what it really had. */
static void settle(const struct cpu *cpu, struct vcpu *v, uint64_t time)
{
    uint64_t ran = max_u64(time, cpu->slice_start) - cpu->slice_start;

    if (v->queue->owner != NULL)
        return;
    if (ran < cpu->slice_charge)
        share_refund(&v->domain->share, cpu->slice_charge - ran);
    else
        share_overrun(&v->domain->share, ran - cpu->slice_charge);
}

/* The next vCPU of this CPU; NULL: it is idle until something comes. */
static struct vcpu *take_next(struct cpu *cpu)
{
    struct queue *q = queue_of(cpu);
    uint64_t time = now(), later = NEVER;
    struct vcpu *v;

    lock_take(&q->lock);
    v = choose(q, time, &later);
    set_slice_end(cpu, later);
    cpu->idle = v == NULL;
    cpu->running = v;
    if (v != NULL) {
        dequeue(v);
        set_cpu(v, cpu);
        v->yielded = false;
        end_yields(q);
        start_slice(cpu, v, time);
        vcpu_set_runstate(v, RUNSTATE_running);
    }
    lock_release(&q->lock);
    return v;
}

/*
 * The slice is over: may the vCPU go on, since it is ahead of all who wait? Then it has a new one.
 * Those of one domain are never ahead of each other: they take turns.
 */
static bool extend(struct cpu *cpu, struct vcpu *v)
{
    struct queue *q = v->queue;
    uint64_t time = now(), later = NEVER;
    const struct vcpu *other;
    bool extended = false;

    lock_take(&q->lock);
    settle(cpu, v, time);
    other = choose(q, time, &later);
    if ((other == NULL || is_ahead(v, other)) && share_may_run(&v->domain->share, time, &later)) {
        v->yielded = false;
        end_yields(q);
        start_slice(cpu, v, time);
        extended = true;
    } else {
        cpu->slice_start = time; /* what was until now is settled */
        cpu->slice_charge = 0;
    }
    lock_release(&q->lock);
    return extended;
}

/* --- waking --- */

/* Who is to be told that `v` waits? NULL: nobody needs to, or nobody can be. */
static struct cpu *find_idle(const struct queue *q)
{
    struct cpu *self = this_cpu();

    if (self->queue == q && self->idle)
        return self;
    for (unsigned int i = 0; i < cpus_count(); i++) {
        struct cpu *cpu = cpu_by_number(i);

        if (cpu->queue == q && cpu->idle)
            return cpu;
    }
    return NULL;
}

/* The CPU whose domain has used most, if that is more than `v`'s and nobody else waits for it. */
static struct cpu *find_greediest(const struct queue *q, const struct vcpu *v)
{
    uint64_t most = v->domain->share.used;
    struct cpu *found = NULL;

    for (unsigned int i = 0; i < cpus_count(); i++) {
        struct cpu *cpu = cpu_by_number(i);

        if (cpu->queue != q || cpu->running == NULL || cpu->shortened ||
            !share_before(most, cpu->running->domain->share.used))
            continue;
        most = cpu->running->domain->share.used;
        found = cpu;
    }
    return found;
}

static struct cpu *find_cpu_for(struct vcpu *v)
{
    struct queue *q = v->queue;
    uint64_t later = NEVER;
    struct cpu *cpu;

    if (v->cpu != NULL)
        return NULL; /* that CPU will look */
    if (q->owner != NULL)
        return q->owner;
    cpu = find_idle(q);
    if (cpu != NULL) {
        cpu->idle = false; /* the next who wakes up asks another */
        return cpu;
    }
    if (!share_may_run(&v->domain->share, now(), &later))
        return NULL; /* it would be passed over */
    cpu = find_greediest(q, v);
    if (cpu != NULL) {
        cpu->shortened = true;
        set_slice_end(cpu, min_u64(slice_end_of(cpu), cpu->slice_start + SCHED_LEAST_RUN));
    }
    return cpu;
}

void vcpu_end_poll(struct vcpu *v)
{
    if (__atomic_exchange_n(&v->poll_port, 0, __ATOMIC_SEQ_CST) != 0)
        __atomic_fetch_sub(&v->domain->nr_polling, 1, __ATOMIC_SEQ_CST);
}

static void make_runnable(struct vcpu *v)
{
    set_state(v, VCPU_RUNNABLE);
    vcpu_end_poll(v);
    if (v->cpu != NULL)
        return; /* it goes on there, or put_aside() queues it */
    vcpu_set_runstate(v, RUNSTATE_runnable);
    if (v->queue->owner == NULL)
        share_resume(&v->domain->share, v->queue->least);
    enqueue(v);
}

static bool is_running(const struct domain *d)
{
    return __atomic_load_n(&d->state, __ATOMIC_SEQ_CST) == DOMAIN_RUNNING;
}

static void call_cpu(struct cpu *cpu)
{
    cpu_attend(cpu, ATTENTION_KICK);
    if (cpu != this_cpu())
        arch_kick(cpu);
}

static bool is_initialised(const struct vcpu *v)
{
    return __atomic_load_n(&v->initialised, __ATOMIC_ACQUIRE);
}

/* From one of two states. Returns whether it was in it. */
static bool run_from(struct vcpu *v, enum vcpu_state state)
{
    struct cpu *cpu = NULL;
    bool runs;

    lock_take(&v->queue->lock);
    runs = v->state == state && is_running(v->domain) &&
           (state == VCPU_BLOCKED || (v->cpu == NULL && is_initialised(v)));
    if (runs) {
        make_runnable(v);
        cpu = find_cpu_for(v);
    }
    lock_release(&v->queue->lock);
    if (cpu != NULL)
        call_cpu(cpu);
    return runs;
}

void vcpu_wake(struct vcpu *v)
{
    struct cpu *cpu;

    if (state_of(v) == VCPU_BLOCKED)
        (void)run_from(v, VCPU_BLOCKED);
    cpu = __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST);
    if (cpu != NULL && cpu != this_cpu() && __atomic_load_n(&cpu->guest, __ATOMIC_RELAXED) != NULL)
        arch_kick(cpu);
}

bool vcpu_start(struct vcpu *v)
{
    return run_from(v, VCPU_OFFLINE);
}

/*
 * `state` can be seen by who wakes it before it is looked whether something has come: one of the
 * two notices the other.
 */
void vcpu_block(struct vcpu *v)
{
    lock_take(&v->queue->lock);
    if (v->state == VCPU_RUNNABLE) {
        set_state(v, VCPU_BLOCKED);
        if ((v->poll_port != 0 && __atomic_load_n(&v->woken, __ATOMIC_SEQ_CST)) ||
            arch_vcpu_has_event(v)) {
            set_state(v, VCPU_RUNNABLE);
            vcpu_end_poll(v);
        } else {
            cpu_attend(this_cpu(), ATTENTION_RESCHEDULE);
        }
    }
    lock_release(&v->queue->lock);
}

bool vcpu_stop(struct vcpu *v)
{
    struct cpu *cpu;

    lock_take(&v->queue->lock);
    dequeue(v);
    if (is_up(v->state)) {
        if (v->cpu == NULL)
            vcpu_set_runstate(v, RUNSTATE_offline);
        set_state(v, VCPU_OFFLINE);
    }
    vcpu_end_poll(v);
    cpu = v->cpu;
    lock_release(&v->queue->lock);
    if (cpu != NULL)
        call_cpu(cpu);
    return cpu == NULL;
}

bool vcpu_claim(struct vcpu *v)
{
    bool claimed;

    lock_take(&v->queue->lock);
    claimed = v->state == VCPU_OFFLINE && v->cpu == NULL;
    if (claimed)
        set_state(v, VCPU_CLAIMED);
    lock_release(&v->queue->lock);
    return claimed;
}

void vcpu_release(struct vcpu *v)
{
    lock_take(&v->queue->lock);
    set_state(v, VCPU_OFFLINE);
    lock_release(&v->queue->lock);
}

bool vcpu_is_up(const struct vcpu *v)
{
    return is_up(state_of(v));
}

bool vcpu_is_aside(const struct vcpu *v)
{
    return state_of(v) == VCPU_OFFLINE && __atomic_load_n(&v->cpu, __ATOMIC_SEQ_CST) == NULL;
}

void vcpu_read_runstate(const struct vcpu *v, struct vcpu_runstate_info *runstate)
{
    uint64_t time;

    lock_take(&v->queue->lock);
    *runstate = v->runstate;
    lock_release(&v->queue->lock);
    time = max_u64(now(), runstate->state_entry_time); /* that was another CPU's clock */
    runstate->time[runstate->state] += time - runstate->state_entry_time;
}

void vcpu_yield(void)
{
    struct cpu *cpu = this_cpu();
    struct queue *q = cpu->running->queue;

    if (q->owner != NULL)
        return; /* there is nobody to yield to */
    lock_take(&q->lock);
    cpu->running->yielded = true;
    set_slice_end(cpu, 0);
    lock_release(&q->lock);
    cpu_attend(cpu, ATTENTION_RESCHEDULE);
}

/* --- the loop --- */

/* Its registers go into the CPU, if they aren't there still. */
static void load(struct cpu *cpu, struct vcpu *v)
{
    struct vcpu *last = __atomic_load_n(&cpu->current, __ATOMIC_RELAXED);

    if (last == v && v->ran_on == cpu)
        return;
    arch_vcpu_load(v);
    v->ran_on = cpu;
    __atomic_store_n(&cpu->current, v, __ATOMIC_RELAXED);
}

/* Other CPUs may run it from here on. */
static void put_aside(struct cpu *cpu, struct vcpu *v)
{
    static const int runstate[] = {[VCPU_OFFLINE] = RUNSTATE_offline,
                                   [VCPU_CLAIMED] = RUNSTATE_offline,
                                   [VCPU_BLOCKED] = RUNSTATE_blocked,
                                   [VCPU_RUNNABLE] = RUNSTATE_runnable};
    struct cpu *other = NULL;

    if (v->queue->owner == NULL)
        arch_vcpu_save(v);
    lock_take(&v->queue->lock);
    settle(cpu, v, now());
    cpu->running = NULL;
    vcpu_set_runstate(v, runstate[v->state]);
    set_cpu(v, NULL);
    if (v->state == VCPU_RUNNABLE) {
        enqueue(v);
        if (queue_of(cpu) != v->queue)
            other = find_cpu_for(v); /* this one won't look there any more */
    }
    lock_release(&v->queue->lock);
    if (other != NULL)
        call_cpu(other);
}

void sched_leave_at(uint64_t time)
{
    __atomic_store_n(&boot_cpu.leave_at, time, __ATOMIC_SEQ_CST);
}

void sched_leave(void)
{
    sched_leave_at(0);
    call_cpu(&boot_cpu);
}

/* The boot CPU looks after the console, and so has its timer fire often enough to notice in time.
 */
static bool is_to_leave(const struct cpu *cpu)
{
    uint64_t time = __atomic_load_n(&cpu->leave_at, __ATOMIC_SEQ_CST);

    return time != NEVER && now() >= time && cpu == &boot_cpu;
}

/* Does the vCPU go on after what has come? */
static bool goes_on(struct cpu *cpu, struct vcpu *v)
{
    if (__atomic_exchange_n(&cpu->attention, 0, __ATOMIC_SEQ_CST) & ATTENTION_TIMER)
        time_poll();
    if (is_to_leave(cpu))
        return false;
    if (state_of(v) != VCPU_RUNNABLE || queue_of(cpu) != v->queue)
        return false;
    if (now() >= slice_end_of(cpu) && !extend(cpu, v))
        return false;
    time_arm(slice_end_of(cpu));
    return true;
}

static void run(struct cpu *cpu, struct vcpu *v)
{
    load(cpu, v);
    timers_watch(v);
    if (v->deadline[DEADLINE_POLL] != NEVER)
        vcpu_set_deadline(v, DEADLINE_POLL, NEVER); /* what it polled for came first */
    vcpu_show_runstate(v);
    time_arm(slice_end_of(cpu));
    do {
        while (__atomic_load_n(&cpu->attention, __ATOMIC_RELAXED) == 0)
            arch_vcpu_run(v);
    } while (goes_on(cpu, v));
    put_aside(cpu, v);
}

/* Nobody wants this CPU: wait for a deadline, or for another CPU's call. */
static void idle(struct cpu *cpu)
{
    time_poll();
    if (__atomic_exchange_n(&cpu->attention, 0, __ATOMIC_SEQ_CST) != 0)
        return;
    quiesce_begin(cpu, NULL);
    arch_idle();
    quiesce_end(cpu);
}

void sched_run(void)
{
    struct cpu *cpu = this_cpu();

    cpu->slice_end = NEVER;
    time_poll(); /* from here on the timer is armed */
    while (!is_to_leave(cpu)) {
        struct vcpu *v = take_next(cpu);

        if (v != NULL)
            run(cpu, v);
        else
            idle(cpu);
    }
    sched_leave_at(NEVER);
}
