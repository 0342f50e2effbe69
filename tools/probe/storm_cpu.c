/* SPDX-License-Identifier: BSD-2-Clause */
/* Storms of instructions: control registers, page tables, opcodes, breakpoints. */
#include <xen/xen.h>
#include <xen/sched.h>
#include <xen/version.h>

#include "console.h"
#include "cpu.h"
#include "storm.h"
#include "text.h"
#include "xen.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define PAGE_SIZE 4096
#define ENTRIES 512
#define MSR_EFER 0xc0000080
#define CR4_OSXSAVE (1u << 18)

static void write_cr0(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr0" : : "r"(value) : "memory");
}

static uint64_t read_cr0(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr0, %0" : "=r"(value));
    return value;
}

static void write_cr4(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(value) : "memory");
}

static uint64_t read_cr4(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static uint64_t read_cr3(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr3, %0" : "=r"(value));
    return value;
}

static void write_cr3(uint64_t value)
{
    __asm__ volatile("mov %0, %%cr3" : : "r"(value) : "memory");
}

/* Something that the hypervisor has to do for us, reading and writing our memory. */
static void ask_version(void)
{
    static char text[2 * sizeof(xen_extraversion_t)];

    hypercall(__HYPERVISOR_xen_version, XENVER_extraversion, (uintptr_t)text, 0, 0, 0);
}

static void try_cr0(void *bit)
{
    uint64_t held = read_cr0();

    write_cr0(held ^ *(uint64_t *)bit);
    ask_version();
    write_cr0(held);
}

static void try_cr4(void *bit)
{
    uint64_t held = read_cr4();

    write_cr4(held ^ *(uint64_t *)bit);
    ask_version();
    write_cr4(held);
}

static void try_efer(void *bit)
{
    uint64_t held = read_msr(MSR_EFER);

    write_msr(MSR_EFER, held ^ *(uint64_t *)bit);
    ask_version();
    write_msr(MSR_EFER, held);
}

static void try_xcr0(void *bits)
{
    uint64_t value = *(uint64_t *)bits;

    write_cr4(read_cr4() | CR4_OSXSAVE);
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)value), "d"((uint32_t)(value >> 32)));
    ask_version();
}

static void try_xcr(void *index)
{
    write_cr4(read_cr4() | CR4_OSXSAVE);
    __asm__ volatile("xsetbv" : : "c"((uint32_t) * (uint64_t *)index), "a"(1), "d"(0));
}

static void try_cr8(void *value)
{
    __asm__ volatile("mov %0, %%cr8" : : "r"(*(uint64_t *)value));
    ask_version();
    __asm__ volatile("mov %0, %%cr8" : : "r"((uint64_t)0));
}

/* With the address of the tables as it is, so that the probe lives on if it is accepted. */
static void try_cr3(void *bit)
{
    uint64_t held = read_cr3();

    write_cr3(held | (*(uint64_t *)bit & ~(uint64_t)0xffffffff000));
    ask_version();
    write_cr3(held);
}

static void try_debug(void *value)
{
    uint64_t v = *(uint64_t *)value;

    __asm__ volatile("mov %0, %%dr6" : : "r"(v));
    __asm__ volatile("mov %0, %%dr3" : : "r"(v));
    __asm__ volatile("mov %0, %%dr7" : : "r"(v & ~(uint64_t)0x20ff));
    ask_version();
}

static const struct control {
    const char *name;
    void (*try)(void *value);
} controls[] = {
    {"cr0", try_cr0},   {"cr3", try_cr3},     {"cr4", try_cr4}, {"cr8", try_cr8},
    {"efer", try_efer}, {"debug", try_debug}, {"xcr", try_xcr}, {"xcr0", try_xcr0},
};

