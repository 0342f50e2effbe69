/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <xen/event_channel.h>

#include "hv/arch/arch.h"
#include "hv/domain/console_ring.h"
#include "hv/domain/evtchn.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"

#define BITS_PER_WORD 64u
#define CONSOLE_PORT 1u

_Static_assert(CONFIG_MAX_EVENT_CHANNELS <= EVTCHN_2L_NR_CHANNELS, "the two-level ABI ends there");

static unsigned int table_order(void)
{
    unsigned int order = 0;

    while ((PAGE_SIZE << order) < CONFIG_MAX_EVENT_CHANNELS * sizeof(struct evtchn))
        order++;
    return order;
}

int evtchn_init(struct domain *d)
{
    mfn_t table = memory_alloc(table_order(), OWNER_HYPERVISOR);

    if (table.m == INVALID_MFN.m)
        return -ENOMEM;
    d->evtchn = map_mfn(table);
    d->evtchn[0].state = EVTCHN_RESERVED;
    d->evtchn[CONSOLE_PORT] = (struct evtchn){.state = EVTCHN_CONSOLE, .sid = d->channel_sid};
    d->param[HVM_PARAM_CONSOLE_EVTCHN] = CONSOLE_PORT;
    return 0;
}

void evtchn_destroy(struct domain *d)
{
    if (d->evtchn == NULL)
        return;
    for (uint32_t port = 1; port < CONFIG_MAX_EVENT_CHANNELS; port++)
        (void)evtchn_close(d, port);
    memory_free(paddr_to_mfn(physical(d->evtchn)), table_order());
    d->evtchn = NULL;
}

int evtchn_free_port(const struct domain *d)
{
    for (int port = 1; port < CONFIG_MAX_EVENT_CHANNELS; port++) {
        if (d->evtchn[port].state == EVTCHN_FREE)
            return port;
    }
    return -ENOSPC;
}

struct evtchn *evtchn_at(const struct domain *d, uint32_t port)
{
    if (port >= CONFIG_MAX_EVENT_CHANNELS || d->evtchn[port].state == EVTCHN_FREE)
        return NULL;
    return &d->evtchn[port];
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes through it */
static bool test_and_set(xen_ulong_t *words, uint32_t bit)
{
    uint64_t mask = 1ul << bit % BITS_PER_WORD;

    return __atomic_fetch_or(&words[bit / BITS_PER_WORD], mask, __ATOMIC_SEQ_CST) & mask;
}

static bool test_bit(const xen_ulong_t *words, uint32_t bit)
{
    xen_ulong_t word = __atomic_load_n(&words[bit / BITS_PER_WORD], __ATOMIC_SEQ_CST);

    return (word >> bit % BITS_PER_WORD) & 1;
}

void evtchn_notify_console(struct domain *d)
{
    uint32_t port = (uint32_t)d->param[HVM_PARAM_CONSOLE_EVTCHN];

    if (d->evtchn[port].state == EVTCHN_CONSOLE)
        evtchn_set_pending(d, port);
}

bool evtchn_is_pending(const struct domain *d, uint32_t port)
{
    return test_bit(d->shared_info->evtchn_pending, port);
}

/* The second level: the word of pending bits, and the upcall. */
static void notify(struct vcpu *v, uint32_t port)
{
    if (!test_and_set(&v->info->evtchn_pending_sel, port / BITS_PER_WORD))
        __atomic_store_n(&v->info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    vcpu_wake(v);
}

void evtchn_set_pending(struct domain *d, uint32_t port)
{
    struct vcpu *v = d->vcpu;

    if (evtchn_at(d, port) == NULL)
        return;
    if (!test_and_set(d->shared_info->evtchn_pending, port) &&
        !test_bit(d->shared_info->evtchn_mask, port))
        notify(v, port);
    if (v->poll_port == port || v->poll_port == POLL_ANY_PORT)
        vcpu_wake(v);
}

void evtchn_unmask(struct domain *d, uint32_t port)
{
    uint64_t mask = 1ul << port % BITS_PER_WORD;

    __atomic_fetch_and(&d->shared_info->evtchn_mask[port / BITS_PER_WORD], ~mask, __ATOMIC_SEQ_CST);
    if (evtchn_is_pending(d, port))
        notify(d->vcpu, port);
}

/* The domain at the other end; NULL if it is gone. */
static struct domain *remote_domain(const struct evtchn *e)
{
    struct domain *remote = domain_by_domid(e->remote);

    return remote != NULL && remote->generation == e->remote_generation ? remote : NULL;
}

int evtchn_send(struct domain *d, uint32_t port)
{
    const struct evtchn *e = evtchn_at(d, port);
    struct domain *remote;

    if (e == NULL)
        return -EINVAL;
    switch (e->state) {
    case EVTCHN_INTERDOMAIN:
        remote = remote_domain(e);
        if (remote != NULL)
            evtchn_set_pending(remote, e->remote_port);
        return 0;
    case EVTCHN_CONSOLE:
        if (console_ring_drain(d))
            time_arm(now() + CONSOLE_BUSY_INTERVAL);
        return 0;
    case EVTCHN_IPI:
        evtchn_set_pending(d, port);
        return 0;
    case EVTCHN_UNBOUND:
        return 0; /* nobody hears it, which is no error (event_channel.h) */
    default:
        return -EINVAL;
    }
}

int evtchn_close(struct domain *d, uint32_t port)
{
    struct evtchn *e = evtchn_at(d, port);
    struct domain *remote;

    if (e == NULL || e->state == EVTCHN_RESERVED)
        return -EINVAL;
    if (e->state == EVTCHN_INTERDOMAIN) {
        remote = remote_domain(e);
        if (remote != NULL && remote->evtchn != NULL)
            remote->evtchn[e->remote_port].state = EVTCHN_UNBOUND;
    }
    if (e->state == EVTCHN_VIRQ && d->vcpu != NULL)
        d->vcpu->virq_port[e->virq] = 0;
    if (e->state == EVTCHN_CONSOLE)
        d->param[HVM_PARAM_CONSOLE_EVTCHN] = 0;
    *e = (struct evtchn){.state = EVTCHN_FREE};
    if (d->shared_info != NULL)
        __atomic_fetch_and(&d->shared_info->evtchn_pending[port / BITS_PER_WORD],
                           ~(1ul << port % BITS_PER_WORD), __ATOMIC_SEQ_CST);
    return 0;
}

void evtchn_raise_virq(struct vcpu *v, unsigned int virq)
{
    if (v->virq_port[virq] != 0)
        evtchn_set_pending(v->domain, v->virq_port[virq]);
}
