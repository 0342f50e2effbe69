/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/lapic.h"
#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/x86.h"

/* Register offsets (APM2 table 16-2); in x2APIC mode the MSR is 0x800 + offset / 16. */
#define LAPIC_EOI 0x0b0
#define LAPIC_SVR 0x0f0
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_LINT0 0x350
#define LAPIC_LVT_LINT1 0x360
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

#define SVR_ENABLE 0x100u
#define LVT_MASKED 0x10000u
#define DIVIDE_BY_16 0x3u
#define CPUID1_ECX_X2APIC (1u << 21)

static volatile uint32_t *registers; /* NULL: x2APIC mode */

static void lapic_write(uint32_t offset, uint32_t value)
{
    if (registers == NULL)
        wrmsr(MSR_X2APIC_FIRST + offset / 16, value);
    else
        registers[offset / 4] = value;
}

static uint32_t lapic_read(uint32_t offset)
{
    return registers == NULL ? (uint32_t)rdmsr(MSR_X2APIC_FIRST + offset / 16)
                             : registers[offset / 4];
}

/* The legacy interrupt controllers are masked: nothing here uses them. */
static void mask_8259(void)
{
    outb(0x21, 0xff);
    outb(0xa1, 0xff);
}

void lapic_init(void)
{
    uint64_t base = rdmsr(MSR_APIC_BASE) | APIC_BASE_EN;

    mask_8259();
    if (cpuid(1, 0).ecx & CPUID1_ECX_X2APIC) {
        wrmsr(MSR_APIC_BASE, base);
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_EXTD);
    } else {
        wrmsr(MSR_APIC_BASE, base);
        registers = paging_map_device(paddr(base & PTE_ADDRESS));
    }
    lapic_write(LAPIC_LVT_LINT0, LVT_MASKED);
    lapic_write(LAPIC_LVT_LINT1, LVT_MASKED);
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED);
    lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
    lapic_write(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
}

void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

void lapic_timer_start(uint32_t count)
{
    lapic_write(LAPIC_LVT_TIMER, VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_INITIAL, count);
}

void lapic_timer_measure(void)
{
    lapic_write(LAPIC_LVT_TIMER, LVT_MASKED | VECTOR_TIMER);
    lapic_write(LAPIC_TIMER_INITIAL, UINT32_MAX);
}

uint32_t lapic_timer_current(void)
{
    return lapic_read(LAPIC_TIMER_CURRENT);
}
