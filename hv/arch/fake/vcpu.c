/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU without instructions: what it does while it has the CPU is the test's hook. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"

int arch_vcpu_init(struct vcpu *v)
{
    v->arch.save_area = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    v->arch.interrupts_on = true;
    return v->arch.save_area.m == INVALID_MFN.m ? -ENOMEM : 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    if (boot_cpu.current == v)
        boot_cpu.current = NULL;
    if (v->arch.save_area.m != INVALID_MFN.m)
        memory_free(v->arch.save_area, ORDER_4K);
}

void arch_vcpu_switch_to(struct vcpu *from, struct vcpu *to)
{
    (void)from;
    (void)to;
}

/* Hooks that do nothing let time pass, so that slices end. */
void arch_vcpu_run(struct vcpu *v)
{
    if (fake.hooks != NULL && fake.hooks->run != NULL)
        fake.hooks->run(v);
    fake_pass_time(1);
}

bool arch_vcpu_has_event(struct vcpu *v)
{
    if (!v->arch.interrupts_on)
        return false;
    return v->arch.timer_interrupts > 0 ||
           (v->domain->arch.callback_vector != 0 && v->info->evtchn_upcall_pending);
}

void arch_vcpu_timer_due(struct vcpu *v)
{
    v->deadline[DEADLINE_APIC] = UINT64_MAX;
    v->arch.timer_interrupts++;
    vcpu_wake(v);
}
