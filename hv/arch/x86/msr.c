/* SPDX-License-Identifier: BSD-2-Clause */
/* Model-specific registers of guests: a whitelist; the rest is #GP, which Linux copes with. */
#include <string.h>
#include <xen/arch-x86/cpuid.h>

#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/vlapic.h"
#include "hv/arch/x86/x86.h"
#include "hv/gate/gate.h"

#define LENGTH_RDMSR 2
#define MSR_HYPERCALL_PAGE XEN_CPUID_FIRST_LEAF
#define DE_CFG_LFENCE_SERIALISES 2ul
#define EFER_WRITABLE (EFER_SCE | EFER_LME | EFER_NXE | EFER_FFXSR)
#define APIC_BASE_VALUE (0xfee00000ul | APIC_BASE_EN | APIC_BASE_EXTD)

/* Two bits for each MSR, read and write, in three ranges (APM2 15.11). */
static void pass_through(uint8_t *bitmap, uint32_t msr)
{
    uint32_t bit = msr < 0x2000 ? msr * 2 : (msr - 0xc0000000u) * 2 + 0x800 * 8;

    bitmap[bit / 8] = (uint8_t)(bitmap[bit / 8] & ~(3u << bit % 8));
}

void msr_init_permissions(uint8_t *bitmap)
{
    static const uint32_t switched[] = {
        MSR_SYSENTER_CS, MSR_SYSENTER_ESP, MSR_SYSENTER_EIP, MSR_STAR,    MSR_LSTAR,
        MSR_CSTAR,       MSR_SFMASK,       MSR_FS_BASE,      MSR_GS_BASE, MSR_KERNEL_GS_BASE,
    };

    memset(bitmap, 0xff, 2 * PAGE_SIZE);
    for (size_t i = 0; i < ARRAY_SIZE(switched); i++)
        pass_through(bitmap, switched[i]);
}

static bool read_msr(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    const struct vmcb *vmcb = v->arch.vmcb;

    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_read(v, msr, value);
    switch (msr) {
    case MSR_TSC:
        *value = rdtsc();
        return true;
    case MSR_APIC_BASE:
        *value = APIC_BASE_VALUE | (v->id == 0 ? APIC_BASE_BSP : 0);
        return true;
    case MSR_PAT:
        *value = vmcb->pat;
        return true;
    case MSR_EFER:
        *value = vmcb->efer & ~(uint64_t)EFER_SVME;
        return true;
    case MSR_TSC_AUX:
        *value = v->arch.tsc_aux;
        return cpu_features.rdtscp;
    case MSR_PATCH_LEVEL:
    case MSR_SYSCFG:
    case MSR_HWCR:
    case MSR_NB_CFG:
        *value = 0;
        return true;
    case MSR_DE_CFG:
        *value = DE_CFG_LFENCE_SERIALISES;
        return true;
    default:
        return false;
    }
}

static bool write_efer(struct vmcb *vmcb, uint64_t value)
{
    uint64_t changed = (value ^ vmcb->efer) & EFER_LME;

    if ((value & ~(uint64_t)(EFER_WRITABLE | EFER_LMA)) != 0)
        return false;
    if (changed && (vmcb->cr0 & CR0_PG))
        return false;
    vmcb->efer = (value & EFER_WRITABLE) | (vmcb->efer & EFER_LMA) | EFER_SVME;
    return true;
}

static bool write_pat(struct vmcb *vmcb, uint64_t value)
{
    for (unsigned int i = 0; i < 8; i++) {
        uint64_t type = value >> (i * 8) & 0xff;

        if (type > 7 || type == 2 || type == 3)
            return false;
    }
    vmcb->pat = value;
    return true;
}

static bool write_tsc_aux(struct vcpu *v, uint64_t value)
{
    if (!cpu_features.rdtscp || value > UINT32_MAX)
        return false;
    v->arch.tsc_aux = value;
    wrmsr(MSR_TSC_AUX, value); /* this vCPU is the one that runs */
    return true;
}

static bool write_msr(struct vcpu *v, uint32_t msr, uint64_t value, bool *again)
{
    struct vmcb *vmcb = v->arch.vmcb;

    if (msr >= MSR_X2APIC_FIRST && msr <= MSR_X2APIC_LAST)
        return vlapic_write(v, msr, value, again);
    switch (msr) {
    case MSR_HYPERCALL_PAGE:
        return gate_hypercall_page(v, value) == 0;
    case MSR_APIC_BASE:
        return value == (APIC_BASE_VALUE | (v->id == 0 ? APIC_BASE_BSP : 0));
    case MSR_PAT:
        return write_pat(vmcb, value);
    case MSR_EFER:
        return write_efer(vmcb, value);
    case MSR_TSC_AUX:
        return write_tsc_aux(v, value);
    case MSR_TSC: /* ignored: guests share the machine's */
    case MSR_PATCH_LEVEL:
    case MSR_HWCR:
    case MSR_DE_CFG:
        return true;
    default:
        return false;
    }
}

void exit_msr(struct vcpu *v)
{
    struct guest_registers *r = &v->arch.registers;
    struct vmcb *vmcb = v->arch.vmcb;
    uint32_t msr = (uint32_t)r->rcx;
    bool write = vmcb->exit_info1 & 1, done, again = false;
    uint64_t value = 0;

    if (write)
        done = write_msr(v, msr, (r->rdx & 0xffffffff) << 32 | (vmcb->rax & 0xffffffff), &again);
    else
        done = read_msr(v, msr, &value);
    if (again)
        return;
    if (!done) {
        svm_inject_error(v, VECTOR_GP, 0);
        return;
    }
    if (!write) {
        vmcb->rax = (uint32_t)value;
        r->rdx = value >> 32;
    }
    svm_skip(v, LENGTH_RDMSR);
}
