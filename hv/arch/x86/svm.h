/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure Virtual Machine: how guests run (APM2 chapter 15). */
#ifndef HV_ARCH_X86_SVM_H
#define HV_ARCH_X86_SVM_H

#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/vmcb.h"
#include "hv/domain/domain.h"

struct cpu;

/* On the boot CPU: what all CPUs share, and SVM on. */
void svm_init(void);
/* What a CPU needs for it: 0, or -ENOMEM. */
int svm_prepare(struct cpu *cpu);
/* Turn SVM on for this CPU, which has been prepared. */
void svm_enable(void);

/* Inject an exception at the vCPU's next entry; `error` only where the vector has one. */
void svm_inject(struct vcpu *v, unsigned int vector);
void svm_inject_error(struct vcpu *v, unsigned int vector, uint32_t error);
/* The vCPU goes on after its instruction: `length` bytes long, where the CPU doesn't say. */
static inline void svm_skip(struct vcpu *v, unsigned int length)
{
    struct vmcb *vmcb = v->arch.vmcb;

    vmcb->rip = cpu_features.nrips && vmcb->next_rip != 0 ? vmcb->next_rip : vmcb->rip + length;
    vmcb->interrupt_shadow = 0;
}
/*
 * To the state after INIT (APM2 14.1.3): real mode, waiting for where to start. The vCPU is offline
 * and on no CPU.
 */
void svm_reset(struct vcpu *v);
/* Start it in real mode at the page `vector` (SIPI). False: it doesn't wait for that. */
bool svm_start(struct vcpu *v, uint8_t vector);

/* enter.S */
void svm_enter(struct guest_registers *registers, uint64_t vmcb, uint64_t host_vmcb);
/* exit.c: deal with an exit. */
void svm_handle_exit(struct vcpu *v);

/* cpuid.c, msr.c, ioport.c: one kind of exit each. */
void exit_cpuid(struct vcpu *v);
void exit_msr(struct vcpu *v);
void exit_io(struct vcpu *v);
/* The bitmap of MSRs that exit, 8 KiB: all but those that VMSAVE and VMLOAD switch. */
void msr_init_permissions(uint8_t *bitmap);

#endif
