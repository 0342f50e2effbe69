/* SPDX-License-Identifier: BSD-2-Clause */
/* Does what this domain put into the CPU's registers stay there, and come from nobody else? */
#include "state.h"
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "command.h"
#include "cpu.h"
#include "text.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define NS_PER_MS 1000000u

#define CR4_OSFXSR (1u << 9)
#define CR4_OSXSAVE (1u << 18)
#define CR4_PKE (1u << 22)
#define MSR_TSC_AUX 0xc0000103

/* XSAVE area (AMD64 manual, volume 2, section 11.5.9). */
#define X87_AT 32
#define X87_END 160
#define XMM_END 416
#define STATE_BITS_AT 512
#define YMM_AT 576
#define YMM_END 832
#define MXCSR_AT 24
#define AREA_SIZE 4096

#define SPIN_ROUNDS 1000000u
/* What arithmetic leaves in RFLAGS, and bit 1. */
#define FLAGS_PATTERN 0x8d7

/* Registers that hold any canonical address; those after them have rules of their own. */
static const uint32_t address_msrs[] = {
    0xc0000082, 0xc0000083, 0xc0000100, 0xc0000101, 0xc0000102, 0x175, 0x176,
};

/* Everything but the general registers. */
struct hidden_state {
    uint64_t debug[4], debug_status;
    uint64_t cr2, cr8, xcr0, protection_keys;
    uint64_t msr[COUNT(address_msrs)], star, sfmask, tsc_aux, pat;
    uint8_t vector[AREA_SIZE] __attribute__((aligned(64)));
};

static struct hidden_state wanted, found;
static bool has_protection_keys;
static struct vcpu_runstate_info runstate;

static uint64_t read_cr4(void)
{
    uint64_t value;

    __asm__ volatile("mov %%cr4, %0" : "=r"(value));
    return value;
}

static void set_cr4_bits(uint64_t bits)
{
    __asm__ volatile("mov %0, %%cr4" : : "r"(read_cr4() | bits));
}

static void turn_keys_on(void *argument)
{
    (void)argument;
    set_cr4_bits(CR4_PKE);
}

/* The n-th value of a pattern, a canonical address. */
static uint64_t pattern_value(uint64_t pattern, uint64_t n)
{
    return (pattern ^ n * 0x010101010101) & 0x7fffffffffff;
}

static void want_vectors(uint64_t pattern, uint8_t area[AREA_SIZE])
{
    uint32_t mxcsr = 0x1f80 | (uint32_t)(pattern & 3) << 13;
    uint16_t control = (uint16_t)(0x37f | (pattern & 3) << 10);
    size_t i;

    memset(area, 0, AREA_SIZE);
    memcpy(area, &control, sizeof(control));
    memcpy(area + MXCSR_AT, &mxcsr, sizeof(mxcsr));
    area[4] = 0xff; /* all of the eight x87 registers hold something */
    for (i = X87_AT; i < X87_END; i++)
        area[i] = i % 16 < 8 ? (uint8_t)(pattern_value(pattern, i) | 0x80) : i % 16 < 10 ? 0x3f : 0;
    for (i = X87_END; i < XMM_END; i++)
        area[i] = (uint8_t)pattern_value(pattern, i);
    for (i = YMM_AT; i < YMM_END; i++)
        area[i] = (uint8_t)pattern_value(pattern, i);
    area[STATE_BITS_AT] = (uint8_t)wanted.xcr0;
}

static void want_state(uint64_t pattern)
{
    size_t i;

    for (i = 0; i < 4; i++)
        wanted.debug[i] = pattern_value(pattern, i);
    wanted.debug_status = 0xffff0ff0 | (pattern & 0xf);
    wanted.cr2 = pattern_value(pattern, 5);
    wanted.cr8 = pattern & 0xf;
    wanted.xcr0 = pattern & 1 ? 7 : 3;
    wanted.protection_keys = has_protection_keys ? pattern & 0xfffffffc : 0;
    for (i = 0; i < COUNT(address_msrs); i++)
        wanted.msr[i] = pattern_value(pattern, 6 + i);
    wanted.star = pattern_value(pattern, 20);
    wanted.sfmask = pattern_value(pattern, 21) & 0xffffffff;
    wanted.tsc_aux = pattern_value(pattern, 22) & 0xffffffff;
    wanted.pat = 0x0007040600070406 ^ (pattern & 1); /* type 6 or 7 in the first entry */
    want_vectors(pattern, wanted.vector);
}

