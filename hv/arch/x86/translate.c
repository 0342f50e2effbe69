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

/* A piece of the guest's memory that is one mapping; a guest's tables are often all in one. */
struct piece {
    gfn_t start;
    mfn_t frame;
    uint64_t frames;
};

static mfn_t frame_at(const struct domain *d, gfn_t at, struct piece *last)
{
    if (at.g - last->start.g >= last->frames) {
        last->start = at;
        last->frame = p2m_lookup_run(d, at, &last->frames);
    }
    return last->frames > 0 ? mfn(last->frame.m + (at.g - last->start.g)) : INVALID_MFN;
}

static int read_entry(const struct domain *d, uint64_t table, uint64_t index, uint64_t *entry,
                      struct piece *last)
{
    mfn_t frame = frame_at(d, gfn(table >> PAGE_SHIFT), last);
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
    struct piece last = {.frames = 0};

    if (!in_long_mode(vmcb) || !is_canonical(address))
        return -EFAULT;
    for (;; shift -= 9) {
        if (read_entry(v->domain, table, address.v >> shift & 511, &entry, &last) != 0)
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
    *frame = frame_at(v->domain, gfn(table >> PAGE_SHIFT), &last);
    return frame->m == INVALID_MFN.m ? -EFAULT : 0;
}
