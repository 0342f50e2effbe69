/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "arch_layout.h"
#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/gate/policy.h"
#include "hv/machine/memory.h"
#include "hv_invariants.h"

#define MAX_FRAMES (DIRECT_MAP_SIZE / PAGE_SIZE)
#define NOWHERE (~0ul)

static char broken[200];
static uint8_t mapped[MAX_FRAMES];

__attribute__((format(printf, 1, 2))) static void say(const char *format, ...)
{
    va_list args;

    if (broken[0] != '\0')
        return;
    va_start(args, format);
    (void)vsnprintf(broken, sizeof(broken), format, args);
    va_end(args);
}

static uint64_t nr_frames(void)
{
    return memory_end() >> PAGE_SHIFT;
}

uint64_t invariants_hypervisor_frames(void)
{
    uint64_t n = 0;

    for (uint64_t frame = 0; frame < nr_frames(); frame++)
        n += memory_owner(mfn(frame)) == OWNER_HYPERVISOR ? 1 : 0;
    return n - policy_frames();
}

static void note_mapping(const struct domain *d, gfn_t at)
{
    mfn_t frame = p2m_lookup(d, at);

    if (frame.m == INVALID_MFN.m)
        return;
    if (memory_owner(frame) != d->domid)
        say("gfn %lx of %s leads to frame %lx of owner %x", at.g, d->name, frame.m,
            memory_owner(frame));
    else if (mapped[frame.m]++ > 0)
        say("frame %lx is mapped twice, at last at gfn %lx of %s", frame.m, at.g, d->name);
}

/* Beyond RAM only special frames are mapped, where the domain says. */
static void note_special(const struct domain *d, gfn_t at, mfn_t frame)
{
    if (at.g == NOWHERE) {
        mapped[frame.m]++; /* kept for the domain until it maps it */
        return;
    }
    if (p2m_lookup(d, at).m != frame.m)
        say("a special frame of %s isn't at gfn %lx", d->name, at.g);
    if (at.g > arch_ram_gfn(d->ram_frames - 1).g)
        note_mapping(d, at);
}

static void check_mappings(const struct domain *d)
{
    gfn_t last = arch_ram_gfn(d->ram_frames - 1);

    for (gfn_t at = {0}; at.g <= last.g; at.g++)
        note_mapping(d, at);
    note_special(d, arch_special_gfn(SPECIAL_CONSOLE), paddr_to_mfn(physical(d->console_ring)));
    note_special(d, d->shared_info_gfn, paddr_to_mfn(physical(d->shared_info)));
    for (unsigned int i = 0; i < GRANT_FRAMES; i++)
        note_special(d, d->grant_gfn[i], d->grant_frame[i]);
}

/* Once over all frames: the hypervisor has `base` of them, and each of a domain is mapped. */
static void check_frames(uint64_t base)
{
    uint64_t nr_free = 0, nr_hypervisor = 0;

    for (uint64_t frame = 0, end = nr_frames(); frame < end; frame++) {
        uint16_t owner = memory_owner(mfn(frame));

        nr_free += owner == OWNER_FREE ? 1 : 0;
        nr_hypervisor += owner == OWNER_HYPERVISOR ? 1 : 0;
        if (owner < OWNER_BOOT && mapped[frame] == 0)
            say("frame %lx belongs to domid %u and is mapped nowhere", frame, owner);
    }
    nr_hypervisor -= policy_frames();
    if (nr_hypervisor != base)
        say("the hypervisor has %lu frames, not %lu", nr_hypervisor, base);
    if (nr_free != memory_free_frames())
        say("%lu frames are free, and %lu are said to be", nr_free, memory_free_frames());
}

static uint64_t channel_table_frames(void)
{
    uint64_t frames = 1;

    while (frames * PAGE_SIZE < CONFIG_MAX_EVENT_CHANNELS * sizeof(struct evtchn))
        frames *= 2;
    return frames;
}

/* Each domain has itself, its vCPUs with a save area each, its channels and its tables. */
uint64_t invariants_frames_of(const struct domain *d)
{
    return 1 + 2ul * d->nr_vcpus + channel_table_frames() + d->table_frames;
}

static void check_channel(const struct domain *d, uint32_t port)
{
    const struct evtchn *e = &d->evtchn[port], *far;
    const struct domain *remote;

    if (e->state != EVTCHN_INTERDOMAIN)
        return;
    remote = domain_by_domid(e->remote);
    far = remote == NULL ? NULL : evtchn_at(remote, e->remote_port);
    if (far == NULL || far->state != EVTCHN_INTERDOMAIN || far->remote != d->domid ||
        far->remote_port != port)
        say("port %u of %s leads to port %u of domid %u, which doesn't lead back", port, d->name,
            e->remote_port, e->remote);
}

static void check_vcpu(const struct domain *d, const struct vcpu *v)
{
    if (memory_owner(paddr_to_mfn(physical(v->info))) != d->domid)
        say("the vCPU information of %s isn't in its memory", d->name);
    if (v->queued && (v->state != VCPU_RUNNABLE || d->state != DOMAIN_RUNNING))
        say("the vCPU of %s is queued and can't run", d->name);
    if (v->poll_port >= CONFIG_MAX_EVENT_CHANNELS && v->poll_port != POLL_ANY_PORT &&
        v->poll_port != POLL_TIME_ONLY)
        say("the vCPU of %s polls no port", d->name);
}

const char *invariants_broken(uint64_t base)
{
    broken[0] = '\0';
    memset(mapped, 0, nr_frames());
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        const struct domain *d = domain_in_slot(i);

        if (d == NULL)
            continue;
        check_mappings(d);
        for (unsigned int id = 0; id < d->nr_vcpus; id++)
            check_vcpu(d, d->vcpu[id]);
        for (uint32_t port = 0; port < CONFIG_MAX_EVENT_CHANNELS; port++)
            check_channel(d, port);
        base += invariants_frames_of(d);
        if (d->table_frames > d->max_table_frames)
            say("%s has more tables than it may have", d->name);
    }
    check_frames(base);
    return broken[0] == '\0' ? NULL : broken;
}

uint64_t invariants_frames_without_domains(void)
{
    uint64_t n = invariants_hypervisor_frames();

    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++)
        if (domain_in_slot(i) != NULL)
            n -= invariants_frames_of(domain_in_slot(i));
    return n;
}
