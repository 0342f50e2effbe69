/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/lapic.h"
#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/cpu.h"

/* Register offsets (APM2 table 16-2); in x2APIC mode the MSR is 0x800 + offset / 16. */
#define LAPIC_ID 0x020
#define LAPIC_EOI 0x0b0
#define LAPIC_SVR 0x0f0
#define LAPIC_ICR_LOW 0x300
#define LAPIC_ICR_HIGH 0x310
#define LAPIC_LVT_TIMER 0x320
#define LAPIC_LVT_ERROR 0x370 /* the last; 0x330 to 0x360: thermal, counters, LINT0, LINT1 */
#define LAPIC_LVT_STEP 0x010
#define LAPIC_TIMER_INITIAL 0x380
#define LAPIC_TIMER_CURRENT 0x390
#define LAPIC_TIMER_DIVIDE 0x3e0

#define XAPIC_ID_SHIFT 24
#define XAPIC_ID_ALL 0xffu /* broadcast */
#define SVR_ENABLE 0x100u
#define LVT_MASKED 0x10000u
#define LVT_PERIODIC 0x20000u
#define DIVIDE_BY_16 0x3u
#define ICR_BUSY 0x1000u
#define SEND_LIMIT 1000000u /* polls before giving up */
#define CPUID1_ECX_X2APIC (1u << 21)

static volatile uint32_t *registers; /* NULL: x2APIC mode */
static uint64_t boot_base;           /* the boot CPU's MSR_APIC_BASE */

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

/* Every source of its own is masked, until something here uses it. */
static void set_up(void)
{
    for (uint32_t lvt = LAPIC_LVT_TIMER; lvt <= LAPIC_LVT_ERROR; lvt += LAPIC_LVT_STEP)
        lapic_write(lvt, LVT_MASKED);
    lapic_write(LAPIC_TIMER_DIVIDE, DIVIDE_BY_16);
    lapic_write(LAPIC_SVR, SVR_ENABLE | VECTOR_SPURIOUS);
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
    boot_base = base;
    set_up();
    boot_cpu.arch.apic_id = lapic_id();
}

void lapic_join(void)
{
    uint64_t base = boot_base & ~(APIC_BASE_BSP | APIC_BASE_EXTD);

    wrmsr(MSR_APIC_BASE, base);
    if (registers == NULL)
        wrmsr(MSR_APIC_BASE, base | APIC_BASE_EXTD);
    set_up();
}

uint32_t lapic_id(void)
{
    uint32_t id = lapic_read(LAPIC_ID);

    return registers == NULL ? id : id >> XAPIC_ID_SHIFT;
}

bool lapic_reaches(uint32_t id)
{
    return registers == NULL || id < XAPIC_ID_ALL;
}

/* Until the last one is on its way. x2APIC sends at once. */
static void wait_idle(void)
{
    for (unsigned int i = 0; i < SEND_LIMIT && (lapic_read(LAPIC_ICR_LOW) & ICR_BUSY); i++)
        __asm__ volatile("pause");
}

void lapic_send(uint32_t id, uint32_t message)
{
    /* What was written before is seen before; x2APIC's WRMSR alone doesn't wait (APM2 16.11.2). */
    __asm__ volatile("mfence; lfence" : : : "memory");
    if (registers == NULL) {
        wrmsr(MSR_X2APIC_FIRST + LAPIC_ICR_LOW / 16, (uint64_t)id << 32 | message);
        return;
    }
    wait_idle();
    lapic_write(LAPIC_ICR_HIGH, id << XAPIC_ID_SHIFT);
    lapic_write(LAPIC_ICR_LOW, message);
}

void lapic_eoi(void)
{
    lapic_write(LAPIC_EOI, 0);
}

void lapic_timer_start(uint32_t count)
{
    lapic_write(LAPIC_LVT_TIMER, LVT_PERIODIC | VECTOR_TIMER);
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