/* Each of these BITS of a control register changed, with a hypercall while it is. */
void command_storm_control(const struct arguments *arguments, struct result *result)
{
    uint64_t cr0 = read_cr0(), cr4 = read_cr4(), value;
    struct tally tally = {0};
    unsigned int bit;
    size_t i;

    for (i = 0; i < COUNT(controls); i++) {
        if (!text_equal(controls[i].name, arguments->word[0]))
            continue;
        for (bit = 0; bit < 64; bit++) {
            value = (uint64_t)1 << bit;
            if (arguments->value[1] & value)
                attempt(&tally, controls[i].try, &value);
            write_cr0(cr0);
            write_cr4(cr4);
        }
    }
    report_tally(&tally, result);
}

/* Scratch tables for one page at a time: levels 3, 2 and 1, and the page. */
static uint64_t scratch[4][ENTRIES] __attribute__((aligned(PAGE_SIZE)));

#define SCRATCH_SLOT 2 /* of the level 4 table: addresses from 1 TiB */
#define SCRATCH_ADDRESS ((uint64_t)SCRATCH_SLOT << 39)
#define GOOD_ENTRY 0x7 /* present, writable, user */

/* The entry at `level` on the way to SCRATCH_ADDRESS. */
static uint64_t *scratch_entry(unsigned int level)
{
    uint64_t *root = (uint64_t *)(uintptr_t)(read_cr3() & ~(uint64_t)0xfff);

    return level == 4 ? &root[SCRATCH_SLOT] : &scratch[3 - level][0];
}

static void mend_scratch(void)
{
    unsigned int level;

    memset(scratch, 0, sizeof(scratch));
    for (level = 4; level > 0; level--)
        *scratch_entry(level) = (uintptr_t)scratch[4 - level] | GOOD_ENTRY;
    write_cr3(read_cr3());
}

static void touch_scratch(void *argument)
{
    (void)argument;
    *(volatile uint64_t *)SCRATCH_ADDRESS = 1;
}

/* The hypervisor walks the broken tables, reading, writing, and across a page's end. */
static void call_scratch(void *argument)
{
    uint64_t at = SCRATCH_ADDRESS;

    (void)argument;
    hypercall(__HYPERVISOR_xen_version, XENVER_get_features, at, 0, 0, 0);
    hypercall(__HYPERVISOR_xen_version, XENVER_compile_info, at + PAGE_SIZE - 64, 0, 0, 0);
    hypercall(__HYPERVISOR_xen_version, XENVER_extraversion, at, 0, 0, 0);
    hypercall(__HYPERVISOR_event_channel_op, 5, at + 4, 0, 0, 0);
    hypercall(__HYPERVISOR_grant_table_op, 6, at, 64, 0, 0);
}

/* Entries that point anywhere, with any flags, at every level of tables in use. */
void command_storm_tables(const struct arguments *arguments, struct result *result)
{
    static const uint64_t flags[] = {GOOD_ENTRY,        0x87, 0x1, 0x0, 0x8000000000000007, 0x1e7,
                                     0x8008000000000087};
    const uint64_t addresses[] = {
        0,
        0xfffffffff000,
        0x000ffffffffff000,
        0xfee00000,
        0xfc000000,
        0xfeff8000,
        0xa0000,
        (uintptr_t)scratch[0],
        (uintptr_t)scratch[1],
        (uintptr_t)scratch[2],
        0x40000000,
        0x10000000000,
        0xfed00000,
    };
    struct tally tally = {0};
    unsigned int level;
    size_t i, j;

    (void)arguments;
    for (level = 4; level > 0; level--) {
        for (i = 0; i < COUNT(addresses) * COUNT(flags); i++) {
            j = i % COUNT(flags);
            mend_scratch();
            *scratch_entry(level) = addresses[i / COUNT(flags)] | flags[j];
            write_cr3(read_cr3());
            /* What points at real memory writably would only destroy the probe. */
            if (level > 1 || addresses[i / COUNT(flags)] >= 0x40000000)
                attempt(&tally, touch_scratch, NULL);
            attempt(&tally, call_scratch, NULL);
        }
    }
    mend_scratch();
    /* The hypervisor's answer lands in the tables that it walks for the next one. */
    hypercall(__HYPERVISOR_xen_version, XENVER_compile_info, (uintptr_t)scratch, 0, 0, 0);
    attempt(&tally, call_scratch, NULL);
    *scratch_entry(4) = 0;
    write_cr3(read_cr3());
    report_tally(&tally, result);
}

