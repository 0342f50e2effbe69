/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU without instructions: what it does while it has the CPU is the test's hook. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/threads.h"
#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv/machine/quiesce.h"

int arch_vcpu_init(struct vcpu *v)
{
    v->arch.save_area = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    v->arch.interrupts_on = true;
    return v->arch.save_area.m == INVALID_MFN.m ? -ENOMEM : 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    if (v->arch.save_area.m != INVALID_MFN.m)
        memory_free(v->arch.save_area, ORDER_4K);
}

void arch_vcpu_save(struct vcpu *v)
{
    (void)v;
}

void arch_vcpu_load(struct vcpu *v)
{
    (void)v;
}

static void run_guest(struct vcpu *v)
{
    if (fake.hooks != NULL && fake.hooks->guest != NULL)
        fake.hooks->guest(v);
}

/* Hooks that do nothing let time pass, so that slices end. */
void arch_vcpu_run(struct vcpu *v)
{
    struct cpu *cpu = this_cpu();

    quiesce_begin(cpu, v->domain);
    quiesce_note_flushed(cpu, __atomic_load_n(&v->domain->unmapped, __ATOMIC_SEQ_CST));
    run_guest(v);
    quiesce_end(cpu);
    cpu->exits++;
    if (fake.hooks != NULL && fake.hooks->run != NULL)
        fake.hooks->run(v);
    if (threads_exist())
        threads_take_interrupts();
    else
        fake_pass_time(1);
}

static bool upcall_is_pending(const struct vcpu *v)
{
    const struct vcpu_info *info = __atomic_load_n(&v->info, __ATOMIC_ACQUIRE);

    return __atomic_load_n(&v->domain->arch.callback_vector, __ATOMIC_RELAXED) != 0 &&
           __atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST);
}

bool arch_vcpu_has_event(struct vcpu *v)
{
    if (!v->arch.interrupts_on)
        return false;
    return __atomic_load_n(&v->arch.timer_interrupts, __ATOMIC_SEQ_CST) > 0 || upcall_is_pending(v);
}

uint64_t arch_vcpu_timer_next(const struct vcpu *v, uint64_t time)
{
    (void)v;
    (void)time;
    return UINT64_MAX;
}

void arch_vcpu_timer_due(struct vcpu *v)
{
    __atomic_fetch_add(&v->arch.timer_interrupts, 1, __ATOMIC_SEQ_CST);
    vcpu_wake(v);
}
