/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "hv/domain/guest_frames.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"

int guest_frames_write(struct domain *d, uint64_t address, const void *from, uint64_t size)
{
    const uint8_t *source = from;

    while (size > 0) {
        uint64_t frames, inside = address & PAGE_MASK, n;
        mfn_t frame = p2m_lookup_run(d, gfn(address >> PAGE_SHIFT), &frames);

        if (frame.m == INVALID_MFN.m)
            return -EFAULT;
        n = min_u64(size, (frames << PAGE_SHIFT) - inside);
        memcpy((uint8_t *)map_mfn(frame) + inside, source, n);
        address += n;
        source += n;
        size -= n;
    }
    return 0;
}