static uint8_t code[32] __attribute__((aligned(32)));

/* Run what is in `code`, with these values in the registers that instructions take. */
static void run_code(void *value)
{
    uint64_t v = *(uint64_t *)value;

    __asm__ volatile("call *%[code]"
                     : "+a"(v)
                     : [code] "r"(code), "c"((uint64_t)0), "d"((uint64_t)0)
                     : "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15",
                       "memory");
}

/* Returns whether any of the attempts went without an exception. */
static bool try_code(struct tally *tally, const uint8_t *bytes, size_t size)
{
    const uint64_t values[] = {0, (uintptr_t)command_buffer(), 0x1000, UINT64_MAX,
                               0xffffffff80200000};
    uint64_t cr0 = read_cr0(), cr4 = read_cr4(), faulted = tally->faulted;
    size_t i;

    for (i = 0; i < COUNT(values); i++) {
        uint64_t value = values[i];

        memset(code, 0xc3, sizeof(code)); /* ret */
        memcpy(code, bytes, size);
        attempt(tally, run_code, &value);
        write_cr0(cr0);
        write_cr4(cr4);
        __asm__ volatile("cli");
    }
    return tally->faulted - faulted < COUNT(values);
}

/* LMSW is an ordinary write to CR0; SMSW to the stack pointer only loses the stack. */
static bool is_pointless(unsigned int modrm)
{
    return (modrm & 0x38) == 0x30 || modrm == 0xe4;
}

#define MODRM_VMRUN 0xd8 /* then VMMCALL, VMLOAD, VMSAVE, STGI, CLGI, SKINIT, INVLPGA */

/*
 * Every instruction 0F 01 xx of registers (VMRUN to SKINIT, XSETBV, MONITOR), and other rare ones.
 */
void command_storm_opcodes(const struct arguments *arguments, struct result *result)
{
    static const uint8_t others[][4] = {
        {0x0f, 0x08, 0xc3, 0xc3}, /* invd */
        {0x0f, 0x09, 0xc3, 0xc3}, /* wbinvd */
        {0x0f, 0x0b, 0xc3, 0xc3}, /* ud2 */
        {0x0f, 0xff, 0xc0, 0xc3}, /* ud0 */
        {0x0f, 0xb9, 0xc0, 0xc3}, /* ud1 */
        {0x0f, 0xaa, 0xc3, 0xc3}, /* rsm */
        {0x0f, 0x33, 0xc3, 0xc3}, /* rdpmc */
        {0x0f, 0x37, 0xc3, 0xc3}, /* getsec */
        {0x0f, 0x06, 0xc3, 0xc3}, /* clts */
        {0x0f, 0x78, 0xc0, 0xc3}, /* vmread */
        {0x0f, 0x79, 0xc0, 0xc3}, /* vmwrite */
        {0x0f, 0x00, 0xd8, 0xc3}, /* ltr %ax */
        {0x0f, 0x00, 0xd0, 0xc3}, /* lldt %ax */
        {0xf1, 0xc3, 0xc3, 0xc3}, /* int1 */
        {0xcd, 0x80, 0xc3, 0xc3}, /* int $0x80 */
        {0xcd, 0x08, 0xc3, 0xc3}, /* int $8 */
        {0xf3, 0x90, 0xc3, 0xc3}, /* pause */
        {0xd6, 0xc3, 0xc3, 0xc3}, /* undefined */
        {0x66, 0x0f, 0x32, 0xc3}, /* rdmsr with a prefix */
        {0x48, 0x0f, 0xa2, 0xc3}, /* cpuid with a prefix */
    };
    struct tally tally = {0};
    uint64_t svm = 0;
    unsigned int modrm;
    size_t i;

    (void)arguments;
    for (modrm = 0xc0; modrm <= 0xff; modrm++) {
        const uint8_t bytes[] = {0x0f, 0x01, (uint8_t)modrm};

        if (!is_pointless(modrm) && try_code(&tally, bytes, sizeof(bytes)) &&
            modrm / 8 == MODRM_VMRUN / 8)
            svm |= (uint64_t)1 << (modrm - MODRM_VMRUN);
    }
    for (i = 0; i < COUNT(others); i++)
        (void)try_code(&tally, others[i], sizeof(others[i]));
    report_tally(&tally, result);
    result_note(result, "svm", svm);
}

