/* SPDX-License-Identifier: BSD-2-Clause */
/* Starting vCPUs: AMD64 manual, volume 2, sections 16.5 and 16.11 (x2APIC). */
#include "command.h"
#include "cpu.h"
#include "text.h"
#include "vcpus.h"
#include "xen.h"

#define MSR_X2APIC_EOI 0x80bu
#define MSR_X2APIC_ICR 0x830u
#define MSR_X2APIC_LVT_TIMER 0x832u
#define MSR_X2APIC_TIMER_INITIAL 0x838u
#define MSR_X2APIC_TIMER_DIVIDE 0x83eu
#define DIVIDE_BY_1 0xbu
#define LVT_PERIODIC 0x20000u
#define ICR_INIT_ASSERT 0xc500u /* level-triggered, as Linux does it */
#define ICR_INIT_DEASSERT 0x8500u
#define ICR_SIPI 0x4600u

/* Where vCPUs begin: a page that nothing else is in, below what SIPI can name. */
#define REAL_MODE_PAGE 8u
#define PAGE_SHIFT 12

struct other {
    const struct work *work; /* NULL: none. Others than the vCPU write it: atomic */
    uint64_t argument;
    uint64_t done, interrupts;
    bool is_here;
};

extern const char real_mode_begin[], real_mode_end[];
extern char other_stacks[(NR_VCPUS - 1) * STACK_SIZE];
char other_stacks[(NR_VCPUS - 1) * STACK_SIZE] __attribute__((aligned(16)));

static struct other others[NR_VCPUS];

__attribute__((noreturn)) void other_main(unsigned int vcpu);
void on_interrupt(void);

/* By the stack, since asking the APIC is an exit. */
unsigned int own_vcpu(void)
{
    uintptr_t at = (uintptr_t)__builtin_frame_address(0), first = (uintptr_t)other_stacks;

    if (at < first || at >= first + sizeof(other_stacks))
        return 0;
    return 1 + (unsigned int)((at - first) >> STACK_SHIFT);
}

static void send(unsigned int vcpu, uint32_t message)
{
    write_msr(MSR_X2APIC_ICR, (uint64_t)vcpu << 32 | message);
}

void vcpu_reset(unsigned int vcpu)
{
    send(vcpu, ICR_INIT_ASSERT);
    send(vcpu, ICR_INIT_DEASSERT);
}

void vcpu_interrupt(unsigned int vcpu)
{
    send(vcpu, IPI_VECTOR);
}

void vcpu_call(unsigned int vcpu)
{
    memcpy((void *)((uintptr_t)REAL_MODE_PAGE << PAGE_SHIFT), real_mode_begin,
           (size_t)(real_mode_end - real_mode_begin));
    vcpu_reset(vcpu);
    __atomic_store_n(&others[vcpu].is_here, false, __ATOMIC_SEQ_CST);
    send(vcpu, ICR_SIPI | REAL_MODE_PAGE);
}

bool vcpu_boot(unsigned int vcpu, uint64_t patience_ms)
{
    uint64_t waited;

    vcpu_call(vcpu);
    for (waited = 0; waited < patience_ms; waited++) {
        if (__atomic_load_n(&others[vcpu].is_here, __ATOMIC_SEQ_CST))
            return true;
        sleep_ms(1);
    }
    return false;
}

void vcpu_give(unsigned int vcpu, const struct work *work, uint64_t argument)
{
    struct other *other = &others[vcpu];

    __atomic_store_n(&other->work, NULL, __ATOMIC_SEQ_CST);
    __atomic_store_n(&other->argument, argument, __ATOMIC_SEQ_CST);
    __atomic_store_n(&other->done, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&other->work, work, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&other->is_here, __ATOMIC_SEQ_CST))
        vcpu_interrupt(vcpu);
}

uint64_t vcpu_done(unsigned int vcpu)
{
    return __atomic_load_n(&others[vcpu].done, __ATOMIC_SEQ_CST);
}

uint64_t vcpu_interrupts(unsigned int vcpu)
{
    return __atomic_load_n(&others[vcpu].interrupts, __ATOMIC_SEQ_CST);
}

void on_interrupt(void)
{
    others[own_vcpu()].interrupts++;
    write_msr(MSR_X2APIC_EOI, 0);
}

void wait_for_interrupt(void)
{
    __asm__ volatile("sti; hlt" : : : "memory");
}

void start_apic_timer(uint64_t ns)
{
    write_msr(MSR_X2APIC_TIMER_DIVIDE, DIVIDE_BY_1);
    write_msr(MSR_X2APIC_LVT_TIMER, LVT_PERIODIC | IPI_VECTOR);
    write_msr(MSR_X2APIC_TIMER_INITIAL, ns & UINT32_MAX);
}

void stop_apic_timer(void)
{
    write_msr(MSR_X2APIC_TIMER_INITIAL, 0);
}

/* What comes between the look and the halt ends the halt: interrupts are off meanwhile. */
static const struct work *next_work(struct other *own)
{
    const struct work *work;

    for (;;) {
        __asm__ volatile("cli");
        work = __atomic_load_n(&own->work, __ATOMIC_SEQ_CST);
        if (work) {
            __asm__ volatile("sti");
            return work;
        }
        wait_for_interrupt();
    }
}

void other_main(unsigned int vcpu)
{
    struct other *own = &others[vcpu];
    const struct work *work;

    cpu_load_idt();
    own->interrupts = 0;
    __atomic_store_n(&own->is_here, true, __ATOMIC_SEQ_CST);
    for (;;) {
        work = next_work(own);
        if (work->step(__atomic_load_n(&own->argument, __ATOMIC_SEQ_CST)))
            __atomic_fetch_add(&own->done, 1, __ATOMIC_SEQ_CST);
    }
}
