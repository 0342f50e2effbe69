/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/x86/asid.h"
#include "hv/arch/x86/cpu.h"

/* A vCPU that comes from another CPU brings that one's generation: it gets an ASID of this one. */
#define GENERATION_CPU_SHIFT 48

void asid_init(struct cpu *cpu)
{
    cpu->arch.next_asid = 1;
    cpu->arch.asid_generation = ((uint64_t)cpu->number << GENERATION_CPU_SHIFT) + 1;
}

void asid_take(struct cpu *on, struct vcpu *v, uint64_t unmapped)
{
    struct arch_cpu *cpu = &on->arch;
    struct vmcb *vmcb = v->arch.vmcb;

    if (cpu->next_asid >= cpu_features.nr_asids) {
        cpu->asid_generation++;
        cpu->next_asid = 1;
        cpu->flush_due = true;
    }
    v->arch.asid_generation = cpu->asid_generation;
    v->arch.flushed = unmapped;
    v->arch.asid = cpu->next_asid++;
    vmcb->asid = v->arch.asid;
}
