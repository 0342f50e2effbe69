/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/domain/sched.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/quiesce.h"

_Static_assert(sizeof(struct cpu) <= PAGE_SIZE, "a page each");

static struct cpu *cpus[CONFIG_MAX_CPUS] = {&boot_cpu};
static unsigned int count = 1;

unsigned int cpus_count(void)
{
    return __atomic_load_n(&count, __ATOMIC_ACQUIRE);
}

struct cpu *cpu_by_number(unsigned int number)
{
    assert(number < cpus_count());
    return cpus[number];
}

/* The end of "CPU with APIC ID 3 ...: not used". */
static const char *reason(int error)
{
    switch (error) {
    case -ETIMEDOUT:
        return "doesn't answer";
    case -EOPNOTSUPP:
        return "lacks features that the boot CPU has";
    case -ERANGE:
        return "has another time than the boot CPU";
    case -EBUSY:
        return "can't begin where one that doesn't answer may still be";
    case -ENOMEM:
        return "would take more memory than there is";
    default:
        return "can't be sent messages";
    }
}

static int start(unsigned int index)
{
    mfn_t frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    struct cpu *cpu;
    int error;

    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    cpu = map_mfn(frame);
    cpu->number = count;
    lock_init(&cpu->timer_lock, LOCK_TIMERS);
    error = arch_start_cpu(cpu, index);
    if (error != 0)
        return error;
    sched_add_cpu(cpu);
    cpus[count] = cpu;
    __atomic_store_n(&count, count + 1, __ATOMIC_RELEASE);
    __atomic_store_n(&cpu->online, true, __ATOMIC_RELEASE);
    arch_kick(cpu); /* it waits in cpus_main() */
    return 0;
}

void cpus_start(void)
{
    unsigned int others = arch_find_cpus();
    unsigned int tried = others < CONFIG_MAX_CPUS ? others : CONFIG_MAX_CPUS - 1;

    sched_add_cpu(&boot_cpu);
    for (unsigned int i = 0; i < tried; i++) {
        int error = start(i);

        if (error != 0)
            hv_log("    CPU with %s %u %s: not used", ARCH_CPU_ID_NAME, arch_cpu_id(i),
                   reason(error));
    }
    if (tried < others)
        hv_log("    %u CPUs more than this hypervisor was built for (MAX_CPUS, %u): not used",
               others - tried, CONFIG_MAX_CPUS);
    hv_log("    CPUs: %u found, %u started", others + 1, count);
}

_Noreturn void cpus_main(void)
{
    struct cpu *cpu = this_cpu();

    while (!__atomic_load_n(&cpu->online, __ATOMIC_ACQUIRE))
        arch_idle();
    quiesce_end(cpu); /* until now it counted as idle */
    for (;;)
        sched_run();
}