static void load_state(void)
{
    const struct hidden_state *s = &wanted;
    size_t i;

    __asm__ volatile("mov %0, %%dr0" : : "r"(s->debug[0]));
    __asm__ volatile("mov %0, %%dr1" : : "r"(s->debug[1]));
    __asm__ volatile("mov %0, %%dr2" : : "r"(s->debug[2]));
    __asm__ volatile("mov %0, %%dr3" : : "r"(s->debug[3]));
    __asm__ volatile("mov %0, %%dr6" : : "r"(s->debug_status));
    __asm__ volatile("mov %0, %%cr2" : : "r"(s->cr2));
    __asm__ volatile("mov %0, %%cr8" : : "r"(s->cr8));
    for (i = 0; i < COUNT(address_msrs); i++)
        write_msr(address_msrs[i], s->msr[i]);
    write_msr(0xc0000081, s->star);
    write_msr(0xc0000084, s->sfmask);
    write_msr(MSR_TSC_AUX, s->tsc_aux);
    write_msr(0x277, s->pat);
    __asm__ volatile("xsetbv" : : "c"(0), "a"((uint32_t)s->xcr0), "d"(0));
    __asm__ volatile("xrstor64 %0" : : "m"(s->vector), "a"((uint32_t)s->xcr0), "d"(0));
    if (has_protection_keys)
        __asm__ volatile("wrpkru" : : "a"((uint32_t)s->protection_keys), "c"(0), "d"(0));
}

static void store_state(void)
{
    struct hidden_state *s = &found;
    uint32_t low, high;
    size_t i;

    __asm__ volatile("mov %%dr0, %0" : "=r"(s->debug[0]));
    __asm__ volatile("mov %%dr1, %0" : "=r"(s->debug[1]));
    __asm__ volatile("mov %%dr2, %0" : "=r"(s->debug[2]));
    __asm__ volatile("mov %%dr3, %0" : "=r"(s->debug[3]));
    __asm__ volatile("mov %%dr6, %0" : "=r"(s->debug_status));
    __asm__ volatile("mov %%cr2, %0" : "=r"(s->cr2));
    __asm__ volatile("mov %%cr8, %0" : "=r"(s->cr8));
    for (i = 0; i < COUNT(address_msrs); i++)
        s->msr[i] = read_msr(address_msrs[i]);
    s->star = read_msr(0xc0000081);
    s->sfmask = read_msr(0xc0000084);
    __asm__ volatile("rdtscp" : "=a"(low), "=d"(high), "=c"(s->tsc_aux));
    s->pat = read_msr(0x277);
    __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
    s->xcr0 = (uint64_t)high << 32 | low;
    memset(s->vector, 0, sizeof(s->vector));
    __asm__ volatile("xsave64 %0" : "+m"(s->vector) : "a"(7), "d"(0));
    s->protection_keys = 0;
    if (has_protection_keys)
        __asm__ volatile("rdpkru" : "=a"(s->protection_keys) : "c"(0) : "rdx");
}

static uint64_t count_different_bytes(const uint8_t *a, const uint8_t *b, size_t from, size_t to)
{
    uint64_t different = 0;
    size_t i;

    for (i = from; i < to; i++)
        different += a[i] != b[i];
    return different;
}

static uint64_t compare_hidden(void)
{
    const uint8_t *want = wanted.vector, *got = found.vector;
    size_t end = offsetof(struct hidden_state, vector);
    uint64_t different;

    different = count_different_bytes((const uint8_t *)&wanted, (const uint8_t *)&found, 0, end);
    different += count_different_bytes(want, got, 0, 2);
    different += count_different_bytes(want, got, MXCSR_AT, MXCSR_AT + 4);
    different += count_different_bytes(want, got, X87_AT, XMM_END);
    if (wanted.xcr0 & 4)
        different += count_different_bytes(want, got, YMM_AT, YMM_END);
    return different;
}

/* Bit n of `may_change`: register n. */
static uint64_t compare_general(const struct general_registers *want,
                                const struct general_registers *got, uint32_t may_change)
{
    uint64_t different = 0;
    unsigned int i;

    for (i = 0; i < NR_GENERAL; i++)
        if (!(may_change >> i & 1))
            different += want->value[i] != got->value[i];
    return different;
}

