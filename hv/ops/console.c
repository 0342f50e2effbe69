/* SPDX-License-Identifier: BSD-2-Clause */
/* console_io: writing to the hypervisor's console by hypercall, as early Linux does. */
#include <errno.h>

#include "hv/domain/sched.h"
#include "hv/gate/ops.h"

#define SLICE 64u
#define LONGEST_WRITE 1024u

int64_t console_write_act(struct call *call)
{
    uint64_t size = (uint32_t)call->argument[1];
    gva_t at = {call->argument[2]};
    char text[SLICE];

    if (size > LONGEST_WRITE)
        return -E2BIG;
    if (gate_probe(call->v, at, size, false) != 0)
        return -EFAULT;
    if (!console_has_room(size)) {
        sched_yield();
        return -GATE_RETRY;
    }
    while (size > 0) {
        size_t n = min_u64(size, sizeof(text));

        if (gate_copy_from(call->v, text, at, n) != 0)
            return -EFAULT;
        console_domain_write(call->d, text, n);
        at.v += n;
        size -= n;
    }
    return 0;
}
