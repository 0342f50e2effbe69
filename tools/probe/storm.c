/* SPDX-License-Identifier: BSD-2-Clause */
/* Storms on memory, ports, model-specific registers and the timer; and the watch on the damage. */
#include "storm.h"
#include "console.h"
#include "cpu.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define ENTRIES 512
#define GIB_PAGE 0x83 /* present, writable, 1 GiB */
#define FIRST_FAR_GIB 4
#define NS_PER_MS 1000000u

extern uint64_t page_directory_pointers[ENTRIES];

void attempt(struct tally *tally, void (*function)(void *), void *argument)
{
    tally->tried++;
    if (guarded_call(function, argument))
        tally->faulted++;
}

void report_tally(const struct tally *tally, struct result *result)
{
    result->value = (int64_t)tally->faulted;
    result_note(result, "tried", tally->tried);
}

/* xorshift64 (Marsaglia, "Xorshift RNGs", 2003). */
uint64_t next_random(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    return *state;
}

static void write_there(void *address)
{
    *(volatile uint64_t *)address = 0x6c696f7320746567;
}

static void read_there(void *address)
{
    (void)*(volatile uint64_t *)address;
}

/* start.S maps 4 GiB one to one; this maps 512. */
static void map_far_memory(void)
{
    uint64_t gib;

    for (gib = FIRST_FAR_GIB; gib < ENTRIES; gib++)
        page_directory_pointers[gib] = gib << 30 | GIB_PAGE;
}

/* Writes and reads eight bytes at every STEP of the physical addresses FIRST to LAST. */
void command_storm_memory(const struct arguments *arguments, struct result *result)
{
    struct tally tally = {0};
    uint64_t at;

    map_far_memory();
    for (at = WORD(0); at < WORD(1) && WORD(2); at += WORD(2)) {
        attempt(&tally, write_there, (void *)(uintptr_t)at);
        attempt(&tally, read_there, (void *)(uintptr_t)at);
    }
    report_tally(&tally, result);
}

static void touch_port(void *argument)
{
    uint16_t port = *(uint16_t *)argument;

    out8(port, (uint8_t)in8(port));
    out16(port, (uint16_t)~in16(port));
    out32(port, in32(port));
}

static void write_string(void *argument)
{
    void *at = command_buffer();

    __asm__ volatile("outsb" : "+S"(at) : "d"(*(uint16_t *)argument) : "memory");
}

static void read_string(void *argument)
{
    void *at = command_buffer();

    __asm__ volatile("insw" : "+D"(at) : "d"(*(uint16_t *)argument) : "memory");
}

static void write_strings(void *argument)
{
    void *at = command_buffer();
    uint64_t count = 8;

    __asm__ volatile("rep outsl" : "+S"(at), "+c"(count) : "d"(*(uint16_t *)argument) : "memory");
}

static void read_strings(void *argument)
{
    void *at = command_buffer();
    uint64_t count = 8;

    __asm__ volatile("rep insb" : "+D"(at), "+c"(count) : "d"(*(uint16_t *)argument) : "memory");
}

/* Every way to touch a port: three widths, both directions, single and in strings. */
void command_storm_ports(const struct arguments *arguments, struct result *result)
{
    static void (*const ways[])(void *) = {touch_port, write_string, read_string, write_strings,
                                           read_strings};
    struct tally tally = {0};
    uint64_t at;
    uint16_t port;
    size_t i;

    for (at = 0; at <= UINT16_MAX && WORD(0); at += WORD(0)) {
        port = (uint16_t)at;
        for (i = 0; i < sizeof(ways) / sizeof(ways[0]); i++)
            attempt(&tally, ways[i], &port);
    }
    report_tally(&tally, result);
}

struct msr_attempt {
    uint32_t msr;
    uint64_t value;
};

static void read_one_msr(void *argument)
{
    struct msr_attempt *a = argument;

    a->value = read_msr(a->msr);
}

static void write_one_msr(void *argument)
{
    struct msr_attempt *a = argument;

    write_msr(a->msr, a->value);
}

/* Reads each register and writes odd values, then what it held if that is known. */
void command_storm_msrs(const struct arguments *arguments, struct result *result)
{
    static const uint64_t odd[] = {0, UINT64_MAX, 1, (uint64_t)1 << 63};
    struct tally tally = {0};
    uint64_t msr, faulted;
    size_t i;

    for (msr = WORD(0); msr <= WORD(1); msr++) {
        struct msr_attempt held = {.msr = (uint32_t)msr}, a = held;

        faulted = tally.faulted;
        attempt(&tally, read_one_msr, &held);
        faulted = tally.faulted - faulted;
        for (i = 0; i < sizeof(odd) / sizeof(odd[0]); i++) {
            a.value = odd[i];
            attempt(&tally, write_one_msr, &a);
        }
        if (!faulted)
            attempt(&tally, write_one_msr, &held);
    }
    report_tally(&tally, result);
}

#define X2APIC_EOI 0x80b
#define X2APIC_LVT_TIMER 0x832
#define X2APIC_TIMER_INITIAL 0x838
#define X2APIC_TIMER_DIVIDE 0x83e
#define LVT_PERIODIC 0x20000u
#define DIVIDE_BY_1 0xb

/* As many timer interrupts as there can be, for MS milliseconds. Gives how many came. */
void command_storm_timer(const struct arguments *arguments, struct result *result)
{
    uint64_t end = clock_ns() + WORD(0) * NS_PER_MS, before = nr_upcalls();

    write_msr(X2APIC_TIMER_DIVIDE, DIVIDE_BY_1);
    write_msr(X2APIC_LVT_TIMER, LVT_PERIODIC | UPCALL_VECTOR);
    write_msr(X2APIC_TIMER_INITIAL, 1);
    __asm__ volatile("sti");
    while (clock_ns() < end)
        write_msr(X2APIC_EOI, 0);
    __asm__ volatile("cli");
    result->value = (int64_t)(nr_upcalls() - before);
}

#define WATCHED_WORDS ((4u << 20) / sizeof(uint64_t))
#define WATCH_SEED 0x0123456789abcdefu

/* In .bss, so that all of it is memory of this domain's own. */
static uint64_t watched[WATCHED_WORDS];

static uint64_t count_changed(void)
{
    uint64_t state = WATCH_SEED, changed = 0;
    size_t i;

    for (i = 0; i < WATCHED_WORDS; i += 64)
        changed += *(volatile uint64_t *)&watched[i] != next_random(&state);
    return changed;
}

static void put_watch(uint64_t number, uint64_t changed, uint64_t late_ms)
{
    put_text("watch ");
    put_decimal((int64_t)number);
    put_text(": ");
    put_decimal((int64_t)changed);
    put_text(" changed, late ");
    put_decimal((int64_t)late_ms);
    put_text(" ms\n");
}

/* For ever: every MS milliseconds, is this domain's memory what it was, and did it run in time? */
void command_watch(const struct arguments *arguments, struct result *result)
{
    uint64_t state = WATCH_SEED, number, due;
    size_t i;

    (void)result;
    for (i = 0; i < WATCHED_WORDS; i += 64)
        watched[i] = next_random(&state);
    for (number = 1;; number++) {
        due = clock_ns() + WORD(0) * NS_PER_MS;
        sleep_ms(WORD(0));
        put_watch(number, count_changed(), (clock_ns() - due) / NS_PER_MS);
    }
}
