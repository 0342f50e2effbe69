/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/cpus.h"
#include "hv/arch/x86/lapic.h"
#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/traps.h"
#include "hv/machine/cpu.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

/* QEMU's isa-debug-exit device at its usual place; only looked for under an emulator. */
#define DEBUG_EXIT_PORT 0xf4
#define CPUID1_ECX_HYPERVISOR (1u << 31)

void arch_map_memory(const struct boot_info *boot)
{
    cpu_init();
    cpus_survey(boot);
    paging_init(boot);
}

void arch_init(void)
{
    uint64_t pages;

    traps_init();
    assert(paging_count_writable_executable(&pages) == 0);
    assert(!paging_is_mapped(0));
    lapic_init();
    clock_init();
    svm_init();
}

const char *arch_describe(void)
{
    static char text[160];

    (void)snprintf(text, sizeof(text), "%s at %lu MHz, SVM with nested paging, %u ASIDs%s%s",
                   cpu_features.brand, clock_tsc_khz() / 1000, cpu_features.nr_asids,
                   cpu_features.smep ? ", SMEP" : "", cpu_features.smap ? ", SMAP" : "");
    return text;
}

void arch_idle(void)
{
    /* STI holds interrupts back until after HLT: none can slip in between. */
    __asm__ volatile("sti; hlt; cli" : : : "memory");
}

void arch_take_interrupts(void)
{
    __asm__ volatile("sti; nop; cli" : : : "memory");
}

void arch_report_end(unsigned int code)
{
    if ((cpuid(1, 0).ecx & CPUID1_ECX_HYPERVISOR) && inb(DEBUG_EXIT_PORT) == 0)
        outb(DEBUG_EXIT_PORT, (uint8_t)code);
}

_Noreturn void arch_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}
