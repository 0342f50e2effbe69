/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What guests see of the CPU: a whitelist. A leaf or bit that isn't named here reads as zero; only
 * the processor's name and the sizes of its caches are passed on as they are. APM3 appendix E;
 * leaves 0x40000000: Xen's public arch-x86/cpuid.h.
 */
#include <xen/arch-x86/cpuid.h>

#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/x86.h"
#include "hv/ops/version.h"

#define LENGTH_CPUID 2

/* Of leaf 0xb (E.3.8). */
#define LEVEL_THREAD 0x100u
#define LEVEL_CORE 0x200u

#define MAX_BASIC 0xdu
#define MAX_EXTENDED 0x80000008u
#define MAX_XEN (XEN_CPUID_FIRST_LEAF + 4)

/* Bits of leaf 1 (E.3.2), 7 (E.3.6), 0x80000001 (E.4.2): guests see them if the CPU has them. */
enum {
    L1_ECX_SSE3 = 1 << 0,
    L1_ECX_PCLMULQDQ = 1 << 1,
    L1_ECX_SSSE3 = 1 << 9,
    L1_ECX_FMA = 1 << 12,
    L1_ECX_CX16 = 1 << 13,
    L1_ECX_SSE41 = 1 << 19,
    L1_ECX_SSE42 = 1 << 20,
    L1_ECX_X2APIC = 1 << 21,
    L1_ECX_MOVBE = 1 << 22,
    L1_ECX_POPCNT = 1 << 23,
    L1_ECX_AES = 1 << 25,
    L1_ECX_XSAVE = 1 << 26,
    L1_ECX_OSXSAVE = 1 << 27,
    L1_ECX_AVX = 1 << 28,
    L1_ECX_F16C = 1 << 29,
    L1_ECX_RDRAND = 1 << 30,
};
#define L1_ECX_HYPERVISOR (1u << 31)

#define L1_ECX_ALLOWED                                                                             \
    (L1_ECX_SSE3 | L1_ECX_PCLMULQDQ | L1_ECX_SSSE3 | L1_ECX_FMA | L1_ECX_CX16 | L1_ECX_SSE41 |     \
     L1_ECX_SSE42 | L1_ECX_MOVBE | L1_ECX_POPCNT | L1_ECX_AES | L1_ECX_XSAVE | L1_ECX_AVX |        \
     L1_ECX_F16C | L1_ECX_RDRAND)
/* FPU VME DE PSE TSC MSR PAE CX8 APIC SEP PGE CMOV PAT PSE36 CLFSH MMX FXSR SSE SSE2, no MTRR. */
#define L1_EDX_ALLOWED 0x078bab7fu
#define L1_EDX_HTT 0x10000000u /* leaf 1 EBX says how many logical processors there are */
#define L1_EBX_CLFLUSH 0x0000ff00u
/* FSGSBASE BMI1 AVX2 SMEP BMI2 ERMS RDSEED ADX SMAP CLFLUSHOPT CLWB SHA */
#define L7_EBX_ALLOWED 0x219c03a9u
/* LAHF ABM SSE4A MISALIGNSSE 3DNOWPREFETCH */
#define L81_ECX_ALLOWED 0x000001e1u
/* The copies of leaf 1, and SYSCALL NX MMXEXT FFXSR 1GIB RDTSCP LM */
#define L81_EDX_ALLOWED 0x2fd3abffu
#define L81_EDX_MTRR_MCE 0x00005080u
#define L87_EDX_INVARIANT_TSC 0x100u
/* Leaf 0x40000003 (arch-x86/cpuid.h). */
#define XEN_TSC_RELIABLE (1u << 1)
#define XEN_TSC_RDTSCP (1u << 2)
#define XEN_TSC_MODE_NATIVE 2u
#define XSAVE_FEATURES 0x3u /* XSAVEOPT, XSAVEC */
#define XSAVE_AVX_LEAF 2

static struct cpuid leaf_1(const struct vcpu *v)
{
    struct cpuid c = cpuid(1, 0);

    c.ebx = (c.ebx & L1_EBX_CLFLUSH) | v->domain->nr_vcpus << 16 | v->id << 24;
    c.ecx = (c.ecx & (uint32_t)L1_ECX_ALLOWED) | L1_ECX_X2APIC | L1_ECX_HYPERVISOR;
    if (v->arch.vmcb->cr4 & CR4_OSXSAVE)
        c.ecx |= L1_ECX_OSXSAVE;
    c.edx &= L1_EDX_ALLOWED;
    if (v->domain->nr_vcpus > 1)
        c.edx |= L1_EDX_HTT;
    return c;
}

/* How many bits tell the vCPUs of a domain apart. */
static uint32_t id_bits(const struct domain *d)
{
    return d->nr_vcpus == 1 ? 0 : 32 - (uint32_t)__builtin_clz(d->nr_vcpus - 1);
}

/* Extended topology: one thread a core, as many cores as vCPUs. */
static struct cpuid leaf_b(const struct vcpu *v, uint32_t subleaf)
{
    switch (subleaf) {
    case 0:
        return (struct cpuid){.ebx = 1, .ecx = LEVEL_THREAD, .edx = v->id};
    case 1:
        return (struct cpuid){.eax = id_bits(v->domain),
                              .ebx = v->domain->nr_vcpus,
                              .ecx = 1 | LEVEL_CORE,
                              .edx = v->id};
    default:
        return (struct cpuid){.ecx = subleaf, .edx = v->id};
    }
}

