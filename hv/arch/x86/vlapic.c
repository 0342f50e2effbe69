/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/vlapic.h"
#include "hv/arch/x86/x86.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/gate.h"
#include "hv/machine/time.h"

/* x2APIC registers (APM2 table 16-6). */
enum {
    X2APIC_ID = 0x802,
    X2APIC_VERSION = 0x803,
    X2APIC_TPR = 0x808,
    X2APIC_PPR = 0x80a,
    X2APIC_EOI = 0x80b,
    X2APIC_LDR = 0x80d,
    X2APIC_SVR = 0x80f,
    X2APIC_ISR = 0x810,
    X2APIC_TMR = 0x818,
    X2APIC_IRR = 0x820,
    X2APIC_ESR = 0x828,
    X2APIC_ICR = 0x830,
    X2APIC_LVT_TIMER = 0x832,
    X2APIC_LVT_ERROR = 0x837,
    X2APIC_TIMER_INITIAL = 0x838,
    X2APIC_TIMER_CURRENT = 0x839,
    X2APIC_TIMER_DIVIDE = 0x83e,
    X2APIC_SELF_IPI = 0x83f,
};

#define VERSION_6_LVTS 0x00050014u
#define SVR_WRITABLE 0x3ffu
#define LVT_MASKED 0x10000u
#define LVT_WRITABLE 0x717ffu
#define LVT_PERIODIC 0x20000u
#define ICR_DELIVERY_MODE 0x700u
#define ICR_SHORTHAND 0xc0000u
#define ICR_SHORTHAND_NONE 0x00000u
#define ICR_SHORTHAND_SELF 0x40000u
#define ICR_SHORTHAND_OTHERS 0xc0000u
#define ICR_LOGICAL 0x800u
#define ICR_FIXED 0x000u
#define ICR_LOWEST 0x100u
#define ICR_INIT 0x500u
#define ICR_SIPI 0x600u
#define ICR_LEVEL 0x8000u
#define ICR_ASSERT 0x4000u
#define DESTINATION_ALL 0xffffffffu
#define FIRST_VECTOR 16
#define SHORTEST_PERIOD (100 * MICROSECOND)

void vlapic_init(struct vcpu *v)
{
    struct vlapic *a = &v->arch.vlapic;

    memset(a, 0, sizeof(*a));
    a->id = v->id;
    a->svr = 0xff;
    for (unsigned int i = 0; i < ARRAY_SIZE(a->lvt); i++)
        a->lvt[i] = LVT_MASKED;
}

static void request(struct vcpu *v, uint32_t vector)
{
    if (vector < FIRST_VECTOR || vector > 0xff)
        return;
    __atomic_fetch_or(&v->arch.vlapic.irr[vector / 64], 1ul << vector % 64, __ATOMIC_SEQ_CST);
    vcpu_wake(v);
}

static uint32_t highest_bit(const uint64_t bits[static 4])
{
    for (uint32_t i = 4; i-- > 0;) {
        uint64_t word = __atomic_load_n(&bits[i], __ATOMIC_SEQ_CST);

        if (word != 0)
            return i * 64 + 63 - (uint32_t)__builtin_clzl(word);
    }
    return 0;
}

/* What the x2APIC's register number `index` of eight has of it. */
static uint32_t register_of(const uint64_t bits[static 4], uint32_t index)
{
    return (uint32_t)(__atomic_load_n(&bits[index / 2], __ATOMIC_SEQ_CST) >> index % 2 * 32);
}

/* CR8 and the TPR register are one; the CPU keeps its upper four bits in the VMCB. */
static uint32_t task_priority(struct vcpu *v)
{
    uint32_t class = (uint32_t)(v->arch.vmcb->interrupt_control & 0xf);

    if (v->arch.vlapic.tpr >> 4 != class)
        v->arch.vlapic.tpr = class << 4;
    return v->arch.vlapic.tpr;
}

static void set_task_priority(struct vcpu *v, uint32_t value)
{
    struct vmcb *vmcb = v->arch.vmcb;

    v->arch.vlapic.tpr = value;
    vmcb->interrupt_control = (vmcb->interrupt_control & ~V_TPR_MASK) | value >> 4;
}

static uint32_t processor_priority(struct vcpu *v)
{
    uint32_t tpr = task_priority(v), isr = highest_bit(v->arch.vlapic.isr) & 0xf0;

    return (tpr & 0xf0) >= isr ? tpr : isr;
}

uint8_t vlapic_highest(struct vcpu *v)
{
    uint32_t vector = highest_bit(v->arch.vlapic.irr);

    if (vector == 0 || (vector & 0xf0) <= (processor_priority(v) & 0xf0))
        return 0;
    return (uint8_t)vector;
}

