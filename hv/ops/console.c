/* SPDX-License-Identifier: BSD-2-Clause */
/* console_io: writing to the hypervisor's console by hypercall, as early Linux does. */
#include <errno.h>

#include "hv/domain/sched.h"
#include "hv/gate/ops.h"

#define LONGEST_WRITE 1024u

int64_t console_write_act(struct call *call)
{
    uint64_t size = (uint32_t)call->argument[1];
    char text[LONGEST_WRITE];

    if (size > sizeof(text))
        return -E2BIG;
    if (gate_copy_from(call->v, text, (gva_t){call->argument[2]}, size) != 0)
        return -EFAULT;
    if (console_domain_write(call->d, text, size))
        return 0;
    vcpu_yield();
    return -GATE_RETRY;
}
