/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/vlapic.h"
#include "hv/arch/x86/x86.h"
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
#define ICR_SHORTHAND_OTHERS 0xc0000u
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
    v->arch.vlapic.irr[vector / 32] |= 1u << vector % 32;
    vcpu_wake(v);
}

static uint32_t highest_bit(const uint32_t bits[static 8])
{
    for (uint32_t i = 8; i-- > 0;) {
        if (bits[i] != 0)
            return i * 32 + 31 - (uint32_t)__builtin_clz(bits[i]);
    }
    return 0;
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

void vlapic_accept(struct vcpu *v, uint8_t vector)
{
    struct vlapic *a = &v->arch.vlapic;

    a->irr[vector / 32] &= ~(1u << vector % 32);
    a->isr[vector / 32] |= 1u << vector % 32;
}

static void end_of_interrupt(struct vlapic *a)
{
    uint32_t vector = highest_bit(a->isr);

    a->isr[vector / 32] &= ~(1u << vector % 32);
}

static void send_ipi(struct vcpu *v, uint64_t icr)
{
    uint32_t destination = (uint32_t)(icr >> 32), shorthand = (uint32_t)icr & ICR_SHORTHAND;
    bool to_self = shorthand == ICR_SHORTHAND_NONE
                       ? destination == v->arch.vlapic.id || destination == DESTINATION_ALL
                       : shorthand != ICR_SHORTHAND_OTHERS;

    if (to_self && (icr & ICR_DELIVERY_MODE) == 0)
        request(v, (uint32_t)icr & 0xff);
}

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

static void start_timer(struct vcpu *v, uint32_t count)
{
    struct vlapic *a = &v->arch.vlapic;

    a->timer_initial = count;
    v->deadline[DEADLINE_APIC] = count == 0 ? NEVER : now() + timer_period(a);
    time_arm(v->deadline[DEADLINE_APIC]);
}

static uint64_t timer_current(const struct vcpu *v)
{
    uint64_t deadline = v->deadline[DEADLINE_APIC], time = now();

    if (deadline == NEVER || deadline <= time)
        return 0;
    return min_u64((deadline - time) / timer_tick(&v->arch.vlapic), v->arch.vlapic.timer_initial);
}

void arch_vcpu_timer_due(struct vcpu *v)
{
    struct vlapic *a = &v->arch.vlapic;

    if (!(a->lvt[0] & LVT_MASKED))
        request(v, a->lvt[0] & 0xff);
    v->deadline[DEADLINE_APIC] = a->lvt[0] & LVT_PERIODIC ? now() + timer_period(a) : NEVER;
}

bool vlapic_read(struct vcpu *v, uint32_t msr, uint64_t *value)
{
    struct vlapic *a = &v->arch.vlapic;

    if (msr >= X2APIC_ISR && msr < X2APIC_TMR)
        *value = a->isr[msr - X2APIC_ISR];
    else if (msr >= X2APIC_TMR && msr < X2APIC_IRR)
        *value = 0; /* all interrupts are edge-triggered */
    else if (msr >= X2APIC_IRR && msr < X2APIC_ESR)
        *value = a->irr[msr - X2APIC_IRR];
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
            *value = (uint64_t)(a->id >> 4) << 16 | 1u << (a->id & 0xf);
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

bool vlapic_write(struct vcpu *v, uint32_t msr, uint64_t value)
{
    struct vlapic *a = &v->arch.vlapic;

    if (msr != X2APIC_ICR && value > UINT32_MAX)
        return false;
    if (msr >= X2APIC_LVT_TIMER && msr <= X2APIC_LVT_ERROR) {
        a->lvt[msr - X2APIC_LVT_TIMER] = (uint32_t)value & LVT_WRITABLE;
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
        send_ipi(v, value);
        return true;
    case X2APIC_TIMER_INITIAL:
        start_timer(v, (uint32_t)value);
        return true;
    case X2APIC_TIMER_DIVIDE:
        a->timer_divide = (uint32_t)value & 0xb;
        return true;
    case X2APIC_SELF_IPI:
        request(v, (uint32_t)value & 0xff);
        return true;
    default:
        return false;
    }
}