static void end_of_interrupt(struct vlapic *a)
{
    uint32_t vector = highest_bit(a->isr);

    a->isr[vector / 64] &= ~(1ul << vector % 64);
}

/* In logical mode, a cluster of 16 in the upper half, and a bit for each of it in the lower one. */
static uint32_t logical_id(uint32_t id)
{
    return (id >> 4) << 16 | 1u << (id & 0xf);
}

static bool is_addressed(const struct vcpu *from, const struct vcpu *to, uint64_t icr)
{
    uint32_t destination = (uint32_t)(icr >> 32), id = to->arch.vlapic.id;

    switch ((uint32_t)icr & ICR_SHORTHAND) {
    case ICR_SHORTHAND_NONE:
        if (destination == DESTINATION_ALL)
            return true;
        return (uint32_t)icr & ICR_LOGICAL ? destination >> 16 == logical_id(id) >> 16 &&
                                                 (destination & logical_id(id) & 0xffff) != 0
                                           : destination == id;
    case ICR_SHORTHAND_SELF:
        return to == from;
    case ICR_SHORTHAND_OTHERS:
        return to != from;
    default:
        return true;
    }
}

/*
 * A vCPU that is reset has to leave its CPU first. False: not yet; the guest's instruction is
 * executed again, rather than that two vCPUs which reset each other wait for ever.
 */
static bool reset(struct vcpu *from, struct vcpu *to)
{
    if (to == from)
        return true; /* no vCPU resets itself */
    if (gate_vcpu_stop(from, to) != 0)
        return true;
    if (!vcpu_stop(to) || !vcpu_claim(to))
        return false;
    svm_reset(to);
    vcpu_release(to);
    return true;
}

/* One that is up, or is just being reset by somebody else, isn't started. */
static void start(struct vcpu *from, struct vcpu *to, uint8_t vector)
{
    bool started;

    if (gate_vcpu_start(from, to) != 0 || !vcpu_claim(to))
        return;
    started = svm_start(to, vector);
    vcpu_release(to);
    if (started)
        (void)vcpu_start(to);
}

/* False: to be sent again. Modes that aren't here (NMI, SMI) reach nobody. */
static bool send_to(struct vcpu *from, struct vcpu *to, uint32_t icr)
{
    switch (icr & ICR_DELIVERY_MODE) {
    case ICR_FIXED:
    case ICR_LOWEST:
        request(to, icr & 0xff);
        return true;
    case ICR_INIT:
        /* De-assertion is for older APICs (APM2 16.5). */
        return ((icr & ICR_LEVEL) && !(icr & ICR_ASSERT)) || reset(from, to);
    case ICR_SIPI:
        start(from, to, (uint8_t)icr);
        return true;
    default:
        return true;
    }
}

static bool send_ipi(struct vcpu *v, uint64_t icr)
{
    struct domain *d = v->domain;
    bool sent = true;

    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        if (is_addressed(v, d->vcpu[i], icr) && !send_to(v, d->vcpu[i], (uint32_t)icr))
            sent = false;
    }
    domain_stop_if_all_offline(d); /* two that reset each other both go down */
    return sent;
}

/* --- the timer --- */

/* APM2 16.4.1: the divide configuration's three bits are 0, 1 and 3; 111 divides by 1. */
static uint64_t timer_tick(const struct vlapic *a)
{
    uint32_t code = (a->timer_divide & 3) | (a->timer_divide >> 1 & 4);

    return code == 7 ? 1 : 2ul << code; /* ns: the APIC's clock is 1 GHz */
}

static uint64_t timer_period(const struct vlapic *a)
{
    return max_u64(a->timer_initial * timer_tick(a), SHORTEST_PERIOD);
}

static bool is_periodic(const struct vlapic *a)
{
    return (a->lvt[0] & LVT_PERIODIC) != 0;
}

static uint32_t timer_vector(const struct vlapic *a)
{
    return a->lvt[0] & 0xff;
}

static bool is_requested(const struct vlapic *a, uint32_t vector)
{
    return (__atomic_load_n(&a->irr[vector / 64], __ATOMIC_SEQ_CST) & 1ul << vector % 64) != 0;
}

/*
 * When it fires next after `time`. Nobody is bothered by a timer that changes nothing: one that is
 * masked, or whose last interrupt still waits to be taken, isn't watched until that is over.
 */
static uint64_t timer_due(const struct vlapic *a, uint64_t time)
{
    uint64_t period = timer_period(a), passed = max_u64(time, a->timer_start) - a->timer_start;

    if (a->timer_initial == 0 || (a->lvt[0] & LVT_MASKED) || is_requested(a, timer_vector(a)))
        return NEVER;
    if (is_periodic(a))
        return a->timer_start + (passed / period + 1) * period;
    return passed < period ? a->timer_start + period : NEVER;
}

