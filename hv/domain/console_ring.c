/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/domain/console_ring.h"

#include <xen/io/console.h>

#include "hv/domain/domain.h"

/* The guest can change every field at any time: each is read once, and indices are masked. */

#define SLICE ((size_t)64)
#define MOST_SLICES 8u /* printed at once, so that no domain holds up the others for long */

_Static_assert(CONSOLE_RING_MOST_DRAINS *SLICE >= sizeof(((struct xencons_interface *)NULL)->out),
               "one slice each time at least");

/* Copy characters from `cons` on, up to `prod`. Returns how many. */
static size_t copy(const struct xencons_interface *ring, XENCONS_RING_IDX cons,
                   XENCONS_RING_IDX prod, char text[static SLICE])
{
    size_t n = 0;

    while (cons != prod && n < SLICE)
        text[n++] = ring->out[MASK_XENCONS_IDX(cons++, ring->out)];
    return n;
}

bool console_ring_drain(struct domain *d,
                        bool (*write)(struct domain *d, const char *text, size_t size))
{
    struct xencons_interface *ring = d->console_ring;
    XENCONS_RING_IDX cons, prod, start;
    char text[SLICE];

    cons = start = __atomic_load_n(&ring->out_cons, __ATOMIC_RELAXED);
    prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
    /* Nonsense of the guest's: never more than one ring full. */
    if (prod - cons > sizeof(ring->out))
        prod = cons + (XENCONS_RING_IDX)sizeof(ring->out);
    for (unsigned int i = 0; i < MOST_SLICES && cons != prod; i++) {
        size_t n = copy(ring, cons, prod, text);

        if (!write(d, text, n))
            break;
        cons += (XENCONS_RING_IDX)n;
    }
    if (cons == start)
        return cons != prod;
    __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
    evtchn_notify_console(d);
    return cons != prod;
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
