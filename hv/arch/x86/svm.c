/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/asid.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/vlapic.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/quiesce.h"
#include "hv/machine/time.h"

#define MSRPM_ORDER 1u /* 8 KiB */
#define IOPM_ORDER 2u  /* 12 KiB */
#define PAT_RESET 0x0007040600070406ul
#define DR6_RESET 0xffff0ff0ul
#define NESTED_PAGING 1ul
#define SHADOW_RETRY (20 * MICROSECOND)
#define MOST_SHADOW_ENTRIES 4u

/* The legacy part of an XSAVE area (APM2 11.5.9). */
struct xsave_area {
    uint16_t control, status;
    uint8_t reserved0[20];
    uint32_t mxcsr, mxcsr_mask;
    uint8_t rest[4096 - 32];
};

_Static_assert(offsetof(struct xsave_area, mxcsr) == 24, "APM2 figure 11-8");

#define FPU_CONTROL_RESET 0x37f
#define MXCSR_RESET 0x1f80

static paddr_t msrpm, iopm;

static void *hypervisor_frames(unsigned int order)
{
    mfn_t frame = memory_alloc(order, OWNER_HYPERVISOR);

    if (frame.m == INVALID_MFN.m)
        panic("no memory to turn SVM on");
    return map_mfn(frame);
}

int svm_prepare(struct cpu *cpu)
{
    mfn_t save = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    mfn_t vmcb = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);

    if (save.m == INVALID_MFN.m || vmcb.m == INVALID_MFN.m)
        return -ENOMEM;
    cpu->arch.host_save = mfn_to_paddr(save);
    cpu->arch.host_vmcb = mfn_to_paddr(vmcb);
    asid_init(cpu);
    return 0;
}

void svm_enable(void)
{
    const struct arch_cpu *cpu = &this_cpu()->arch;

    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | EFER_SVME);
    wrmsr(MSR_VM_HSAVE_PA, cpu->host_save.a);
    __asm__ volatile("vmsave %0" : : "a"(cpu->host_vmcb.a) : "memory");
}

void svm_init(void)
{
    uint8_t *bitmap = hypervisor_frames(IOPM_ORDER);

    memset(bitmap, 0xff, PAGE_SIZE << IOPM_ORDER);
    iopm = physical(bitmap);
    bitmap = hypervisor_frames(MSRPM_ORDER);
    msr_init_permissions(bitmap);
    msrpm = physical(bitmap);
    if (svm_prepare(&boot_cpu) != 0)
        panic("no memory to turn SVM on");
    svm_enable();
}

static void set_intercepts(struct vmcb *vmcb)
{
    /* #DB and #AC: a guest could have the CPU raise them without end (CVE-2015-8104, -5307). */
    vmcb->intercept_exceptions = 1u << VECTOR_DB | 1u << VECTOR_AC | 1u << VECTOR_MC;
    vmcb->intercept1 = INTERCEPT1_INTR | INTERCEPT1_NMI | INTERCEPT1_SMI | INTERCEPT1_INIT |
                       INTERCEPT1_RDPMC | INTERCEPT1_CPUID | INTERCEPT1_RSM | INTERCEPT1_INVD |
                       INTERCEPT1_HLT | INTERCEPT1_INVLPGA | INTERCEPT1_IO | INTERCEPT1_MSR |
                       INTERCEPT1_FERR_FREEZE | INTERCEPT1_SHUTDOWN;
    vmcb->intercept2 = INTERCEPT2_VMRUN | INTERCEPT2_VMMCALL | INTERCEPT2_VMLOAD |
                       INTERCEPT2_VMSAVE | INTERCEPT2_STGI | INTERCEPT2_CLGI | INTERCEPT2_SKINIT |
                       INTERCEPT2_WBINVD | INTERCEPT2_MONITOR | INTERCEPT2_MWAIT |
                       INTERCEPT2_MWAIT_ARMED | INTERCEPT2_XSETBV | INTERCEPT2_RDPRU;
}

