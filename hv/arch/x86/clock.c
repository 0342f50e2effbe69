/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/arch/arch.h"
#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/lapic.h"
#include "hv/machine/cpu.h"
#include "hv/machine/panic.h"
#include "hv/machine/time.h"

/* Intel 8254 programmable interval timer, channel 2 behind port 0x61. */
#define PIT_CHANNEL2 0x42
#define PIT_COMMAND 0x43
#define PIT_GATE 0x61
#define PIT_HZ 1193182ul
#define PIT_COMMAND_CHANNEL2_MODE0 0xb0
#define GATE_ENABLE 0x01
#define GATE_SPEAKER 0x02
#define GATE_OUTPUT 0x20

#define TIMER_LEAST (10 * MICROSECOND)
#define MEASURE_MS 10
#define MEASURE_ROUNDS 3
#define MEASURE_LIMIT 100000000u /* polls of the PIT before giving up */

/* MC146818 real-time clock. */
#define RTC_INDEX 0x70
#define RTC_DATA 0x71
#define RTC_HOUR 0x04
#define RTC_PM 0x80u
#define RTC_24_HOURS 0x02
#define RTC_STATUS_A 0x0a
#define RTC_STATUS_B 0x0b
#define RTC_UPDATING 0x80
#define RTC_BINARY 0x04

static struct clock_scale scale;
static uint64_t tsc_khz, lapic_khz, wallclock;

static void pit_start(uint16_t count)
{
    outb(PIT_GATE, (uint8_t)((inb(PIT_GATE) & ~GATE_SPEAKER) | GATE_ENABLE));
    outb(PIT_COMMAND, PIT_COMMAND_CHANNEL2_MODE0);
    outb(PIT_CHANNEL2, (uint8_t)count);
    outb(PIT_CHANNEL2, (uint8_t)(count >> 8));
}

static void pit_wait(void)
{
    for (unsigned int i = 0; i < MEASURE_LIMIT; i++) {
        if (inb(PIT_GATE) & GATE_OUTPUT)
            return;
    }
    panic("the 8254 timer doesn't run: nothing to measure the CPU's clock by");
}

/* One round; a round that was disturbed is long, so the shortest is the best. */
static void measure(uint64_t *tsc_ticks, uint64_t *lapic_ticks)
{
    uint64_t tsc;

    pit_start((uint16_t)(PIT_HZ * MEASURE_MS / 1000));
    lapic_timer_measure();
    tsc = rdtsc();
    pit_wait();
    *tsc_ticks = min_u64(*tsc_ticks, rdtsc() - tsc);
    *lapic_ticks = min_u64(*lapic_ticks, UINT32_MAX - lapic_timer_current());
}

void clock_set_scale(struct clock_scale *s, uint64_t khz)
{
    uint64_t hz = khz * 1000;

    /* mul must have 32 significant bits: bring the frequency into (1 GHz, 2 GHz]. */
    for (s->shift = 0; hz > 2 * SECOND; s->shift--)
        hz >>= 1;
    for (; hz <= SECOND; s->shift++)
        hz <<= 1;
    s->mul = (uint32_t)((SECOND << 32) / hz);
}

uint64_t clock_scale_ticks(const struct clock_scale *s, uint64_t ticks)
{
    __extension__ typedef unsigned __int128 u128;

    uint64_t scaled = s->shift < 0 ? ticks >> -s->shift : ticks << s->shift;

    return (uint64_t)((u128)scaled * s->mul >> 32);
}

static uint8_t rtc_read(uint8_t index)
{
    outb(RTC_INDEX, index);
    return inb(RTC_DATA);
}

/* A register's value is a binary number, or two decimal digits. */
static uint32_t rtc_value(uint32_t value)
{
    return rtc_read(RTC_STATUS_B) & RTC_BINARY ? value : (value >> 4) * 10 + (value & 0xf);
}

static uint32_t rtc_number(uint8_t index)
{
    return rtc_value(rtc_read(index));
}

