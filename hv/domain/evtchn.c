/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <xen/event_channel.h>

#include "hv/arch/arch.h"
#include "hv/domain/evtchn.h"
#include "hv/domain/sched.h"
#include "hv/machine/memory.h"

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

void evtchn_close_all(struct domain *d)
{
    for (uint32_t port = 1; d->evtchn != NULL && port < CONFIG_MAX_EVENT_CHANNELS; port++) {
        struct domain_locked_both both;
        struct domain *other;

        if (evtchn_at(d, port) == NULL)
            continue; /* and it stays free: the domain is stopped */
        other = evtchn_remote(&d->evtchn[port]);
        both = domain_lock_both(d, other != NULL ? other : d);
        (void)evtchn_close(both.a, both.b, port);
        domain_unlock_both(both);
    }
}

void evtchn_destroy(struct domain *d)
{
    if (d->evtchn != NULL)
        memory_free(paddr_to_mfn(physical(d->evtchn)), table_order());
    d->evtchn = NULL;
}

/*
 * What a port is changes under its domain's lock. The number of its change comes last: who reads it
 * before the rest, without the lock, has read all of that change, and nothing of a later one if the
 * number is the same under the lock.
 */
static void set_port(struct evtchn *e, struct evtchn to)
{
    __atomic_store_n(&e->sid, to.sid, __ATOMIC_RELAXED);
    __atomic_store_n(&e->vcpu, to.vcpu, __ATOMIC_RELAXED);
    __atomic_store_n(&e->remote, to.remote, __ATOMIC_RELAXED);
    __atomic_store_n(&e->remote_generation, to.remote_generation, __ATOMIC_RELAXED);
    e->remote_port = to.remote_port;
    e->virq = to.virq;
    __atomic_store_n(&e->state, to.state, __ATOMIC_RELEASE);
    __atomic_store_n(&e->generation, e->generation + 1, __ATOMIC_RELEASE);
}

int evtchn_make(struct domain_locked locked, struct evtchn made)
{
    struct domain *d = locked.d;

    for (int port = 1; port < CONFIG_MAX_EVENT_CHANNELS; port++) {
        if (d->evtchn[port].state != EVTCHN_FREE)
            continue;
        set_port(&d->evtchn[port], made);
        return port;
    }
    return -ENOSPC;
}

int evtchn_bind(struct domain_locked locked, struct domain_locked other, uint32_t far_port,
                xsm_sid sid)
{
    struct evtchn *far = evtchn_at(other.d, far_port), bound;
    struct evtchn made = {.state = EVTCHN_INTERDOMAIN,
                          .remote = other.d->domid,
                          .remote_generation = other.d->generation,
                          .remote_port = far_port,
                          .sid = sid};
    int port;

    if (far == NULL || far->state != EVTCHN_UNBOUND || far->remote != locked.d->domid ||
        far->remote_generation != locked.d->generation)
        return -EINVAL;
    port = evtchn_make(locked, made);
    if (port < 0)
        return port;
    bound = *far;
    bound.state = EVTCHN_INTERDOMAIN;
    bound.remote_port = (uint32_t)port;
    set_port(far, bound);
    return port;
}

void evtchn_relabel(struct domain_locked locked, uint32_t port, xsm_sid sid)
{
    struct evtchn relabelled = locked.d->evtchn[port];

    relabelled.sid = sid;
    set_port(&locked.d->evtchn[port], relabelled);
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
    struct domain_locked locked = domain_lock(d);
    uint32_t port = (uint32_t)d->param[HVM_PARAM_CONSOLE_EVTCHN];

    if (d->evtchn[port].state == EVTCHN_CONSOLE)
        evtchn_set_pending(d, port);
    domain_unlock(locked);
}

bool evtchn_is_pending(const struct domain *d, uint32_t port)
{
    return test_bit(d->shared_info->evtchn_pending, port);
}

/* The second level: the word of pending bits, and the upcall. */
static void notify(struct vcpu *v, uint32_t port)
{
    struct vcpu_info *info = __atomic_load_n(&v->info, __ATOMIC_ACQUIRE);

    if (!test_and_set(&info->evtchn_pending_sel, port / BITS_PER_WORD))
        __atomic_store_n(&info->evtchn_upcall_pending, 1, __ATOMIC_SEQ_CST);
    vcpu_wake(v);
}

static struct vcpu *notified_vcpu(const struct domain *d, uint32_t port)
{
    return domain_vcpu(d, __atomic_load_n(&d->evtchn[port].vcpu, __ATOMIC_RELAXED));
}

