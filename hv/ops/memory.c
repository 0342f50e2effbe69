/* SPDX-License-Identifier: BSD-2-Clause */
/* memory_op: Xen's public memory.h. */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/domain/physmap.h"
#include "hv/gate/ops.h"

/* struct e820entry of Xen's public hvm/e820.h: packed, 20 bytes. */
struct __attribute__((packed)) e820_entry {
    uint64_t start, size;
    uint32_t type;
};

int64_t memory_map_act(struct call *call)
{
    struct xen_memory_map *m = (void *)call->header;
    struct guest_memory_range range[GUEST_MAX_RANGES];
    unsigned int n = arch_guest_memory_map(call->d, range);
    gva_t at = {(uint64_t)m->buffer.p};

    if (m->nr_entries < n)
        return -EINVAL;
    if (gate_probe(call->v, at, n * sizeof(struct e820_entry), true) != 0)
        return -EFAULT;
    for (unsigned int i = 0; i < n; i++, at.v += sizeof(struct e820_entry)) {
        const struct e820_entry e = {range[i].start, range[i].size, range[i].type};

        if (gate_copy_to(call->v, at, &e, sizeof(e)) != 0)
            return -EFAULT;
    }
    m->nr_entries = n;
    return 0;
}

int add_to_physmap_decode(struct call *call)
{
    const struct xen_add_to_physmap *a = (void *)call->header;

    gate_name_domain(call, a->domid, XSM_PARTY_target);
    return 0;
}

static int add(struct domain_locked locked, const struct xen_add_to_physmap *a, mfn_t *freed)
{
    switch (a->space) {
    case XENMAPSPACE_shared_info:
        return a->idx == 0 ? physmap_add_shared_info(locked, gfn(a->gpfn), freed) : -EINVAL;
    case XENMAPSPACE_grant_table:
        return physmap_add_grant_frame(locked, a->idx, gfn(a->gpfn), freed);
    default:
        return -ENOSYS;
    }
}

int64_t add_to_physmap_act(struct call *call)
{
    const struct xen_add_to_physmap *a = (void *)call->header;
    struct domain_locked locked;
    mfn_t freed = INVALID_MFN;
    int error;

    if (call->named == NULL)
        return -ESRCH;
    locked = domain_lock(call->named);
    error = add(locked, a, &freed);
    domain_unlock(locked);
    /* Also after a failure: it may have unmapped something before. */
    physmap_free(call->named, freed);
    return error;
}
