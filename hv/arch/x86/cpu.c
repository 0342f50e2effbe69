/* SPDX-License-Identifier: BSD-2-Clause */
/* CPUID functions: APM3 appendix E. */
#include <errno.h>
#include <string.h>

#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/cpu.h"
#include "hv/machine/panic.h"

#define CPUID1_ECX_XSAVE (1u << 26)
#define CPUID7_EBX_SMEP (1u << 7)
#define CPUID7_EBX_SMAP (1u << 20)
#define CPUID80000001_ECX_SVM (1u << 2)
#define CPUID80000001_EDX_1GIB (1u << 26)
#define CPUID80000001_EDX_RDTSCP (1u << 27)
#define CPUID80000007_EDX_INVARIANT_TSC (1u << 8)
#define CPUID8000000A_EDX_NPT (1u << 0)
#define CPUID8000000A_EDX_NRIPS (1u << 3)
#define VM_CR_SVM_DISABLED (1ul << 4)
#define CPUID80000008_EBX_RESTORES_FPU_POINTERS (1u << 2)
#define CPUID80000008_EBX_IBPB (1u << 12)
#define XCR0_X87_SSE_AVX 7ul
#define XCR0_PKRU 0x200ul

struct cpu boot_cpu = BOOT_CPU;
struct cpu_features cpu_features;

/* What all CPUs have the boot CPU's values of. */
static struct {
    uint64_t cr0, cr4, efer, pat;
} registers;

static void read_brand(char brand[static 49])
{
    size_t skip;

    memset(brand, 0, 49);
    for (uint32_t i = 0; i < 3; i++) {
        struct cpuid c = cpuid(0x80000002u + i, 0);

        memcpy(brand + 16ul * i, &c, 16);
    }
    for (skip = 0; brand[skip] == ' '; skip++)
        continue;
    memmove(brand, brand + skip, 49 - skip);
}

static void read_svm(struct cpu_features *f)
{
    struct cpuid svm;

    f->svm = cpuid(0x80000000u, 0).eax >= 0x8000000au &&
             (cpuid(0x80000001u, 0).ecx & CPUID80000001_ECX_SVM);
    if (!f->svm)
        return;
    svm = cpuid(0x8000000au, 0);
    f->svm_enabled = !(rdmsr(MSR_VM_CR) & VM_CR_SVM_DISABLED);
    f->npt = svm.edx & CPUID8000000A_EDX_NPT;
    f->nrips = svm.edx & CPUID8000000A_EDX_NRIPS;
    f->nr_asids = svm.ebx;
}

static void require_svm(const struct cpu_features *f)
{
    if (!f->svm)
        panic("this CPU (%s) has no SVM: AMD virtualisation is needed", f->brand);
    if (!f->svm_enabled)
        panic("the firmware has disabled SVM: enable virtualisation in its setup");
    if (!f->npt)
        panic("this CPU (%s) has SVM without nested paging", f->brand);
    if (f->nr_asids < 2)
        panic("this CPU (%s) has no ASIDs for guests", f->brand);
}

static void enable_protection(const struct cpu_features *f)
{
    uint64_t cr4 = read_cr4();

    cr4 |= f->smep ? CR4_SMEP : 0;
    cr4 |= f->smap ? CR4_SMAP : 0;
    cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    cr4 |= f->xsave ? CR4_OSXSAVE : 0;
    write_cr4(cr4);
}

static void read_features(struct cpu_features *f)
{
    struct cpuid extended = cpuid(0x80000001u, 0), structured = cpuid(7, 0);
    struct cpuid sizes = cpuid(0x80000008u, 0);

    read_brand(f->brand);
    f->xsave = cpuid(1, 0).ecx & CPUID1_ECX_XSAVE;
    f->rdtscp = extended.edx & CPUID80000001_EDX_RDTSCP;
    f->gib_pages = extended.edx & CPUID80000001_EDX_1GIB;
    f->smep = structured.ebx & CPUID7_EBX_SMEP;
    f->smap = structured.ebx & CPUID7_EBX_SMAP;
    f->invariant_tsc = cpuid(0x80000007u, 0).edx & CPUID80000007_EDX_INVARIANT_TSC;
    f->physical_bits = sizes.eax & 0xff;
    f->ibpb = sizes.ebx & CPUID80000008_EBX_IBPB;
    f->restores_fpu_pointers = sizes.ebx & CPUID80000008_EBX_RESTORES_FPU_POINTERS;
    f->xcr0_mask = f->xsave ? cpuid(0xd, 0).eax & XCR0_X87_SSE_AVX : 0;
    f->xcr0_saved = f->xsave ? cpuid(0xd, 0).eax & (XCR0_X87_SSE_AVX | XCR0_PKRU) : 0;
    read_svm(f);
}

void cpu_init(void)
{
    struct cpu_features *f = &cpu_features;

    read_features(f);
    require_svm(f);
    enable_protection(f);
    if (f->xsave) {
        xsetbv(0, f->xcr0_saved);
        f->xsave_size = cpuid(0xd, 0).ebx;
        if (f->xsave_size > PAGE_SIZE)
            panic("this CPU's FPU state takes more than a page");
    }
}

void cpu_keep_registers(void)
{
    registers.cr0 = read_cr0();
    registers.cr4 = read_cr4();
    registers.efer = rdmsr(MSR_EFER);
    registers.pat = rdmsr(MSR_PAT);
}

/* Where vCPUs move between CPUs, a CPU must have what the boot CPU has; more isn't used. */
static bool has_all_of(const struct cpu_features *f, const struct cpu_features *boot)
{
    return f->xsave >= boot->xsave && f->rdtscp >= boot->rdtscp && f->smep >= boot->smep &&
           f->smap >= boot->smap && f->gib_pages >= boot->gib_pages && f->nrips >= boot->nrips &&
           f->invariant_tsc >= boot->invariant_tsc && f->ibpb >= boot->ibpb &&
           f->restores_fpu_pointers >= boot->restores_fpu_pointers &&
           (f->xcr0_mask & boot->xcr0_mask) == boot->xcr0_mask &&
           (f->xcr0_saved & boot->xcr0_saved) == boot->xcr0_saved && f->svm && f->svm_enabled &&
           f->npt && f->nr_asids >= boot->nr_asids && f->physical_bits >= boot->physical_bits;
}

int cpu_join(void)
{
    struct cpu_features mine;

    memset(&mine, 0, sizeof(mine));
    read_features(&mine);
    if (!has_all_of(&mine, &cpu_features))
        return -EOPNOTSUPP;
    wrmsr(MSR_PAT, registers.pat);
    write_cr0(registers.cr0);
    write_cr4(registers.cr4);
    wrmsr(MSR_EFER, registers.efer);
    if (cpu_features.xsave)
        xsetbv(0, cpu_features.xcr0_saved);
    if (cpu_features.xsave && cpuid(0xd, 0).ebx != cpu_features.xsave_size)
        return -EOPNOTSUPP;
    return 0;
}