int arch_vcpu_init(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;
    mfn_t vmcb = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    mfn_t fpu = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);

    if (vmcb.m != INVALID_MFN.m)
        a->vmcb = map_mfn(vmcb);
    a->vmcb_at = mfn_to_paddr(vmcb);
    if (fpu.m != INVALID_MFN.m)
        a->fpu = map_mfn(fpu);
    if (a->vmcb == NULL || a->fpu == NULL)
        return -ENOMEM;
    a->fpu->control = FPU_CONTROL_RESET;
    a->fpu->mxcsr = MXCSR_RESET;
    a->xcr0 = 1;
    set_intercepts(a->vmcb);
    a->vmcb->iopm = iopm.a;
    a->vmcb->msrpm = msrpm.a;
    a->vmcb->interrupt_control = V_INTR_MASKING;
    a->vmcb->nested_control = NESTED_PAGING;
    a->vmcb->nested_cr3 = v->domain->arch.nested_root.a;
    a->vmcb->efer = EFER_SVME;
    a->vmcb->pat = PAT_RESET;
    a->vmcb->dr6 = DR6_RESET;
    a->vmcb->dr7 = DR7_RESET;
    a->vmcb->rflags = RFLAGS_RESERVED;
    svm_reset(v);
    return 0;
}

void arch_vcpu_destroy(struct vcpu *v)
{
    if (v->arch.vmcb != NULL)
        memory_free_cleared(paddr_to_mfn(physical(v->arch.vmcb)));
    if (v->arch.fpu != NULL)
        memory_free_cleared(paddr_to_mfn(physical(v->arch.fpu)));
}

void svm_inject(struct vcpu *v, unsigned int vector)
{
    v->arch.vmcb->event_injection = vector | EVENT_TYPE_EXCEPTION | EVENT_VALID;
}

void svm_inject_error(struct vcpu *v, unsigned int vector, uint32_t error)
{
    v->arch.vmcb->event_injection =
        vector | EVENT_TYPE_EXCEPTION | EVENT_HAS_ERROR | EVENT_VALID | (uint64_t)error << 32;
}

static void save_fpu(struct arch_vcpu *a)
{
    if (!cpu_features.xsave) {
        __asm__ volatile("fxsave64 (%0)" : : "r"(a->fpu) : "memory");
        return;
    }
    /* Read back: QEMU 7.2 lets guests set XCR0 without an exit. */
    a->xcr0 = (xgetbv(0) & cpu_features.xcr0_mask) | 1;
    xsetbv(0, cpu_features.xcr0_saved);
    __asm__ volatile("xsave64 (%0)"
                     :
                     : "r"(a->fpu), "a"((uint32_t)cpu_features.xcr0_saved), "d"(0)
                     : "memory");
}

/*
 * Without an exception pending, older processors leave the x87 error pointers as they were when
 * they restore a state: the next guest would read where the last one's FPU instruction and data
 * were (CVE-2013-2076). An instruction of our own gives them a value of our own.
 */
static void forget_fpu_pointers(void)
{
    static const uint32_t zero;

    if (!cpu_features.restores_fpu_pointers)
        __asm__ volatile("fnclex; emms; fildl %0" : : "m"(zero));
}

static void load_fpu(const struct arch_vcpu *a)
{
    forget_fpu_pointers();
    if (!cpu_features.xsave) {
        __asm__ volatile("fxrstor64 (%0)" : : "r"(a->fpu) : "memory");
        return;
    }
    xsetbv(0, cpu_features.xcr0_saved);
    __asm__ volatile("xrstor64 (%0)"
                     :
                     : "r"(a->fpu), "a"((uint32_t)cpu_features.xcr0_saved), "d"(0)
                     : "memory");
    xsetbv(0, a->xcr0);
}

static void save_debug(struct arch_vcpu *a)
{
    __asm__ volatile("movq %%db0, %0" : "=r"(a->debug[0]));
    __asm__ volatile("movq %%db1, %0" : "=r"(a->debug[1]));
    __asm__ volatile("movq %%db2, %0" : "=r"(a->debug[2]));
    __asm__ volatile("movq %%db3, %0" : "=r"(a->debug[3]));
}

static void load_debug(const struct arch_vcpu *a)
{
    __asm__ volatile("movq %0, %%db0" : : "r"(a->debug[0]));
    __asm__ volatile("movq %0, %%db1" : : "r"(a->debug[1]));
    __asm__ volatile("movq %0, %%db2" : : "r"(a->debug[2]));
    __asm__ volatile("movq %0, %%db3" : : "r"(a->debug[3]));
}

void arch_vcpu_save(struct vcpu *v)
{
    save_fpu(&v->arch);
    save_debug(&v->arch);
}

void arch_vcpu_load(struct vcpu *v)
{
    /* What one guest has taught the branch predictor is not for the next. */
    if (cpu_features.ibpb)
        wrmsr(MSR_PRED_CMD, PRED_CMD_IBPB);
    load_fpu(&v->arch);
    load_debug(&v->arch);
    if (cpu_features.rdtscp)
        wrmsr(MSR_TSC_AUX, v->arch.tsc_aux);
}

