/* SPDX-License-Identifier: BSD-2-Clause */
#include "cpu.h"
#include "console.h"
#include "xen.h"

#define NR_EXCEPTIONS 32
#define SELECTOR_CODE 0x08
#define INTERRUPT_GATE 0x8e00u

struct gate {
    uint16_t offset_low;
    uint16_t selector;
    uint16_t type;
    uint16_t offset_middle;
    uint32_t offset_high;
    uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "AMD64 manual, volume 2, section 4.8.4");

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

/* In start.S. */
extern const uint64_t exception_entries[NR_EXCEPTIONS];
extern const char upcall_entry[], interrupt_entry[];
__attribute__((noreturn)) void unexpected_exception(uint64_t vector, uint64_t error, uint64_t rip);

static struct gate idt[256];

static void set_gate(unsigned int vector, uint64_t address)
{
    idt[vector] = (struct gate){
        .offset_low = (uint16_t)address,
        .selector = SELECTOR_CODE,
        .type = INTERRUPT_GATE,
        .offset_middle = (uint16_t)(address >> 16),
        .offset_high = (uint32_t)(address >> 32),
    };
}

static void load_idt(uint16_t limit)
{
    struct table_register idtr = {.limit = limit, .base = (uintptr_t)idt};

    __asm__ volatile("lidt %0" : : "m"(idtr) : "memory");
}

void cpu_load_idt(void)
{
    load_idt(sizeof(idt) - 1);
}

void cpu_init(void)
{
    unsigned int i;

    for (i = 0; i < NR_EXCEPTIONS; i++)
        set_gate(i, exception_entries[i]);
    set_gate(UPCALL_VECTOR, (uintptr_t)upcall_entry);
    set_gate(IPI_VECTOR, (uintptr_t)interrupt_entry);
    cpu_load_idt();
}

const char *exception_name(unsigned int vector)
{
    static const char names[NR_EXCEPTIONS][4] = {
        "DE", "DB", "NMI", "BP", "OF", "BR", "UD", "NM", "DF", "?", "TS",
        "NP", "SS", "GP",  "PF", "?",  "MF", "AC", "MC", "XM", "?", "CP",
        "?",  "?",  "?",   "?",  "?",  "?",  "?",  "VC", "SX", "?",
    };

    return vector < NR_EXCEPTIONS ? names[vector] : "?";
}

void triple_fault(void)
{
    load_idt(0);
    for (;;)
        __asm__ volatile("ud2");
}

/* An exception outside any command: a fault of the probe itself. */
void unexpected_exception(uint64_t vector, uint64_t error, uint64_t rip)
{
    put_text("probe: own fault ");
    put_text(exception_name((unsigned int)vector));
    put_text(" error ");
    put_hex(error);
    put_text(" rip ");
    put_hex(rip);
    put_text("\n");
    console_flush();
    shutdown(SHUTDOWN_crash);
}