/* The 12-hour form has PM in the top bit, and 12 for 0. */
static uint32_t rtc_hour(void)
{
    bool pm = rtc_read(RTC_HOUR) & RTC_PM;
    uint32_t hour;

    if (rtc_read(RTC_STATUS_B) & RTC_24_HOURS)
        return rtc_number(RTC_HOUR);
    hour = rtc_value(rtc_read(RTC_HOUR) & ~RTC_PM) % 12;
    return pm ? hour + 12 : hour;
}

/* Days since 1970-01-01 of a date of the Gregorian calendar; years count from March. */
static uint64_t days_since_epoch(uint64_t year, uint32_t month, uint32_t day)
{
    uint64_t y = month > 2 ? year : year - 1;
    uint64_t m = month > 2 ? month - 3 : month + 9;

    return y * 365 + y / 4 - y / 100 + y / 400 + (m * 153 + 2) / 5 + day - 1 - 719468;
}

static uint64_t read_wallclock_once(void)
{
    uint64_t days;

    for (unsigned int i = 0; i < 100000 && (rtc_read(RTC_STATUS_A) & RTC_UPDATING); i++)
        continue;
    days = days_since_epoch(2000 + rtc_number(9), rtc_number(8), rtc_number(7));
    return days * 86400 + rtc_hour() * 3600ul + rtc_number(2) * 60ul + rtc_number(0);
}

/* The same twice: it didn't change while it was read. */
static uint64_t read_wallclock(void)
{
    uint64_t last = 0, time = read_wallclock_once();

    for (unsigned int i = 0; i < 5 && time != last; i++) {
        last = time;
        time = read_wallclock_once();
    }
    return time;
}

void clock_init(void)
{
    uint64_t tsc_ticks = UINT64_MAX, lapic_ticks = UINT64_MAX;

    for (unsigned int i = 0; i < MEASURE_ROUNDS; i++)
        measure(&tsc_ticks, &lapic_ticks);
    tsc_khz = tsc_ticks / MEASURE_MS;
    lapic_khz = lapic_ticks / MEASURE_MS;
    if (tsc_khz == 0 || lapic_khz == 0)
        panic("the CPU's clock doesn't run");
    clock_set_scale(&scale, tsc_khz);
    scale.base = rdtsc();
    wallclock = read_wallclock();
}

const struct clock_scale *clock_scale(void)
{
    return &scale;
}

uint64_t clock_tsc_khz(void)
{
    return tsc_khz;
}

bool clock_wait(uint64_t ns, const uint32_t *word, uint32_t value)
{
    uint64_t start = rdtsc(), ticks = ns * tsc_khz / 1000000;

    do {
        if (word != NULL && __atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
            return true;
        /* Not only for another thread of the core: by it QEMU runs its other CPUs, too. */
        __asm__ volatile("pause");
    } while (rdtsc() - start < ticks);
    return false;
}

uint64_t arch_now(void)
{
    return clock_scale_ticks(&scale, rdtsc() - scale.base);
}

uint64_t arch_wallclock_at_start(void)
{
    return wallclock;
}

void arch_stop_timer(void)
{
    lapic_timer_start(0);
}

/*
 * It repeats until it is set again or stopped, as whoever takes it does: QEMU at times forgets an
 * interrupt that comes while a guest is left (it changes what is pending from two threads), and a
 * guest that spins would keep the CPU for ever. So that repeating costs nothing, it is never set to
 * less than TIMER_LEAST.
 */
void arch_set_timer(uint64_t deadline)
{
    uint64_t time = arch_now(), limit = (uint64_t)UINT32_MAX * 1000000 / lapic_khz;
    uint64_t delay = deadline > time ? min_u64(deadline - time, min_u64(limit, SECOND)) : 0;

    delay = max_u64(delay, TIMER_LEAST);
    lapic_timer_start((uint32_t)max_u64(delay * lapic_khz / 1000000, 1));
}
