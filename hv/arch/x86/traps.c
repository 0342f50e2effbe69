/* SPDX-License-Identifier: BSD-2-Clause */
/* APM2 4.8 (descriptors), 8.2 (exceptions), 12.2.5 (64-bit task state segment). */
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/lapic.h"
#include "hv/arch/x86/traps.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/cpu.h"
#include "hv/machine/log.h"
#include "hv/machine/panic.h"
#include "hv/types.h"

#define ENTRY_SIZE 16ul
#define GATE_INTERRUPT 0x8e /* present, 64-bit interrupt gate */

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) tss {
    uint32_t reserved0;
    uint64_t rsp[3], reserved1, ist[7], reserved2;
    uint16_t reserved3, io_map;
};

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t base;
};

_Static_assert(sizeof(struct gate) == 16, "APM2 4.8.4");
_Static_assert(sizeof(struct tss) == 104, "APM2 12.2.5");

extern const char exception_entries[], debug_entry[], timer_entry[], spurious_entry[];
extern char double_fault_stack_top[], nmi_stack_top[], machine_check_stack_top[];

static struct gate idt[256];
static struct tss tss;
static uint64_t gdt[5] = {
    [SELECTOR_CODE / 8] = 0x00af9b000000fffful,
    [SELECTOR_DATA / 8] = 0x00cf93000000fffful,
};

static void set_gate(unsigned int vector, const char *handler, uint8_t ist)
{
    uint64_t offset = (uint64_t)handler;

    idt[vector] = (struct gate){
        .offset_low = (uint16_t)offset,
        .selector = SELECTOR_CODE,
        .ist = ist,
        .type = GATE_INTERRUPT,
        .offset_middle = (uint16_t)(offset >> 16),
        .offset_high = (uint32_t)(offset >> 32),
    };
}

static void set_tss_descriptor(void)
{
    uint64_t base = (uint64_t)&tss;

    gdt[SELECTOR_TSS / 8] =
        (sizeof(tss) - 1) | (base & 0xffffff) << 16 | 0x89ul << 40 | (base >> 24 & 0xff) << 56;
    gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

static void load_tables(void)
{
    struct table_pointer g = {sizeof(gdt) - 1, (uint64_t)gdt};
    struct table_pointer i = {sizeof(idt) - 1, (uint64_t)idt};

    __asm__ volatile("lgdt %0" : : "m"(g));
    __asm__ volatile("lidt %0" : : "m"(i));
    __asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void traps_init(void)
{
    for (unsigned int vector = 0; vector < VECTORS_EXCEPTIONS; vector++)
        set_gate(vector, exception_entries + vector * ENTRY_SIZE, 0);
    set_gate(VECTOR_DB, debug_entry, 0);
    set_gate(VECTOR_DF, exception_entries + VECTOR_DF * ENTRY_SIZE, 1);
    set_gate(VECTOR_NMI, exception_entries + VECTOR_NMI * ENTRY_SIZE, 2);
    set_gate(VECTOR_MC, exception_entries + VECTOR_MC * ENTRY_SIZE, 3);
    set_gate(VECTOR_TIMER, timer_entry, 0);
    set_gate(VECTOR_SPURIOUS, spurious_entry, 0);
    tss.ist[0] = (uint64_t)double_fault_stack_top;
    tss.ist[1] = (uint64_t)nmi_stack_top;
    tss.ist[2] = (uint64_t)machine_check_stack_top;
    tss.io_map = sizeof(tss);
    set_tss_descriptor();
    load_tables();
}

static _Noreturn void report_exception(const struct trap_frame *f)
{
    hv_log("registers: rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx,
           f->rdx);
    hv_log("           rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp,
           f->rsp);
    panic("exception %lu (error %lx) at %016lx, address %016lx", f->vector, f->error, f->rip,
          read_cr2());
}

void trap(const struct trap_frame *frame)
{
    switch (frame->vector) {
    case VECTOR_TIMER:
        this_cpu()->timer_fired = true;
        lapic_eoi();
        break;
    case VECTOR_SPURIOUS:
        break;
    case VECTOR_NMI:
        hv_log("an NMI came: ignored");
        break;
    default:
        report_exception(frame);
    }
}
