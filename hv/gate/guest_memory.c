/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/gate/gate.h"
#include "hv/machine/memory.h"

/* The guest's page behind `at`, and how much of `size` lies in it. */
static int locate(struct vcpu *v, gva_t at, size_t size, bool write, uint8_t **page, size_t *n)
{
    mfn_t frame;
    int error = arch_translate(v, at, write, &frame);

    if (error != 0)
        return error;
    *page = (uint8_t *)map_mfn(frame) + (at.v & PAGE_MASK);
    *n = min_u64(size, PAGE_SIZE - (at.v & PAGE_MASK));
    return 0;
}

static bool wraps(gva_t at, size_t size)
{
    return size > 0 && at.v + size - 1 < at.v;
}

int gate_copy_from(struct vcpu *v, void *to, gva_t from, size_t size)
{
    uint8_t *target = to, *page;
    size_t n;

    if (wraps(from, size))
        return -EFAULT;
    for (; size > 0; size -= n, target += n, from.v += n) {
        if (locate(v, from, size, false, &page, &n) != 0)
            return -EFAULT;
        memcpy(target, page, n);
    }
    return 0;
}

int gate_probe(struct vcpu *v, gva_t at, size_t size, bool write)
{
    uint8_t *page;
    size_t n;

    if (wraps(at, size))
        return -EFAULT;
    for (; size > 0; size -= n, at.v += n) {
        if (locate(v, at, size, write, &page, &n) != 0)
            return -EFAULT;
    }
    return 0;
}

int gate_copy_to(struct vcpu *v, gva_t to, const void *from, size_t size)
{
    const uint8_t *source = from;
    uint8_t *page;
    size_t n;

    if (gate_probe(v, to, size, true) != 0)
        return -EFAULT;
    for (; size > 0; size -= n, source += n, to.v += n) {
        if (locate(v, to, size, true, &page, &n) != 0)
            return -EFAULT;
        memcpy(page, source, n);
    }
    return 0;
}
