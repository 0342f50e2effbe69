/* SPDX-License-Identifier: BSD-2-Clause */
/* One instruction between setting all general registers and reading them back (between.S). */
#ifndef PROBE_STATE_H
#define PROBE_STATE_H

#include <stdint.h>

enum general_register {
    RAX,
    RBX,
    RCX,
    RDX,
    RSI,
    RDI,
    RBP,
    R8,
    R9,
    R10,
    R11,
    R12,
    R13,
    R14,
    R15,
    FLAGS,
    NR_GENERAL
};

struct general_registers {
    uint64_t value[NR_GENERAL];
};

typedef void between_registers(const struct general_registers *set, struct general_registers *got);

/* A hypercall; CPUID; RDMSR; IN; or a loop of `spin_rounds` rounds. */
between_registers between_vmmcall, between_cpuid, between_rdmsr, between_in, between_spin;
extern uint64_t spin_rounds;

#endif
