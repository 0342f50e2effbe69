/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * ASIDs (hv/arch/x86/asid.h), against a model of what CPUs keep: whatever was entered with an ASID
 * since the last flush may have left translations behind it. Random vCPUs run on random CPUs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "hv/arch/x86/asid.h"
#include "hv/arch/x86/cpu.h"

#define NR_CPUS 3u
#define NR_DOMAINS 2u
#define NR_VCPUS 6u
#define MOST_ASIDS 16u
#define STEPS 20000u

struct cpu_features cpu_features;

/* Whose translations there are; `of` is NULL: nobody's. */
struct kept {
    const struct vcpu *of;
    uint64_t unmapped, resets;
};

static struct cpu cpus[NR_CPUS];
static struct kept kept[NR_CPUS][MOST_ASIDS];
static struct domain domains[NR_DOMAINS];
static struct vcpu vcpus[NR_VCPUS];
static struct vmcb vmcbs[NR_VCPUS];
static uint64_t resets[NR_VCPUS];
static unsigned int flushes;

static void start(uint32_t nr_asids)
{
    cpu_features.nr_asids = nr_asids;
    memset(cpus, 0, sizeof(cpus));
    memset(kept, 0, sizeof(kept));
    memset(vcpus, 0, sizeof(vcpus));
    memset(vmcbs, 0, sizeof(vmcbs));
    flushes = 0;
    for (uint32_t i = 0; i < NR_CPUS; i++) {
        cpus[i].number = i;
        asid_init(&cpus[i]);
    }
    for (unsigned int i = 0; i < NR_VCPUS; i++) {
        vcpus[i].domain = &domains[i % NR_DOMAINS];
        vcpus[i].arch.vmcb = &vmcbs[i];
    }
}

/* Another one with the same memory. */
static void start_anew(unsigned int vcpu)
{
    memset(&vmcbs[vcpu], 0, sizeof(vmcbs[vcpu]));
    vcpus[vcpu].arch = (struct arch_vcpu){.vmcb = &vmcbs[vcpu]};
    resets[vcpu]++;
}

static void reset(unsigned int vcpu)
{
    vcpus[vcpu].arch.asid_generation = 0; /* svm_reset() */
    resets[vcpu]++;
}

/* What the CPU does with the VMCB. */
static void enter(unsigned int cpu, unsigned int vcpu)
{
    const struct vmcb *vmcb = &vmcbs[vcpu];
    const struct vcpu *v = &vcpus[vcpu];
    struct kept *k = &kept[cpu][vmcb->asid];

    assert_in_range(vmcb->asid, 1, cpu_features.nr_asids - 1); /* 0 is the host's */
    if (vmcb->tlb_control == TLB_FLUSH_ALL) {
        memset(kept[cpu], 0, sizeof(kept[cpu]));
        flushes++;
    }
    assert_true(k->of == NULL ||
                (k->of == v && k->unmapped == v->domain->unmapped && k->resets == resets[vcpu]));
    *k = (struct kept){v, v->domain->unmapped, resets[vcpu]};
}

static void run(unsigned int cpu, unsigned int vcpu, bool refused)
{
    asid_choose(&cpus[cpu], &vcpus[vcpu], vcpus[vcpu].domain);
    vmcbs[vcpu].exit_code = refused ? UINT64_MAX : EXIT_VMMCALL;
    if (!refused)
        enter(cpu, vcpu);
    asid_note_entry(&cpus[cpu], &vcpus[vcpu]);
}

/* The same each time: Marsaglia's xorshift. */
static uint32_t number_below(uint32_t end)
{
    static uint32_t state = 1;

    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state % end;
}

static void nobody_meets_another_ones_translations(void **state)
{
    (void)state;
    for (uint32_t nr_asids = 2; nr_asids <= MOST_ASIDS; nr_asids++) {
        start(nr_asids);
        for (unsigned int step = 0; step < STEPS; step++) {
            unsigned int cpu = number_below(NR_CPUS);
            unsigned int vcpu = number_below(NR_VCPUS);

            if (number_below(20) == 0)
                vcpus[vcpu].domain->unmapped++;
            if (number_below(50) == 0)
                reset(vcpu);
            if (number_below(100) == 0)
                start_anew(vcpu);
            run(cpu, vcpu, number_below(30) == 0);
        }
        assert_true(flushes > 0);
    }
}

static void who_goes_on_keeps_its_translations(void **state)
{
    uint32_t asid;

    (void)state;
    start(MOST_ASIDS);
    run(1, 0, false);
    run(1, 1, false);
    asid = vmcbs[0].asid;
    for (unsigned int i = 0; i < 3 * MOST_ASIDS; i++) {
        run(1, 0, false);
        run(1, 1, false);
    }
    assert_int_equal(vmcbs[0].asid, asid);
    assert_int_equal(flushes, 0);
}

static void a_flush_is_due_until_an_entry_comes_about(void **state)
{
    (void)state;
    start(2);
    run(0, 0, false);
    run(0, 1, true);
    assert_int_equal(vmcbs[1].tlb_control, TLB_FLUSH_ALL);
    run(0, 1, false);
    assert_int_equal(vmcbs[1].tlb_control, TLB_FLUSH_ALL);
    run(0, 1, false);
    assert_int_equal(vmcbs[1].tlb_control, TLB_FLUSH_NOTHING);
    assert_int_equal(flushes, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_meets_another_ones_translations),
        cmocka_unit_test(who_goes_on_keeps_its_translations),
        cmocka_unit_test(a_flush_is_due_until_an_entry_comes_about),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
