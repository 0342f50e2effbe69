/* SPDX-License-Identifier: BSD-2-Clause */
/* A domain's memory by guest physical address, while it is being built. */
#ifndef HV_DOMAIN_GUEST_FRAMES_H
#define HV_DOMAIN_GUEST_FRAMES_H

#include "hv/types.h"

struct domain;
struct guest_image;

/* Copy `size` bytes to guest physical `address`. -EFAULT: not all of it is memory of the domain. */
int guest_frames_write(struct domain *d, uint64_t address, const void *from, uint64_t size);

/* Is all of it memory of the domain? 0 or -EFAULT. */
int guest_frames_probe(struct domain *d, uint64_t address, uint64_t size);
/* The other way round. */
int guest_frames_read(struct domain *d, uint64_t address, void *to, uint64_t size);

/*
 * Where the image's modules go: at the top of [bottom, top), module 0 highest, each at the start of
 * a page; `at` are their addresses, `*lowest` is that of the last, or the top. -ENOMEM: they don't
 * leave `room` bytes above `bottom`.
 */
int guest_frames_place_modules(const struct guest_image *image, uint64_t bottom, uint64_t top,
                               uint64_t room, uint64_t *at, uint64_t *lowest);
/* Write them there. -EFAULT: not all of it is memory of the domain. */
int guest_frames_write_modules(struct domain *d, const struct guest_image *image,
                               const uint64_t *at);

#endif