#define DR7_ALL_ENABLED 0xffu
#define DR7_NONE 0x400u
#define DR7_EXECUTE 0u
#define DR7_WRITE_8 0x99990000u
#define DR7_ACCESS_8 0xbbbb0000u
#define RFLAGS_TF 0x100u

static void set_breakpoints(uint64_t at, uint64_t dr7)
{
    __asm__ volatile("mov %0, %%dr0" : : "r"(at));
    __asm__ volatile("mov %0, %%dr1" : : "r"(at + 8));
    __asm__ volatile("mov %0, %%dr2" : : "r"(at - 8));
    __asm__ volatile("mov %0, %%dr3" : : "r"(at - 16));
    __asm__ volatile("mov %0, %%dr7" : : "r"(dr7));
}

static void call_under_breakpoints(void *argument)
{
    (void)argument;
    ask_version();
    cpuid(0, 0);
}

/* #DB after #DB: single steps, over accesses to what is under a breakpoint, and INT1. */
static void step_over_breakpoints(void *argument)
{
    static volatile uint64_t word;

    (void)argument;
    set_breakpoints((uintptr_t)&word, DR7_ALL_ENABLED | DR7_ACCESS_8);
    word = 1;
    __asm__ volatile("pushfq; orl %0, (%%rsp); popfq; .byte 0xf1; nop"
                     :
                     : "i"(RFLAGS_TF)
                     : "memory");
    word = 2;
}

/* Breakpoints at ADDRESS, which may be the hypervisor's, over exits and calls. */
void command_storm_breakpoints(const struct arguments *arguments, struct result *result)
{
    static const uint32_t kinds[] = {DR7_EXECUTE, DR7_WRITE_8, DR7_ACCESS_8};
    struct tally tally = {0};
    unsigned int round;
    size_t i;

    for (i = 0; i < COUNT(kinds); i++) {
        set_breakpoints(arguments->value[0], DR7_ALL_ENABLED | kinds[i]);
        for (round = 0; round < 100; round++)
            attempt(&tally, call_under_breakpoints, NULL);
    }
    set_breakpoints(0, DR7_NONE);
    report_tally(&tally, result);
}

void command_storm_steps(const struct arguments *arguments, struct result *result)
{
    struct tally tally = {0};
    unsigned int round;

    (void)arguments;
    for (round = 0; round < 100; round++)
        attempt(&tally, step_over_breakpoints, NULL);
    set_breakpoints(0, DR7_NONE);
    report_tally(&tally, result);
}

/* Nothing is behind this address. */
#define NOWHERE 0xd0000000u

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

/* Take away what no guest can do without. Doesn't come back. */
void command_lose(const struct arguments *arguments, struct result *result)
{
    const struct table_register nowhere = {.limit = 4095, .base = NOWHERE};

    (void)result;
    console_flush();
    if (text_equal(arguments->word[0], "cr3"))
        write_cr3(NOWHERE);
    else if (text_equal(arguments->word[0], "idt"))
        __asm__ volatile("lidt %0; ud2" : : "m"(nowhere));
    else
        __asm__ volatile("mov %0, %%rsp; ud2" : : "r"((uint64_t)NOWHERE));
    shutdown(SHUTDOWN_crash);
}
