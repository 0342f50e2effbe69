/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/machine/quiesce.h"
#include "hv/arch/arch.h"
#include "hv/machine/cpus.h"
#include "hv/machine/lock.h"
#include "hv/machine/panic.h"

/* `d`: it must also leave this domain if it runs it. */
static void wait_for(struct cpu *cpu, const struct domain *d)
{
    uint64_t passes = __atomic_load_n(&cpu->passes, __ATOMIC_SEQ_CST);

    if (passes % 2 == 0) {
        if (d == NULL || __atomic_load_n(&cpu->guest, __ATOMIC_RELAXED) != d)
            return;
        arch_kick(cpu);
    }
    while (__atomic_load_n(&cpu->passes, __ATOMIC_SEQ_CST) == passes)
        arch_relax();
}

static void wait_for_all(const struct domain *d)
{
    struct cpu *self = this_cpu();

    assert(!DEBUG_CHECKS || !lock_holds_from(LOCK_TABLE));
    /* Two that wait for each other would wait for ever. */
    quiesce_begin(self, NULL);
    for (unsigned int i = 0; i < cpus_count(); i++) {
        if (cpu_by_number(i) != self)
            wait_for(cpu_by_number(i), d);
    }
    quiesce_end(self);
}

void quiesce_wait(void)
{
    wait_for_all(NULL);
}

/* Has a CPU in the domain's guest come in with older translations? */
static bool has_stale(const struct cpu *cpu, const struct domain *d, uint64_t unmapped)
{
    uint64_t passes = __atomic_load_n(&cpu->passes, __ATOMIC_SEQ_CST);
    bool stale = __atomic_load_n(&cpu->guest, __ATOMIC_SEQ_CST) == d &&
                 __atomic_load_n(&cpu->guest_flushed, __ATOMIC_SEQ_CST) < unmapped;

    /* It has been in there all along while we looked. */
    return stale && passes % 2 == 0 && __atomic_load_n(&cpu->passes, __ATOMIC_SEQ_CST) == passes;
}

void quiesce_wait_flushed(const struct domain *d)
{
    uint64_t unmapped = __atomic_load_n(&d->unmapped, __ATOMIC_SEQ_CST);

    wait_for_all(d);
    for (unsigned int i = 0; DEBUG_CHECKS && i < cpus_count(); i++)
        assert(!has_stale(cpu_by_number(i), d, unmapped));
}