/* vCPUs that poll for the port; there are none but rarely. */
static void wake_pollers(struct domain *d, uint32_t port)
{
    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        struct vcpu *v = d->vcpu[i];
        uint32_t polled = __atomic_load_n(&v->poll_port, __ATOMIC_SEQ_CST);

        if (polled != port && polled != POLL_ANY_PORT)
            continue;
        __atomic_store_n(&v->woken, true, __ATOMIC_SEQ_CST);
        vcpu_wake(v);
    }
}

void evtchn_set_pending(struct domain *d, uint32_t port)
{
    if (evtchn_at(d, port) == NULL)
        return;
    if (!test_and_set(d->shared_info->evtchn_pending, port) &&
        !test_bit(d->shared_info->evtchn_mask, port))
        notify(notified_vcpu(d, port), port);
    if (__atomic_load_n(&d->nr_polling, __ATOMIC_SEQ_CST) > 0)
        wake_pollers(d, port);
}

void evtchn_redirect(struct domain_locked locked, uint32_t port, uint32_t vcpu)
{
    struct domain *d = locked.d;

    __atomic_store_n(&d->evtchn[port].vcpu, vcpu, __ATOMIC_SEQ_CST);
    if (evtchn_is_pending(d, port) && !test_bit(d->shared_info->evtchn_mask, port))
        notify(domain_vcpu(d, vcpu), port);
}

void evtchn_unmask(struct domain *d, uint32_t port)
{
    uint64_t mask = 1ul << port % BITS_PER_WORD;

    __atomic_fetch_and(&d->shared_info->evtchn_mask[port / BITS_PER_WORD], ~mask, __ATOMIC_SEQ_CST);
    if (evtchn_is_pending(d, port))
        notify(notified_vcpu(d, port), port);
}

struct domain *evtchn_remote(const struct evtchn *e)
{
    uint32_t generation = __atomic_load_n(&e->remote_generation, __ATOMIC_RELAXED);
    uint8_t state = __atomic_load_n(&e->state, __ATOMIC_ACQUIRE);
    struct domain *remote;

    if (state != EVTCHN_INTERDOMAIN && state != EVTCHN_UNBOUND)
        return NULL;
    remote = domain_by_domid(__atomic_load_n(&e->remote, __ATOMIC_RELAXED));
    return remote != NULL && remote->generation == generation ? remote : NULL;
}

int evtchn_send(struct domain_locked locked, uint32_t port)
{
    struct domain *d = locked.d, *remote;
    const struct evtchn *e = evtchn_at(d, port);

    if (e == NULL)
        return -EINVAL;
    switch (e->state) {
    case EVTCHN_INTERDOMAIN:
        remote = evtchn_remote(e);
        if (remote != NULL)
            evtchn_set_pending(remote, e->remote_port);
        return 0;
    case EVTCHN_CONSOLE:
        return 1;
    case EVTCHN_IPI:
        evtchn_set_pending(d, port);
        return 0;
    case EVTCHN_UNBOUND:
        return 0; /* nobody hears it, which is no error (event_channel.h) */
    default:
        return -EINVAL;
    }
}

/* The other end has nobody to talk to any more, and waits for the same domain again. */
static void unbind(struct evtchn *far)
{
    struct evtchn unbound = *far;

    unbound.state = EVTCHN_UNBOUND;
    set_port(far, unbound);
}

static void forget_virq(struct vcpu *v, unsigned int virq)
{
    if (v != NULL)
        __atomic_store_n(&v->virq_port[virq], 0, __ATOMIC_RELAXED);
}

int evtchn_close(struct domain_locked locked, struct domain_locked other, uint32_t port)
{
    struct domain *d = locked.d;
    struct evtchn *e = evtchn_at(d, port);

    if (e == NULL || e->state == EVTCHN_RESERVED)
        return -EINVAL;
    if (e->state == EVTCHN_INTERDOMAIN && other.d != NULL && evtchn_remote(e) == other.d)
        unbind(&other.d->evtchn[e->remote_port]);
    if (e->state == EVTCHN_VIRQ)
        forget_virq(domain_vcpu(d, e->vcpu), e->virq);
    if (e->state == EVTCHN_CONSOLE)
        d->param[HVM_PARAM_CONSOLE_EVTCHN] = 0;
    set_port(e, (struct evtchn){.state = EVTCHN_FREE});
    if (d->shared_info != NULL)
        __atomic_fetch_and(&d->shared_info->evtchn_pending[port / BITS_PER_WORD],
                           ~(1ul << port % BITS_PER_WORD), __ATOMIC_SEQ_CST);
    return 0;
}

bool evtchn_raise_virq(struct vcpu *v, unsigned int virq)
{
    struct domain_locked locked = domain_lock(v->domain);
    uint32_t port = v->virq_port[virq];

    if (port != 0)
        evtchn_set_pending(v->domain, port);
    domain_unlock(locked);
    return port != 0;
}
