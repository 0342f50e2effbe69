/* SPDX-License-Identifier: BSD-2-Clause */
/* APM2 4.8 (descriptors), 8.2 (exceptions), 12.2.5 (64-bit task state segment). */
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/cpus.h"
#include "hv/arch/x86/lapic.h"
#include "hv/arch/x86/microcode.h"
#include "hv/arch/x86/traps.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/cpu.h"
#include "hv/machine/log.h"
#include "hv/machine/panic.h"
#include "hv/types.h"

#define ENTRY_SIZE 16ul
#define GATE_INTERRUPT 0x8e /* present, 64-bit interrupt gate */

/* Exceptions that come when the stack can't be relied on have one each, numbered from 1. */
#define IST_DOUBLE_FAULT 1
#define IST_NMI 2
#define IST_MACHINE_CHECK 3

struct gate {
    uint16_t offset_low, selector;
    uint8_t ist, type;
    uint16_t offset_middle;
    uint32_t offset_high, reserved;
};

struct __attribute__((packed)) table_pointer {
    uint16_t limit;
    uint64_t base;
};

_Static_assert(sizeof(struct gate) == 16, "APM2 4.8.4");
_Static_assert(sizeof(struct arch_tss) == 104, "APM2 12.2.5");

extern const char exception_entries[], debug_entry[], timer_entry[], kick_entry[], spurious_entry[];
extern char double_fault_stack_top[], nmi_stack_top[], machine_check_stack_top[];

static struct gate idt[256];

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

void traps_set_stacks(struct arch_cpu *cpu, const struct trap_stacks *stacks)
{
    uint64_t base = (uint64_t)&cpu->tss, limit = sizeof(cpu->tss) - 1;

    cpu->tss.ist[IST_DOUBLE_FAULT - 1] = stacks->double_fault;
    cpu->tss.ist[IST_NMI - 1] = stacks->nmi;
    cpu->tss.ist[IST_MACHINE_CHECK - 1] = stacks->machine_check;
    cpu->tss.io_map = sizeof(cpu->tss);
    cpu->gdt[SELECTOR_CODE / 8] = DESCRIPTOR_CODE;
    cpu->gdt[SELECTOR_DATA / 8] = DESCRIPTOR_DATA;
    cpu->gdt[SELECTOR_TSS / 8] =
        limit | (base & 0xffffff) << 16 | 0x89ul << 40 | (base >> 24 & 0xff) << 56;
    cpu->gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

void traps_load(void)
{
    struct arch_cpu *cpu = &this_cpu()->arch;
    struct table_pointer g = {sizeof(cpu->gdt) - 1, (uint64_t)cpu->gdt};
    struct table_pointer i = {sizeof(idt) - 1, (uint64_t)idt};

    __asm__ volatile("lgdt %0" : : "m"(g));
    __asm__ volatile("lidt %0" : : "m"(i));
    __asm__ volatile("ltr %w0" : : "r"(SELECTOR_TSS));
}

void traps_init(void)
{
    const struct trap_stacks stacks = {(uint64_t)double_fault_stack_top, (uint64_t)nmi_stack_top,
                                       (uint64_t)machine_check_stack_top};

    for (unsigned int vector = 0; vector < VECTORS_EXCEPTIONS; vector++)
        set_gate(vector, exception_entries + vector * ENTRY_SIZE, 0);
    set_gate(VECTOR_DB, debug_entry, 0);
    set_gate(VECTOR_DF, exception_entries + VECTOR_DF * ENTRY_SIZE, IST_DOUBLE_FAULT);
    set_gate(VECTOR_NMI, exception_entries + VECTOR_NMI * ENTRY_SIZE, IST_NMI);
    set_gate(VECTOR_MC, exception_entries + VECTOR_MC * ENTRY_SIZE, IST_MACHINE_CHECK);
    set_gate(VECTOR_TIMER, timer_entry, 0);
    set_gate(VECTOR_KICK, kick_entry, 0);
    set_gate(VECTOR_SPURIOUS, spurious_entry, 0);
    traps_set_stacks(&boot_cpu.arch, &stacks);
    traps_load();
}

static _Noreturn void report_exception(const struct trap_frame *f)
{
    hv_log("registers: rax %016lx rbx %016lx rcx %016lx rdx %016lx", f->rax, f->rbx, f->rcx,
           f->rdx);
    hv_log("           rsi %016lx rdi %016lx rbp %016lx rsp %016lx", f->rsi, f->rdi, f->rbp,
           f->rsp);
    panic("exception %lu (error %lx) at %016lx, address %016lx, CPU %u", f->vector, f->error,
          f->rip, read_cr2(), this_cpu()->number);
}

void trap(const struct trap_frame *frame)
{
    switch (frame->vector) {
    case VECTOR_TIMER:
        cpu_attend(this_cpu(), ATTENTION_TIMER);
        lapic_eoi();
        break;
    case VECTOR_KICK:
        this_cpu()->kicks++;
        microcode_kicked();
        cpu_attend(this_cpu(), ATTENTION_KICK);
        lapic_eoi();
        break;
    case VECTOR_SPURIOUS:
        break;
    case VECTOR_NMI:
        cpus_halt_if_stopped();
        this_cpu()->nmis++; /* what it interrupted may hold the console's lock: time.c says it */
        cpu_attend(this_cpu(), ATTENTION_TIMER);
        break;
    default:
        report_exception(frame);
    }
}
