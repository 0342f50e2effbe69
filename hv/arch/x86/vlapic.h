/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The virtual local APIC (APM2 chapter 16): x2APIC mode only and always on, so that a guest
 * reaches it by MSRs and never by memory.
 */
#ifndef HV_ARCH_X86_VLAPIC_H
#define HV_ARCH_X86_VLAPIC_H

#include "hv/domain/domain.h"

void vlapic_init(struct vcpu *v);
/* false: the guest gets #GP. `*again`: the instruction is to be executed again. */
bool vlapic_read(struct vcpu *v, uint32_t msr, uint64_t *value);
bool vlapic_write(struct vcpu *v, uint32_t msr, uint64_t value, bool *again);
/* Is any vector requested? */
static inline bool vlapic_has_request(const struct vcpu *v)
{
    const uint64_t *irr = v->arch.vlapic.irr;

    return (__atomic_load_n(&irr[0], __ATOMIC_SEQ_CST) |
            __atomic_load_n(&irr[1], __ATOMIC_SEQ_CST) |
            __atomic_load_n(&irr[2], __ATOMIC_SEQ_CST) |
            __atomic_load_n(&irr[3], __ATOMIC_SEQ_CST)) != 0;
}
/* The most urgent vector that is requested and not held back by priority; 0: none. */
uint8_t vlapic_highest(struct vcpu *v);
/* The CPU has taken `vector`. */
void vlapic_accept(struct vcpu *v, uint8_t vector);

#endif
