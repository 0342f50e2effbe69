/* SPDX-License-Identifier: BSD-2-Clause */
/* The registers that a vCPU begins with: the two that the fake machine has. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/domain/domain.h"
#include "hv/public/bailiwick_op.h"

#define FLAGS 2u

void arch_vcpu_get_state(const struct vcpu *v, struct bw_vcpu_state *state)
{
    *state =
        (struct bw_vcpu_state){.rbx = v->arch.start_info, .rip = v->arch.entry, .rflags = FLAGS};
}

int arch_vcpu_set_state(struct vcpu *v, const struct bw_vcpu_state *state)
{
    if (state->rip > UINT32_MAX || state->rflags != FLAGS)
        return -EINVAL;
    v->arch.start_info = state->rbx;
    v->arch.entry = state->rip;
    return 0;
}
