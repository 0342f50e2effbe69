/* SPDX-License-Identifier: BSD-2-Clause */
/* Secure Virtual Machine: how guests run (APM2 chapter 15). */
#ifndef HV_ARCH_X86_SVM_H
#define HV_ARCH_X86_SVM_H

#include "hv/arch/x86/vmcb.h"
#include "hv/domain/domain.h"

/* Turn SVM on for this CPU. */
void svm_init(void);

/* Inject an exception at the vCPU's next entry; `error` only where the vector has one. */
void svm_inject(struct vcpu *v, unsigned int vector);
void svm_inject_error(struct vcpu *v, unsigned int vector, uint32_t error);
/* The vCPU goes on after its instruction: `length` bytes long, where the CPU doesn't say. */
void svm_skip(struct vcpu *v, unsigned int length);
/* Its translations are stale: it gets a fresh ASID at its next entry. */
void svm_flush(struct vcpu *v);

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
