/* SPDX-License-Identifier: BSD-2-Clause */
/* What guests are told of the clock, and how an event reaches them: Xen's public xen.h. */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/gate/gate.h"

#define FIRST_CALLBACK_VECTOR 16
#define CALLBACK_TYPE_SHIFT 56 /* of HVM_PARAM_CALLBACK_IRQ: params.h */

/* One tick of the clock is a nanosecond: 2^31 * 2^1 / 2^32. */
static void fill_time(struct vcpu_time_info *time)
{
    time->version = (time->version | 1) + 1;
    time->tsc_timestamp = 0;
    time->system_time = 0;
    time->tsc_to_system_mul = 1u << 31;
    time->tsc_shift = 1;
    time->flags = XEN_PVCLOCK_TSC_STABLE_BIT;
}

void arch_init_shared_info(struct domain *d)
{
    struct shared_info *shared = d->shared_info;

    shared->wc_version = 2;
    shared->wc_sec = (uint32_t)arch_wallclock_at_start();
    shared->wc_sec_hi = (uint32_t)(arch_wallclock_at_start() >> 32);
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

/* Nobody executes it: a page that a test can recognise. */
void arch_write_hypercall_page(void *page)
{
    memset(page, 0x90, PAGE_SIZE);
}