static void want_general(struct general_registers *registers, uint64_t pattern)
{
    unsigned int i;

    for (i = 0; i < NR_GENERAL; i++)
        registers->value[i] = ~pattern_value(pattern, 40 + i);
    registers->value[FLAGS] = (pattern & FLAGS_PATTERN) | 2;
}

static void watch_runstate(void)
{
    struct vcpu_register_runstate_memory_area where = {.addr.v = &runstate};

    hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_runstate_memory_area, 0, (uintptr_t)&where, 0,
              0);
}

/*
 * ROUNDS times: every register gets a value made from PATTERN, the domain spins for a while, and
 * every register must have its value still. Gives how many bytes had not. KEYS: protection keys
 * too, which a CPU may have although its CPUID doesn't tell guests.
 */
void command_keep_state(const struct arguments *arguments, struct result *result)
{
    struct general_registers want, got;
    uint64_t round, different = 0, waited;

    set_cr4_bits(CR4_OSFXSR | CR4_OSXSAVE);
    has_protection_keys = WORD(2) && !guarded_call(turn_keys_on, NULL);
    watch_runstate();
    waited = runstate.time[RUNSTATE_runnable];
    for (round = 0; round < WORD(1); round++) {
        want_state(WORD(0) + round);
        want_general(&want, WORD(0) + round);
        load_state();
        spin_rounds = SPIN_ROUNDS;
        between_spin(&want, &got);
        store_state();
        different += compare_general(&want, &got, 1u << FLAGS) + compare_hidden();
    }
    __asm__ volatile("mov %0, %%cr8" : : "r"((uint64_t)0));
    result->value = (int64_t)different;
    result_note(result, "waited_ms", (runstate.time[RUNSTATE_runnable] - waited) / NS_PER_MS);
    result_note(result, "keys", has_protection_keys);
}

#define BIT(register) (1u << (register))

static __attribute__((noinline)) uint64_t check(between_registers *between, uint64_t rax,
                                                uint64_t rdi, uint64_t rsi, uint64_t rdx,
                                                uint32_t may_change)
{
    struct general_registers want, got;

    want_general(&want, 0x5aa55aa55aa5);
    want.value[RAX] = rax;
    want.value[RDI] = rdi;
    want.value[RSI] = rsi;
    want.value[RDX] = rdx;
    if (between == between_cpuid || between == between_rdmsr)
        want.value[RCX] = between == between_rdmsr ? 0x1b : 0;
    between(&want, &got);
    return compare_general(&want, &got, may_change);
}

/* After each kind of exit no register has changed but those that the instruction names. */
void command_keep_registers(const struct arguments *arguments, struct result *result)
{
    const uint64_t buffer = (uintptr_t)command_buffer(), odd = 0x1122334455667788;
    uint64_t n = 0;

    (void)arguments;
    memset(command_buffer(), 0, BUFFER_SIZE);
    n += check(between_vmmcall, __HYPERVISOR_xen_version, XENVER_version, odd, ~odd, BIT(RAX));
    n += check(between_vmmcall, __HYPERVISOR_xen_version, XENVER_get_features, buffer, odd,
               BIT(RAX));
    n += check(between_vmmcall, __HYPERVISOR_xen_version, odd, odd, odd, BIT(RAX));
    n += check(between_vmmcall, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, buffer, odd,
               BIT(RAX));
    n += check(between_vmmcall, __HYPERVISOR_memory_op, XENMEM_memory_map, odd, odd, BIT(RAX));
    n += check(between_vmmcall, __HYPERVISOR_sched_op, SCHEDOP_yield, odd, ~odd, BIT(RAX));
    n += check(between_vmmcall, __HYPERVISOR_vcpu_op, VCPUOP_is_up, 0, odd, BIT(RAX));
    n += check(between_vmmcall, odd, odd, odd, odd, BIT(RAX));
    n += check(between_cpuid, 1, odd, ~odd, odd, BIT(RAX) | BIT(RBX) | BIT(RCX) | BIT(RDX));
    n += check(between_rdmsr, odd, odd, ~odd, odd, BIT(RAX) | BIT(RDX));
    n += check(between_in, odd, odd, ~odd, odd, BIT(RAX));
    result->value = (int64_t)n;
}
