/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Translations are tagged with the ASID (APM2 15.16). On each CPU an ASID is never given to a
 * second vCPU before all translations there were flushed: a fresh one therefore has none. A vCPU
 * takes a fresh one when it comes to another CPU, when ASIDs have run out and begin anew, when it
 * was reset, and when something was unmapped from its domain. What it had before is never used
 * again until the flush.
 */
#ifndef HV_ARCH_X86_ASID_H
#define HV_ARCH_X86_ASID_H

#include "hv/arch/x86/vmcb.h"
#include "hv/domain/domain.h"
#include "hv/machine/cpu.h"

/* The CPU, which has its number, has given none yet. */
void asid_init(struct cpu *cpu);
/* The vCPU, which has the CPU, takes a fresh one; `unmapped` is its domain's count. */
void asid_take(struct cpu *on, struct vcpu *v, uint64_t unmapped);

/*
 * Before the vCPU is entered. Who unmaps something counts it first, then looks who is in the guest;
 * here it is the other way.
 */
static inline void asid_choose(struct cpu *cpu, struct vcpu *v, const struct domain *d)
{
    uint64_t unmapped = __atomic_load_n(&d->unmapped, __ATOMIC_SEQ_CST);

    if (v->arch.asid_generation != cpu->arch.asid_generation || v->arch.flushed != unmapped)
        asid_take(cpu, v, unmapped);
    v->arch.vmcb->tlb_control = cpu->arch.flush_due ? TLB_FLUSH_ALL : TLB_FLUSH_NOTHING;
}

/* Afterwards: the entry came about, unless the CPU refused the vCPU's state, and with it a flush.
 */
static inline void asid_note_entry(struct cpu *cpu, const struct vcpu *v)
{
    if (cpu->arch.flush_due && !exit_is_invalid(v->arch.vmcb->exit_code))
        cpu->arch.flush_due = false;
}

#endif
