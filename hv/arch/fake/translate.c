/* SPDX-License-Identifier: BSD-2-Clause */
/* A guest's virtual addresses are its physical ones, but for the ranges that a test restricts. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"
#include "hv/domain/p2m.h"
#include "hv/machine/panic.h"

void fake_restrict(const struct domain *d, uint64_t start, uint64_t end, enum fake_access access)
{
    assert(fake.nr_ranges < FAKE_MAX_RANGES);
    fake.range[fake.nr_ranges++] = (struct fake_range){d->domid, start, end, access};
}

int arch_translate(struct vcpu *v, gva_t address, bool write, mfn_t *frame)
{
    for (unsigned int i = 0; i < fake.nr_ranges; i++) {
        const struct fake_range *r = &fake.range[i];

        if (r->domid == v->domain->domid && address.v >= r->start && address.v < r->end &&
            (write || r->access == FAKE_UNMAPPED))
            return -EFAULT;
    }
    *frame = p2m_lookup(v->domain, gfn(address.v >> PAGE_SHIFT));
    return frame->m == INVALID_MFN.m ? -EFAULT : 0;
}
