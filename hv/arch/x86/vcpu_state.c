/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that a vCPU begins with, as the boot domain sees them. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/x86.h"
#include "hv/public/bailiwick_op.h"

/* CF, PF, AF, ZF, SF, DF, OF, AC and ID (APM2 3.1.6): those that only the guest's code looks at. */
#define FLAGS_ALLOWED 0x240cd5ul

void arch_vcpu_get_state(const struct vcpu *v, struct bw_vcpu_state *state)
{
    const struct guest_registers *r = &v->arch.registers;
    const struct vmcb *vmcb = v->arch.vmcb;

    *state = (struct bw_vcpu_state){
        .rax = vmcb->rax,
        .rbx = r->rbx,
        .rcx = r->rcx,
        .rdx = r->rdx,
        .rsi = r->rsi,
        .rdi = r->rdi,
        .rbp = r->rbp,
        .rsp = vmcb->rsp,
        .r8 = r->r8,
        .r9 = r->r9,
        .r10 = r->r10,
        .r11 = r->r11,
        .r12 = r->r12,
        .r13 = r->r13,
        .r14 = r->r14,
        .r15 = r->r15,
        .rip = vmcb->rip,
        .rflags = vmcb->rflags,
    };
}

int arch_vcpu_set_state(struct vcpu *v, const struct bw_vcpu_state *state)
{
    struct guest_registers *r = &v->arch.registers;
    struct vmcb *vmcb = v->arch.vmcb;

    if (state->rip > UINT32_MAX || (state->rflags & RFLAGS_RESERVED) == 0 ||
        (state->rflags & ~(FLAGS_ALLOWED | RFLAGS_RESERVED)) != 0)
        return -EINVAL;
    *r = (struct guest_registers){
        .rdi = state->rdi,
        .rsi = state->rsi,
        .rdx = state->rdx,
        .r10 = state->r10,
        .r8 = state->r8,
        .r9 = state->r9,
        .rbx = state->rbx,
        .rcx = state->rcx,
        .rbp = state->rbp,
        .r11 = state->r11,
        .r12 = state->r12,
        .r13 = state->r13,
        .r14 = state->r14,
        .r15 = state->r15,
    };
    vmcb->rax = state->rax;
    vmcb->rsp = state->rsp;
    vmcb->rip = state->rip;
    vmcb->rflags = state->rflags;
    return 0;
}
