/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/domain/domain.h"
#include "hv/domain/guest_frames.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"

/* What the hypervisor sees at guest physical `address`, and how much of `size` in one piece. */
static void *locate(struct domain *d, uint64_t address, uint64_t size, uint64_t *n)
{
    uint64_t frames, inside = address & PAGE_MASK;
    mfn_t frame = p2m_lookup_run(d, gfn(address >> PAGE_SHIFT), &frames);

    if (frame.m == INVALID_MFN.m)
        return NULL;
    *n = min_u64(size, (frames << PAGE_SHIFT) - inside);
    return (uint8_t *)map_mfn(frame) + inside;
}

int guest_frames_probe(struct domain *d, uint64_t address, uint64_t size)
{
    if (address + size < address)
        return -EFAULT;
    while (size > 0) {
        uint64_t n;

        if (locate(d, address, size, &n) == NULL)
            return -EFAULT;
        address += n;
        size -= n;
    }
    return 0;
}

int guest_frames_write(struct domain *d, uint64_t address, const void *from, uint64_t size)
{
    const uint8_t *source = from;

    while (size > 0) {
        uint64_t n;
        void *at = locate(d, address, size, &n);

        if (at == NULL)
            return -EFAULT;
        memcpy(at, source, n);
        address += n;
        source += n;
        size -= n;
    }
    return 0;
}

int guest_frames_read(struct domain *d, uint64_t address, void *to, uint64_t size)
{
    uint8_t *target = to;

    while (size > 0) {
        uint64_t n;
        const void *at = locate(d, address, size, &n);

        if (at == NULL)
            return -EFAULT;
        memcpy(target, at, n);
        address += n;
        target += n;
        size -= n;
    }
    return 0;
}

int guest_frames_place_modules(const struct guest_image *image, uint64_t bottom, uint64_t top,
                               uint64_t room, uint64_t *at, uint64_t *lowest)
{
    for (unsigned int i = 0; i < image->nr_modules; i++) {
        if (image->module[i].size > top)
            return -ENOMEM;
        top = align_down(top - image->module[i].size, PAGE_SIZE);
        at[i] = top;
    }
    *lowest = align_down(top, PAGE_SIZE);
    return *lowest >= bottom && *lowest - bottom >= room ? 0 : -ENOMEM;
}

int guest_frames_write_modules(struct domain *d, const struct guest_image *image,
                               const uint64_t *at)
{
    int error = 0;

    for (unsigned int i = 0; i < image->nr_modules && error == 0; i++)
        error = guest_frames_write(d, at[i], image->module[i].data, image->module[i].size);
    return error;
}