static void watch_timer(struct vcpu *v)
{
    vcpu_set_deadline(v, DEADLINE_APIC, timer_due(&v->arch.vlapic, now()));
}

static void start_timer(struct vcpu *v, uint32_t count)
{
    struct vlapic *a = &v->arch.vlapic;

    a->timer_initial = count;
    a->timer_start = now();
    watch_timer(v);
}

static uint64_t timer_current(const struct vcpu *v)
{
    const struct vlapic *a = &v->arch.vlapic;
    uint64_t period = timer_period(a), passed = max_u64(now(), a->timer_start) - a->timer_start;

    if (a->timer_initial == 0 || (passed >= period && !is_periodic(a)))
        return 0;
    return min_u64((period - passed % period) / timer_tick(a), a->timer_initial);
}

uint64_t arch_vcpu_timer_next(const struct vcpu *v, uint64_t time)
{
    const struct vlapic *a = &v->arch.vlapic;

    return is_periodic(a) ? timer_due(a, time) : NEVER;
}

void arch_vcpu_timer_due(struct vcpu *v)
{
    const struct vlapic *a = &v->arch.vlapic;

    if (!(a->lvt[0] & LVT_MASKED))
        request(v, timer_vector(a));
}

void vlapic_accept(struct vcpu *v, uint8_t vector)
{
    struct vlapic *a = &v->arch.vlapic;

    __atomic_fetch_and(&a->irr[vector / 64], ~(1ul << vector % 64), __ATOMIC_SEQ_CST);
    a->isr[vector / 64] |= 1ul << vector % 64;
    if (vector == timer_vector(a) && is_periodic(a))
        watch_timer(v);
}

bool vlapic_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    struct vlapic *a = &v->arch.vlapic;

    if (msr >= X2APIC_ISR && msr < X2APIC_TMR)
        *value = register_of(a->isr, msr - X2APIC_ISR);
    else if (msr >= X2APIC_TMR && msr < X2APIC_IRR)
        *value = 0; /* all interrupts are edge-triggered */
    else if (msr >= X2APIC_IRR && msr < X2APIC_ESR)
        *value = register_of(a->irr, msr - X2APIC_IRR);
    else if (msr >= X2APIC_LVT_TIMER && msr <= X2APIC_LVT_ERROR)
        *value = a->lvt[msr - X2APIC_LVT_TIMER];
    else
        switch (msr) {
        case X2APIC_ID:
            *value = a->id;
            break;
        case X2APIC_VERSION:
            *value = VERSION_6_LVTS;
            break;
        case X2APIC_TPR:
            *value = task_priority(v);
            break;
        case X2APIC_PPR:
            *value = processor_priority(v);
            break;
        case X2APIC_LDR:
            *value = logical_id(a->id);
            break;
        case X2APIC_SVR:
            *value = a->svr;
            break;
        case X2APIC_ESR:
        case X2APIC_ICR:
            *value = 0;
            break;
        case X2APIC_TIMER_INITIAL:
            *value = a->timer_initial;
            break;
        case X2APIC_TIMER_CURRENT:
            *value = timer_current(v);
            break;
        case X2APIC_TIMER_DIVIDE:
            *value = a->timer_divide;
            break;
        default:
            return false;
        }
    return true;
}

bool vlapic_write(struct vcpu *v, uint32_t msr, uint64_t value, bool *again)
{
    struct vlapic *a = &v->arch.vlapic;

    *again = false;
    if (msr != X2APIC_ICR && value > UINT32_MAX)
        return false;
    if (msr >= X2APIC_LVT_TIMER && msr <= X2APIC_LVT_ERROR) {
        a->lvt[msr - X2APIC_LVT_TIMER] = (uint32_t)value & LVT_WRITABLE;
        if (msr == X2APIC_LVT_TIMER)
            watch_timer(v);
        return true;
    }
    switch (msr) {
    case X2APIC_TPR:
        if (value > 0xff)
            return false;
        set_task_priority(v, (uint32_t)value);
        return true;
    case X2APIC_EOI:
        if (value != 0)
            return false;
        end_of_interrupt(a);
        return true;
    case X2APIC_SVR:
        a->svr = (uint32_t)value & SVR_WRITABLE;
        return true;
    case X2APIC_ESR:
        return value == 0;
    case X2APIC_ICR:
        *again = !send_ipi(v, value);
        return true;
    case X2APIC_TIMER_INITIAL:
        start_timer(v, (uint32_t)value);
        return true;
    case X2APIC_TIMER_DIVIDE:
        a->timer_divide = (uint32_t)value & 0xb;
        watch_timer(v);
        return true;
    case X2APIC_SELF_IPI:
        request(v, (uint32_t)value & 0xff);
        return true;
    default:
        return false;
    }
}
