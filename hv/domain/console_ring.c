/* SPDX-License-Identifier: BSD-2-Clause */
#include <xen/io/console.h>

#include "hv/domain/console_ring.h"
#include "hv/domain/domain.h"

/* The guest can change every field at any time: each is read once, and indices are masked. */

void console_ring_drain(struct domain *d)
{
    struct xencons_interface *ring = d->console_ring;
    XENCONS_RING_IDX cons, prod;
    char text[64];

    if (ring == NULL)
        return;
    cons = __atomic_load_n(&ring->out_cons, __ATOMIC_RELAXED);
    prod = __atomic_load_n(&ring->out_prod, __ATOMIC_ACQUIRE);
    /* Nonsense of the guest's: never more than one ring full. */
    if (prod - cons > sizeof(ring->out))
        prod = cons + (XENCONS_RING_IDX)sizeof(ring->out);
    if (prod == cons)
        return;
    while (cons != prod) {
        size_t n = 0;

        while (cons != prod && n < sizeof(text))
            text[n++] = ring->out[MASK_XENCONS_IDX(cons++, ring->out)];
        console_domain_write(d, text, n);
    }
    __atomic_store_n(&ring->out_cons, cons, __ATOMIC_RELEASE);
    evtchn_notify_console(d);
}

void console_ring_input(struct domain *d, char c)
{
    struct xencons_interface *ring = d->console_ring;
    XENCONS_RING_IDX cons, prod;

    if (ring == NULL)
        return;
    cons = __atomic_load_n(&ring->in_cons, __ATOMIC_ACQUIRE);
    prod = __atomic_load_n(&ring->in_prod, __ATOMIC_RELAXED);
    if (prod - cons >= sizeof(ring->in))
        return;
    ring->in[MASK_XENCONS_IDX(prod, ring->in)] = c;
    __atomic_store_n(&ring->in_prod, prod + 1, __ATOMIC_RELEASE);
    evtchn_notify_console(d);
}
