/* SPDX-License-Identifier: BSD-2-Clause */
/* APM2 16.5 (messages between CPUs), and the times of Intel's MultiProcessor Specification B.4. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/cpus.h"
#include "hv/arch/x86/firmware.h"
#include "hv/arch/x86/lapic.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/trampoline.h"
#include "hv/arch/x86/traps.h"
#include "hv/arch/x86/tsc.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/log.h"
#include "hv/machine/time.h"

#define AFTER_INIT (10 * MILLISECOND)
#define AFTER_FIRST_SIPI (200 * MICROSECOND)
#define ANSWER_LIMIT (200 * MILLISECOND)
#define STOP_LIMIT (100 * MILLISECOND)
#define REPORT_LIMIT SECOND /* of a CPU that has begun: an emulator may be slow */

/* How far a CPU has come: struct arch_cpu's start_state. Whoever moves it on first has decided. */
#define START_BEGUN 0u
#define START_REPORTED 1u  /* start_error says how it went */
#define START_ABANDONED 2u /* nobody waits for it any more */

static struct firmware_cpus listed;
static const char *why_none; /* NULL: `listed` is what the firmware says */
static bool nowhere_to_begin;
static bool page_is_in_use; /* for good: by a CPU that began, and didn't get far */
static bool stopped;
static uint32_t halted; /* because of it */

void cpus_survey(const struct boot_info *boot)
{
    why_none = firmware_read_cpus(boot, &listed);
    nowhere_to_begin = !trampoline_choose(boot);
}

/* Take this CPU out of the list. */
static void forget_own(void)
{
    unsigned int kept = 0;

    for (unsigned int i = 0; i < listed.kept; i++) {
        if (listed.apic_id[i] != boot_cpu.arch.apic_id)
            listed.apic_id[kept++] = listed.apic_id[i];
    }
    listed.kept = kept;
    listed.listed -= listed.listed > 0 ? 1 : 0;
}

unsigned int arch_find_cpus(void)
{
    if (why_none != NULL)
        hv_log("    CPUs: only the boot CPU is known from the firmware: %s", why_none);
    forget_own();
    if (listed.listed > 0 && nowhere_to_begin) {
        hv_log("    CPUs: no page below 1 MiB is free for the others to begin in");
        return 0;
    }
    if (listed.listed > 0) {
        cpu_keep_registers();
        trampoline_install();
    }
    return listed.listed;
}

uint32_t arch_cpu_id(unsigned int index)
{
    return listed.apic_id[index];
}

/* As at start (start.S): random for want of a better source, and no string crosses its first byte.
 */
static uint64_t new_canary(void)
{
    return ((boot_cpu.canary ^ rdtsc()) * 0x9e3779b97f4a7c15ul) << 8;
}

static int prepare(struct cpu *cpu, unsigned int index, struct cpu_stacks *stacks)
{
    int error = stacks_map(index, stacks);

    if (error == 0)
        error = svm_prepare(cpu);
    if (error != 0)
        return error;
    cpu->self = cpu;
    cpu->canary = new_canary();
    cpu->arch.apic_id = listed.apic_id[index];
    traps_set_stacks(&cpu->arch, &stacks->traps);
    return 0;
}

/* Twice, since old CPUs want it so, unless the first did it. */
static bool call(uint32_t apic_id)
{
    lapic_send(apic_id, LAPIC_INIT);
    (void)clock_wait(AFTER_INIT, NULL, 0);
    lapic_send(apic_id, LAPIC_SIPI | trampoline_vector());
    if (trampoline_wait(AFTER_FIRST_SIPI))
        return true;
    lapic_send(apic_id, LAPIC_SIPI | trampoline_vector());
    /* It may begin just when we give up: then it has. */
    return trampoline_wait(ANSWER_LIMIT) || !trampoline_withdraw();
}

/* Move the state on; false: the other side has done so before. */
static bool decide(struct arch_cpu *cpu, uint32_t state)
{
    uint32_t begun = START_BEGUN;

    return __atomic_compare_exchange_n(&cpu->start_state, &begun, state, false, __ATOMIC_ACQ_REL,
                                       __ATOMIC_ACQUIRE);
}

/* What a failed start has used isn't given back: no harm can come from a CPU that still has it. */
int arch_start_cpu(struct cpu *cpu, unsigned int index)
{
    struct cpu_stacks stacks;
    int error;

    if (index >= listed.kept || !lapic_reaches(listed.apic_id[index]))
        return -ENXIO;
    if (page_is_in_use)
        return -EBUSY;
    error = prepare(cpu, index, &stacks);
    if (error != 0)
        return error;
    trampoline_offer(cpu->arch.apic_id, cpu, stacks.main);
    if (!call(cpu->arch.apic_id))
        return -ETIMEDOUT;
    if (!clock_wait(REPORT_LIMIT, &cpu->arch.start_state, START_REPORTED) &&
        decide(&cpu->arch, START_ABANDONED)) {
        /* It may still have to read where its stack is: nobody else is told there. */
        page_is_in_use = true;
        return -ETIMEDOUT;
    }
    return cpu->arch.start_error != 0 ? cpu->arch.start_error : tsc_compare(&cpu->arch.tsc, 0);
}

/* What arch_init() did for the boot CPU. */
static int set_up(const struct cpu *cpu)
{
    int error;

    traps_load();
    error = cpu_join();
    if (error != 0)
        return error;
    lapic_join();
    if (lapic_id() != cpu->arch.apic_id)
        return -ENXIO;
    svm_enable();
    return 0;
}

_Noreturn void cpus_arrive(struct cpu *cpu)
{
    cpu->arch.start_error = set_up(cpu);
    if (!decide(&cpu->arch, START_REPORTED) || cpu->arch.start_error != 0 ||
        tsc_compare(&cpu->arch.tsc, 1) != 0)
        arch_halt();
    cpus_main();
}

void arch_kick(struct cpu *cpu)
{
    lapic_send(cpu->arch.apic_id, LAPIC_FIXED | VECTOR_KICK);
}

/* Each by its own name: one that was never online may be in real mode, with the BIOS's vectors. */
void arch_stop_others(void)
{
    __atomic_store_n(&stopped, true, __ATOMIC_RELEASE);
    for (unsigned int i = 0; i < cpus_count(); i++) {
        struct cpu *cpu = cpu_by_number(i);

        if (cpu != this_cpu())
            lapic_send(cpu->arch.apic_id, LAPIC_NMI);
    }
    /* One that doesn't come can't be helped. */
    (void)clock_wait(STOP_LIMIT, &halted, cpus_count() - 1);
}

void cpus_halt_if_stopped(void)
{
    if (__atomic_load_n(&stopped, __ATOMIC_ACQUIRE)) {
        __atomic_fetch_add(&halted, 1, __ATOMIC_RELEASE);
        arch_halt();
    }
}
