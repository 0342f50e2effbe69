/* SPDX-License-Identifier: BSD-2-Clause */
#include <xen/io/console.h>

#include "hv/domain/console_ring.h"
#include "hv/domain/domain.h"

/* The guest can change every field at any time: each is read once, and indices are masked. */

#define SLICE 64u
#define MOST_SLICES 8u /* printed at once, so that no domain holds up the others for long */

/* Move characters out of the ring, up to `prod`. */
static size_t take(const struct xencons_interface *ring, XENCONS_RING_IDX *cons,
                   XENCONS_RING_IDX prod, char text[static SLICE])
{
    size_t n = 0;

    while (*cons != prod && n < SLICE)
        text[n++] = ring->out[MASK_XENCONS_IDX((*cons)++, ring->out)];
    return n;
}

bool console_ring_drain(struct domain *d)
{
    struct xencons_interface *ring = d->console_ring;
    XENCONS_RING_IDX cons, prod, start;
    char text[SLICE];

    cons = start = __atomic_load_n(&ring->out_cons, __ATOMIC_RELAXED);
    prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
    /* Nonsense of the guest's: never more than one ring full. */
    if (prod - cons > sizeof(ring->out))
        prod = cons + (XENCONS_RING_IDX)sizeof(ring->out);
    for (unsigned int i = 0; i < MOST_SLICES && cons != prod && console_has_room(SLICE); i++)
        console_domain_write(d, text, take(ring, &cons, prod, text));
    if (cons == start)
        return cons != prod;
    __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
    evtchn_notify_console(d);
    return cons != prod;
}

void console_ring_drain_last(struct domain *d)
{
    for (size_t i = 0; i < sizeof(d->console_ring->out) / SLICE; i++) {
        if (!console_ring_drain(d))
            return;
    }
}

void console_ring_input(struct domain *d, char c)
{
    struct xencons_interface *ring = d->console_ring;
    XENCONS_RING_IDX cons, prod;

    cons = __atomic_load_n(&ring->in_cons, __ATOMIC_ACQUIRE);
    prod = __atomic_load_n(&ring->in_prod, __ATOMIC_RELAXED);
    if (prod - cons >= sizeof(ring->in))
        return;
    ring->in[MASK_XENCONS_IDX(prod, ring->in)] = c;
    __atomic_store_n(&ring->in_prod, prod + 1, __ATOMIC_RELEASE);
    evtchn_notify_console(d);
}
