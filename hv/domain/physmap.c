/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "hv/domain/domain.h"
#include "hv/domain/p2m.h"
#include "hv/domain/physmap.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/quiesce.h"

static bool same_frame(const void *pointer, mfn_t frame)
{
    return pointer != NULL && paddr_to_mfn(physical(pointer)).m == frame.m;
}

/* Frames that the hypervisor writes to, or keeps for the domain wherever they are mapped. */
static bool is_kept(const struct domain *d, mfn_t frame)
{
    for (unsigned int i = 0; i < GRANT_FRAMES; i++) {
        if (d->grant_frame[i].m == frame.m)
            return true;
    }
    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        if (same_frame(d->vcpu[i]->info, frame))
            return true;
    }
    return same_frame(d->shared_info, frame) || same_frame(d->console_ring, frame);
}

/* Make room at `at`: RAM that is there goes back to the machine. */
static int clear(struct domain *d, gfn_t at, mfn_t *freed)
{
    mfn_t frame = p2m_lookup(d, at);
    int error;

    if (frame.m == INVALID_MFN.m)
        return 0;
    if (is_kept(d, frame))
        return -EBUSY;
    error = p2m_unmap(d, at, freed);
    if (error == 0)
        memory_take_away(*freed);
    return error;
}

static int move(struct domain *d, mfn_t frame, gfn_t *place, gfn_t at, mfn_t *freed)
{
    mfn_t unmapped;
    int error;

    *freed = INVALID_MFN;
    if (at.g == place->g)
        return 0;
    error = clear(d, at, freed);
    if (error == 0)
        error = p2m_map(d, at, frame, ORDER_4K);
    if (error != 0)
        return error;
    if (place->g != ~0ul) {
        error = p2m_unmap(d, *place, &unmapped);
        assert(error == 0 && unmapped.m == frame.m);
    }
    *place = at;
    return 0;
}

int physmap_add_shared_info(struct domain_locked locked, gfn_t at, mfn_t *freed)
{
    struct domain *d = locked.d;

    return move(d, paddr_to_mfn(physical(d->shared_info)), &d->shared_info_gfn, at, freed);
}

int physmap_add_grant_frame(struct domain_locked locked, uint64_t index, gfn_t at, mfn_t *freed)
{
    struct domain *d = locked.d;

    *freed = INVALID_MFN;
    if (index >= GRANT_FRAMES)
        return -EINVAL;
    return move(d, d->grant_frame[index], &d->grant_gfn[index], at, freed);
}

void physmap_free(struct domain *d, mfn_t freed)
{
    quiesce_wait_flushed(d);
    if (freed.m == INVALID_MFN.m)
        return;
    memory_mark_flushed(freed);
    memory_free(freed, ORDER_4K);
}
