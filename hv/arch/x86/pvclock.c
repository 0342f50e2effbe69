/* SPDX-License-Identifier: BSD-2-Clause */
/* What guests are told of the clock, and how an event reaches them: Xen's public xen.h. */
#include <errno.h>
#include <string.h>
#include <xen/hvm/params.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/clock.h"
#include "hv/arch/x86/cpu.h"
#include "hv/arch/x86/x86.h"
#include "hv/gate/gate.h"

#define FIRST_CALLBACK_VECTOR 16
#define CALLBACK_TYPE_SHIFT 56 /* of HVM_PARAM_CALLBACK_IRQ: params.h */
#define HYPERCALL_SLOT 32
#define HYPERCALL_SLOTS (PAGE_SIZE / HYPERCALL_SLOT)

static void fill_time(struct vcpu_time_info *time)
{
    const struct clock_scale *scale = clock_scale();

    /* An odd version means: being changed. */
    __atomic_store_n(&time->version, time->version | 1, __ATOMIC_RELEASE);
    time->tsc_timestamp = scale->base;
    time->system_time = 0;
    time->tsc_to_system_mul = scale->mul;
    time->tsc_shift = scale->shift;
    time->flags = cpu_features.invariant_tsc ? XEN_PVCLOCK_TSC_STABLE_BIT : 0;
    __atomic_store_n(&time->version, (time->version | 1) + 1, __ATOMIC_RELEASE);
}

void arch_init_shared_info(struct domain *d)
{
    struct shared_info *shared = d->shared_info;
    uint64_t seconds = arch_wallclock_at_start();

    shared->wc_version = 2;
    shared->wc_sec = (uint32_t)seconds;
    shared->wc_sec_hi = (uint32_t)(seconds >> 32);
    shared->wc_nsec = 0;
}

void arch_init_vcpu_time(struct vcpu *v)
{
    fill_time(&v->info->time);
}

int arch_vcpu_register_time(struct vcpu *v, gva_t area)
{
    struct vcpu_time_info time = {0};

    fill_time(&time);
    return gate_copy_to(v, area, &time, sizeof(time));
}

/* HVM_PARAM_CALLBACK_IRQ: type in the top byte, vector in the lowest. */
int arch_set_callback(struct domain *d, uint64_t value)
{
    uint64_t type = value >> CALLBACK_TYPE_SHIFT, vector = value & 0xff;

    if (value == 0) {
        __atomic_store_n(&d->arch.callback_vector, 0, __ATOMIC_RELAXED);
        return 0;
    }
    if (type != HVM_PARAM_CALLBACK_TYPE_VECTOR || vector < FIRST_CALLBACK_VECTOR)
        return -EINVAL;
    __atomic_store_n(&d->arch.callback_vector, (uint8_t)vector, __ATOMIC_RELAXED);
    return 0;
}

/* Each slot: mov $number, %eax; vmmcall; ret. The slot of iret, which HVM guests lack: ud2. */
void arch_write_hypercall_page(void *page)
{
    uint8_t *slot = page;

    memset(page, 0x90, PAGE_SIZE);
    for (uint32_t number = 0; number < HYPERCALL_SLOTS; number++, slot += HYPERCALL_SLOT) {
        uint8_t code[] = {0xb8, 0, 0, 0, 0, 0x0f, 0x01, 0xd9, 0xc3};

        memcpy(code + 1, &number, sizeof(number));
        memcpy(slot, code, sizeof(code));
        if (number == __HYPERVISOR_iret)
            memcpy(slot, (const uint8_t[]){0x0f, 0x0b}, 2);
    }
}
