/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's virtual addresses, by walking its own page tables (APM2 5.3). Every frame on the way,
 * tables included, is one of the guest's: p2m_lookup() knows no other. The guest can change its
 * tables meanwhile; that moves what it names among its own frames and no further.
 */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/vmcb.h"
#include "hv/arch/x86/x86.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"

#define CANONICAL_SHIFT 47

static bool is_canonical(gva_t address)
{
    uint64_t top = address.v >> CANONICAL_SHIFT;

    return top == 0 || top == UINT64_MAX >> CANONICAL_SHIFT;
}

static int read_entry(const struct domain *d, uint64_t table, uint64_t index, uint64_t *entry)
{
    mfn_t frame = p2m_lookup(d, gfn(table >> PAGE_SHIFT));
    const uint64_t *entries;

    if (frame.m == INVALID_MFN.m)
        return -EFAULT;
    entries = map_mfn(frame);
    *entry = __atomic_load_n(&entries[index], __ATOMIC_RELAXED);
    return 0;
}

static bool in_long_mode(const struct vmcb *vmcb)
{
    return (vmcb->cr0 & CR0_PG) && (vmcb->efer & EFER_LMA) && !(vmcb->cr4 & CR4_LA57);
}

int arch_translate(struct vcpu *v, gva_t address, bool write, mfn_t *frame)
{
    const struct vmcb *vmcb = v->arch.vmcb;
    uint64_t table = vmcb->cr3 & PTE_ADDRESS, entry = 0;
    unsigned int shift = PAGE_SHIFT + 27;

    if (!in_long_mode(vmcb) || !is_canonical(address))
        return -EFAULT;
    for (;; shift -= 9) {
        if (read_entry(v->domain, table, address.v >> shift & 511, &entry) != 0)
            return -EFAULT;
        if (!(entry & PTE_P) || (write && !(entry & PTE_RW)))
            return -EFAULT;
        table = entry & PTE_ADDRESS;
        if (shift == PAGE_SHIFT || (entry & PTE_PS))
            break;
    }
    if (shift > PAGE_SHIFT + 18)
        return -EFAULT; /* a page size that the top level doesn't have */
    table = align_down(table, 1ul << shift) | (address.v & ((1ul << shift) - 1));
    *frame = p2m_lookup(v->domain, gfn(table >> PAGE_SHIFT));
    return frame->m == INVALID_MFN.m ? -EFAULT : 0;
}
