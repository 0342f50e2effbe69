/* SPDX-License-Identifier: BSD-2-Clause */
/* A vCPU's registers after INIT and SIPI (APM2 14.1.3 and 16.5). */
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/vlapic.h"
#include "hv/arch/x86/x86.h"

#define RESET_SELECTOR 0xf000
#define RESET_BASE 0xffff0000ul
#define RESET_RIP 0xfff0
#define SEGMENT_LIMIT 0xffff
#define ATTRIBUTES_CODE 0x9b /* present, accessed, readable code of 16 bits */
#define ATTRIBUTES_DATA 0x93
#define ATTRIBUTES_LDT 0x82
#define ATTRIBUTES_TSS 0x8b
#define DR6_RESET 0xffff0ff0ul
#define SIPI_PAGE_SHIFT 12u
#define SIPI_SELECTOR_SHIFT 8u

static void reset_segments(struct vmcb *vmcb)
{
    const struct vmcb_segment data = {0, ATTRIBUTES_DATA, SEGMENT_LIMIT, 0};

    vmcb->cs = (struct vmcb_segment){RESET_SELECTOR, ATTRIBUTES_CODE, SEGMENT_LIMIT, RESET_BASE};
    vmcb->ds = vmcb->es = vmcb->ss = vmcb->fs = vmcb->gs = data;
    vmcb->gdtr = vmcb->idtr = (struct vmcb_segment){0, 0, SEGMENT_LIMIT, 0};
    vmcb->ldtr = (struct vmcb_segment){0, ATTRIBUTES_LDT, SEGMENT_LIMIT, 0};
    vmcb->tr = (struct vmcb_segment){0, ATTRIBUTES_TSS, SEGMENT_LIMIT, 0};
}

static void reset_control(struct vmcb *vmcb)
{
    vmcb->cr0 = (vmcb->cr0 & (CR0_CD | CR0_NW)) | CR0_ET;
    vmcb->cr2 = vmcb->cr3 = vmcb->cr4 = 0;
    vmcb->efer = EFER_SVME;
    vmcb->dr6 = DR6_RESET;
    vmcb->dr7 = DR7_RESET;
    vmcb->rflags = RFLAGS_RESERVED;
    vmcb->cpl = 0;
    vmcb->rip = RESET_RIP;
    vmcb->rsp = vmcb->rax = 0;
    vmcb->event_injection = 0;
    vmcb->interrupt_shadow = 0;
    vmcb->interrupt_control = V_INTR_MASKING; /* no interrupt is offered; CR8 is 0 */
}

void svm_reset(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    reset_segments(a->vmcb);
    reset_control(a->vmcb);
    a->registers = (struct guest_registers){.rdx = cpuid(1, 0).eax};
    a->offered = a->requeued = 0;
    a->asid_generation = 0; /* INIT leaves no translations of the time before it (APM2 15.16) */
    vlapic_init(v);
    a->vlapic.wait_for_sipi = true;
    __atomic_store_n(&v->initialised, false, __ATOMIC_RELEASE);
}

bool svm_start(struct vcpu *v, uint8_t vector)
{
    struct vmcb *vmcb = v->arch.vmcb;

    /* Of several that start it at once, one does. */
    if (!__atomic_exchange_n(&v->arch.vlapic.wait_for_sipi, false, __ATOMIC_ACQ_REL))
        return false;
    vmcb->cs.selector = (uint16_t)(vector << SIPI_SELECTOR_SHIFT);
    vmcb->cs.base = (uint64_t)vector << SIPI_PAGE_SHIFT;
    vmcb->rip = 0;
    __atomic_store_n(&v->initialised, true, __ATOMIC_RELEASE);
    return true;
}
