/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "hv/domain/domain.h"
#include "hv/domain/p2m.h"
#include "hv/domain/physmap.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

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
    return same_frame(d->shared_info, frame) || same_frame(d->console_ring, frame) ||
           same_frame(d->vcpu->info, frame);
}

/* Make room at `at`: RAM that is there goes back to the machine. */
static int clear(struct domain *d, gfn_t at)
{
    mfn_t frame = p2m_lookup(d, at);
    int error;

    if (frame.m == INVALID_MFN.m)
        return 0;
    if (is_kept(d, frame))
        return -EBUSY;
    error = p2m_unmap(d, at, &frame);
    if (error == 0)
        memory_free(frame, ORDER_4K);
    return error;
}

static int move(struct domain *d, mfn_t frame, gfn_t *place, gfn_t at)
{
    mfn_t unmapped;
    int error;

    if (at.g == place->g)
        return 0;
    error = clear(d, at);
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

int physmap_add_shared_info(struct domain *d, gfn_t at)
{
    return move(d, paddr_to_mfn(physical(d->shared_info)), &d->shared_info_gfn, at);
}

int physmap_add_grant_frame(struct domain *d, uint64_t index, gfn_t at)
{
    if (index >= GRANT_FRAMES)
        return -EINVAL;
    return move(d, d->grant_frame[index], &d->grant_gfn[index], at);
}
