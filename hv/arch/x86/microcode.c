/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Microcode is offered to one CPU after the other, the boot CPU first, before there are domains:
 * of two CPUs that share a core, the other one idles meanwhile. A CPU that doesn't take it goes on
 * with what it has.
 */
#include "hv/arch/x86/microcode.h"

#include <stdio.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/microcode_container.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/time.h"

/* AMD's Processor Programming Reference, e.g. for family 17h: MSRs C001_0020 and 0000_008B. */
#define MSR_PATCH_LEVEL 0x8b
#define MSR_PATCH_LOADER 0xc0010020
#define PATIENCE SECOND

/* What is offered, and the CPU whose turn it is: written by the boot CPU, cleared by that one. */
static const void *offered;
static struct cpu *whose_turn;

static uint32_t revision(void)
{
    return (uint32_t)rdmsr(MSR_PATCH_LEVEL);
}

static void try_patch(void)
{
    wrmsr(MSR_PATCH_LOADER, (uint64_t)offered);
}

void microcode_kicked(void)
{
    struct cpu *mine = this_cpu();

    if (__atomic_load_n(&whose_turn, __ATOMIC_ACQUIRE) != mine)
        return;
    try_patch();
    mine->arch.microcode = revision();
    (void)__atomic_compare_exchange_n(&whose_turn, &mine, NULL, false, __ATOMIC_RELEASE,
                                      __ATOMIC_RELAXED); /* its turn may be over */
}

/* false: it doesn't answer. */
static bool offer_to(struct cpu *cpu)
{
    uint64_t end = now() + PATIENCE;

    __atomic_store_n(&whose_turn, cpu, __ATOMIC_RELEASE);
    arch_kick(cpu);
    while (__atomic_load_n(&whose_turn, __ATOMIC_ACQUIRE) != NULL) {
        if (cpu == this_cpu())
            arch_take_interrupts();
        if (now() > end) {
            __atomic_store_n(&whose_turn, NULL, __ATOMIC_RELAXED);
            return false;
        }
        arch_relax();
    }
    return true;
}

static void offer(const struct microcode_patch *patch, char *text, size_t text_size)
{
    uint32_t before = revision();
    unsigned int took = 0, count = cpus_count();

    offered = patch->data;
    for (unsigned int i = 0; i < count; i++)
        took += offer_to(cpu_by_number(i)) && cpu_by_number(i)->arch.microcode == patch->revision;
    if (took == count)
        (void)snprintf(text, text_size, "revision 0x%08x, was 0x%08x", patch->revision, before);
    else
        (void)snprintf(text, text_size,
                       "revision 0x%08x was offered, %u of %u CPUs took it; CPU 0 has 0x%08x "
                       "(emulators take none)",
                       patch->revision, took, count, revision());
}

int arch_load_microcode(const void *data, size_t size, char *text, size_t text_size)
{
    uint32_t signature = cpuid(1, 0).eax, has = revision();
    struct microcode_patch patch;
    const char *why;
    int error = microcode_find(data, size, signature, &patch, &why);

    if (error != 0)
        (void)snprintf(text, text_size, "%s", why);
    else if (patch.data == NULL)
        (void)snprintf(text, text_size, "it has nothing for this CPU (signature %08x)", signature);
    else if (patch.revision <= has)
        (void)snprintf(text, text_size, "revision 0x%08x; the CPU has 0x%08x already",
                       patch.revision, has);
    else
        offer(&patch, text, text_size);
    return error;
}