static struct cpuid leaf_d(uint32_t subleaf)
{
    struct cpuid c = cpuid(0xd, subleaf);

    switch (subleaf) {
    case 0: /* the guest's own XCR0 is in force now, so EBX is right for it */
        c.eax &= (uint32_t)cpu_features.xcr0_mask;
        c.ecx = cpu_features.xcr0_mask & 4 ? 832 : 576;
        c.edx = 0;
        return c;
    case 1:
        return (struct cpuid){.eax = c.eax & XSAVE_FEATURES, .ebx = c.ebx};
    case XSAVE_AVX_LEAF:
        return cpu_features.xcr0_mask & 4 ? c : (struct cpuid){0};
    default:
        return (struct cpuid){0};
    }
}

static struct cpuid basic(const struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    struct cpuid c = cpuid(leaf, subleaf);

    switch (leaf) {
    case 0:
        c.eax = MAX_BASIC;
        return c;
    case 1:
        return leaf_1(v);
    case 7:
        return (struct cpuid){.ebx = subleaf == 0 ? c.ebx & L7_EBX_ALLOWED : 0};
    case 0xb:
        return leaf_b(v, subleaf);
    case 0xd:
        return cpu_features.xsave ? leaf_d(subleaf) : (struct cpuid){0};
    default:
        return (struct cpuid){0};
    }
}

static struct cpuid extended(const struct vcpu *v, uint32_t leaf)
{
    struct cpuid c = cpuid(leaf, 0);

    switch (leaf) {
    case 0x80000000u:
        c.eax = MAX_EXTENDED;
        return c;
    case 0x80000001u:
        c.ebx = 0;
        c.ecx &= L81_ECX_ALLOWED;
        c.edx &= L81_EDX_ALLOWED & ~L81_EDX_MTRR_MCE;
        return c;
    case 0x80000002u:
    case 0x80000003u:
    case 0x80000004u:
    case 0x80000005u:
    case 0x80000006u:
        return c;
    case 0x80000007u:
        return (struct cpuid){.edx = c.edx & L87_EDX_INVARIANT_TSC};
    case 0x80000008u:
        return (struct cpuid){.eax = 48u << 8 | (cpu_features.physical_bits & 0xff),
                              .ecx = id_bits(v->domain) << 12 | (v->domain->nr_vcpus - 1)};
    default:
        return (struct cpuid){0};
    }
}

static struct cpuid xen_time(uint32_t subleaf)
{
    const struct clock_scale *scale = clock_scale();
    uint64_t offset = 0 - clock_scale_ticks(scale, scale->base);

    switch (subleaf) {
    case 0: /* the TSC is the machine's own, never emulated */
        return (struct cpuid){.eax = (cpu_features.invariant_tsc ? XEN_TSC_RELIABLE : 0) |
                                     (cpu_features.rdtscp ? XEN_TSC_RDTSCP : 0),
                              .ebx = cpu_features.invariant_tsc ? XEN_TSC_MODE_NATIVE : 0,
                              .ecx = (uint32_t)clock_tsc_khz()};
    case 1:
        return (struct cpuid){.eax = (uint32_t)offset,
                              .ebx = (uint32_t)(offset >> 32),
                              .ecx = scale->mul,
                              .edx = (uint32_t)(int32_t)scale->shift};
    case 2:
        return (struct cpuid){.eax = (uint32_t)clock_tsc_khz()};
    default:
        return (struct cpuid){0};
    }
}

static struct cpuid xen(const struct vcpu *v, uint32_t leaf, uint32_t subleaf)
{
    switch (leaf - XEN_CPUID_FIRST_LEAF) {
    case 0:
        return (struct cpuid){MAX_XEN, XEN_CPUID_SIGNATURE_EBX, XEN_CPUID_SIGNATURE_ECX,
                              XEN_CPUID_SIGNATURE_EDX};
    case 1:
        return (struct cpuid){.eax = XEN_ABI_VERSION};
    case 2:
        return (struct cpuid){.eax = 1, .ebx = XEN_CPUID_FIRST_LEAF};
    case 3:
        return xen_time(subleaf);
    case 4:
        return (struct cpuid){.eax = XEN_HVM_CPUID_X2APIC_VIRT | XEN_HVM_CPUID_VCPU_ID_PRESENT |
                                     XEN_HVM_CPUID_DOMID_PRESENT,
                              .ebx = v->id,
                              .ecx = v->domain->domid};
    default:
        return (struct cpuid){0};
    }
}

void exit_cpuid(struct vcpu *v)
{
    struct guest_registers *r = &v->arch.registers;
    uint32_t leaf = (uint32_t)v->arch.vmcb->rax, subleaf = (uint32_t)r->rcx;
    struct cpuid c = {0};

    if (leaf <= MAX_BASIC)
        c = basic(v, leaf, subleaf);
    else if (leaf >= XEN_CPUID_FIRST_LEAF && leaf <= MAX_XEN)
        c = xen(v, leaf, subleaf);
    else if (leaf >= 0x80000000u && leaf <= MAX_EXTENDED)
        c = extended(v, leaf);
    v->arch.vmcb->rax = c.eax;
    r->rbx = c.ebx;
    r->rcx = c.ecx;
    r->rdx = c.edx;
    svm_skip(v, LENGTH_CPUID);
}