static uint8_t callback_vector(const struct domain *d)
{
    return __atomic_load_n(&d->arch.callback_vector, __ATOMIC_RELAXED);
}

static bool upcall_is_pending(const struct vcpu *v)
{
    const struct vcpu_info *info;

    if (callback_vector(v->domain) == 0)
        return false;
    info = __atomic_load_n(&v->info, __ATOMIC_ACQUIRE);
    return __atomic_load_n(&info->evtchn_upcall_pending, __ATOMIC_SEQ_CST);
}

bool arch_vcpu_has_event(struct vcpu *v)
{
    if (!(v->arch.vmcb->rflags & RFLAGS_IF))
        return false;
    return upcall_is_pending(v) || v->arch.requeued != 0 || vlapic_highest(v) != 0;
}

/*
 * Between STI and the next instruction no interrupt is taken, or HLT behind it would sleep through
 * what had come. QEMU forgets that when the guest is left there, in spite of the VMCB: so the
 * hypervisor waits for an exit somewhere else. A loop may be at the same place each time, and isn't
 * kept waiting.
 */
static bool is_behind_sti(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    if (a->vmcb->interrupt_shadow & INTERRUPT_SHADOW) {
        a->shadow_rip = a->vmcb->rip;
        a->shadow_entries = MOST_SHADOW_ENTRIES;
        return true;
    }
    if (a->shadow_entries == 0)
        return false;
    a->shadow_entries = a->vmcb->rip == a->shadow_rip ? a->shadow_entries - 1 : 0;
    return a->shadow_entries != 0;
}

/*
 * Offer the vCPU its most urgent interrupt by V_IRQ: the CPU delivers it as soon as the guest can
 * take it, and clears V_IRQ. (Not by event injection: QEMU can deliver that twice.)
 */
static void offer_interrupt(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;
    uint64_t control = (a->vmcb->interrupt_control & V_TPR_MASK) | V_INTR_MASKING;
    uint8_t vector = 0;
    bool upcall = false;

    if (a->requeued != 0) {
        vector = a->requeued;
    } else if (upcall_is_pending(v)) {
        vector = callback_vector(v->domain);
        upcall = true;
    } else if (vlapic_has_request(v)) {
        vector = vlapic_highest(v);
    }
    if (vector != 0 && is_behind_sti(v)) {
        vector = 0;
        time_arm(now() + SHADOW_RETRY);
    }
    a->offered = vector;
    a->offered_upcall = upcall;
    if (vector != 0)
        control |= V_IRQ | V_PRIORITY_HIGHEST | V_IGNORE_TPR | (uint64_t)vector << V_VECTOR_SHIFT;
    a->vmcb->interrupt_control = control;
}

static void note_delivery(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;

    if (a->offered == 0 || (a->vmcb->interrupt_control & V_IRQ))
        return;
    if (a->requeued != 0)
        a->requeued = 0;
    else if (!a->offered_upcall)
        vlapic_accept(v, a->offered);
    a->offered = 0;
}

/* An event whose delivery the exit cut short is delivered again. */
static void requeue_event(struct vcpu *v)
{
    struct vmcb *vmcb = v->arch.vmcb;
    uint64_t event = vmcb->exit_interrupt_info;

    vmcb->event_injection = 0;
    if (!(event & EVENT_VALID))
        return;
    switch (event & EVENT_TYPE_MASK) {
    case EVENT_TYPE_INTERRUPT:
        v->arch.requeued = (uint8_t)(event & EVENT_VECTOR);
        break;
    case EVENT_TYPE_SOFTWARE: /* RIP is still at the INT instruction: it runs again */
        break;
    default:
        vmcb->event_injection = event;
        break;
    }
}

void arch_vcpu_run(struct vcpu *v)
{
    struct arch_vcpu *a = &v->arch;
    const struct domain *d = v->domain;
    struct cpu *cpu = this_cpu();

    quiesce_begin(cpu, d);
    asid_choose(cpu, v, d);
    quiesce_note_flushed(cpu, a->flushed);
    offer_interrupt(v);
    svm_enter(&a->registers, a->vmcb_at.a, cpu->arch.host_vmcb.a);
    quiesce_end(cpu);
    cpu->exits++;
    asid_note_entry(cpu, v);
    note_delivery(v);
    requeue_event(v);
    svm_handle_exit(v);
}
