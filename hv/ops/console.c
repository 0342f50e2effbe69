/* SPDX-License-Identifier: BSD-2-Clause */
/* console_io: the hypervisor's console by hypercall, for early Linux and for initial domains. */
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

/* What was taken is gone, so that there must be room for it first. */
int64_t console_read_act(struct call *call)
{
    gva_t to = {call->argument[2]};
    char text[sizeof(call->d->typed.text)];
    size_t size = min_u64((uint32_t)call->argument[1], sizeof(text));

    if (gate_probe(call->v, to, size, true) != 0)
        return -EFAULT;
    size = console_domain_read(call->d, text, size);
    if (gate_copy_to(call->v, to, text, size) != 0)
        return -EFAULT;
    return (int64_t)size;
}
