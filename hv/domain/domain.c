/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xen/sched.h>

#include "hv/arch/arch.h"
#include "hv/domain/console_ring.h"
#include "hv/domain/domain.h"
#include "hv/domain/p2m.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/gate.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/serial.h"
#include "hv/machine/time.h"

/* Nested page tables beyond what mapping all RAM in small pages takes. */
#define SPARE_TABLES 64ul

static struct domain *slots[DOMAIN_SLOTS];
static uint32_t last_generation;

_Static_assert(sizeof(struct domain) <= PAGE_SIZE, "a domain is one frame");

struct domain *domain_in_slot(unsigned int slot)
{
    return slots[slot];
}

struct domain *domain_by_domid(uint16_t domid)
{
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (slots[i] != NULL && slots[i]->domid == domid)
            return slots[i];
    }
    return NULL;
}

static struct domain **free_slot(void)
{
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (slots[i] == NULL)
            return &slots[i];
    }
    return NULL;
}

/* The largest block that fits here: RAM frame `index` of `total`, from gfn `at`. */
static unsigned int block_order(uint64_t index, uint64_t total, gfn_t at)
{
    static const unsigned int orders[] = {ORDER_1G, ORDER_2M};
    uint64_t below = arch_ram_frames_below_hole();
    uint64_t left = (index < below ? min_u64(total, below) : total) - index;

    for (unsigned int i = 0; i < ARRAY_SIZE(orders); i++) {
        uint64_t frames = 1ul << orders[i];

        if (orders[i] <= p2m_max_order() && (at.g & (frames - 1)) == 0 && frames <= left)
            return orders[i];
    }
    return ORDER_4K;
}

/* A block of `*order`, or the next smaller size that nested paging knows. */
static mfn_t alloc_block(uint16_t domid, unsigned int *order)
{
    for (;; *order = *order == ORDER_1G ? ORDER_2M : ORDER_4K) {
        mfn_t frame = memory_alloc(*order, domid);

        if (frame.m != INVALID_MFN.m || *order == ORDER_4K)
            return frame;
    }
}

static int add_ram(struct domain *d)
{
    for (uint64_t index = 0; index < d->ram_frames;) {
        gfn_t at = arch_ram_gfn(index);
        unsigned int order = block_order(index, d->ram_frames, at);
        mfn_t frame = alloc_block(d->domid, &order);
        int error;

        if (frame.m == INVALID_MFN.m)
            return -ENOMEM;
        error = p2m_map(d, at, frame, order);
        if (error != 0)
            return error;
        index += 1ul << order;
    }
    return 0;
}

static int add_special_frames(struct domain *d)
{
    mfn_t shared = memory_alloc(ORDER_4K, d->domid), console = memory_alloc(ORDER_4K, d->domid);

    if (shared.m == INVALID_MFN.m || console.m == INVALID_MFN.m)
        return -ENOMEM;
    d->shared_info = map_mfn(shared);
    d->shared_info_gfn = gfn(~0ul);
    arch_init_shared_info(d);
    d->console_ring = map_mfn(console);
    d->param[HVM_PARAM_CONSOLE_PFN] = arch_special_gfn(SPECIAL_CONSOLE).g;
    for (unsigned int i = 0; i < GRANT_FRAMES; i++) {
        d->grant_frame[i] = memory_alloc(ORDER_4K, d->domid);
        d->grant_gfn[i] = gfn(~0ul);
        if (d->grant_frame[i].m == INVALID_MFN.m)
            return -ENOMEM;
    }
    return p2m_map(d, arch_special_gfn(SPECIAL_CONSOLE), console, ORDER_4K);
}

static int populate(struct domain *d)
{
    int error = p2m_init(d);

    if (error == 0)
        error = add_ram(d);
    if (error == 0)
        error = add_special_frames(d);
    if (error == 0)
        error = evtchn_init(d);
    if (error == 0)
        error = vcpu_create(d);
    return error;
}

int domain_create(const struct domain_config *config, struct domain **created)
{
    struct domain **slot = free_slot(), *d;
    mfn_t frame;
    int error;

    if (slot == NULL)
        return -ENOSPC;
    if (domain_by_domid(config->domid) != NULL)
        return -EEXIST;
    frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    d = map_mfn(frame);
    d->domid = config->domid;
    d->generation = ++last_generation;
    (void)snprintf(d->name, sizeof(d->name), "%s", config->name);
    memcpy(d->uuid, config->uuid, sizeof(d->uuid));
    d->sid = config->sid;
    d->channel_sid = config->channel_sid;
    d->roles = config->roles;
    d->audit_tokens = CONFIG_AUDIT_BURST;
    d->ram_frames = config->memory_kib * KIB / PAGE_SIZE;
    d->max_table_frames = SPARE_TABLES + d->ram_frames / 512 + d->ram_frames / (512ul * 512);
    *slot = d;
    error = populate(d);
    if (error != 0) {
        domain_destroy(d);
        return error;
    }
    *created = d;
    return 0;
}

void domain_destroy(struct domain *d)
{
    assert(d->state != DOMAIN_RUNNING);
    console_domain_gone(d);
    vcpu_destroy(d);
    evtchn_destroy(d);
    p2m_destroy(d);
    (void)memory_free_owned(d->domid);
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (slots[i] == d)
            slots[i] = NULL;
    }
    memory_free(paddr_to_mfn(physical(d)), ORDER_4K);
}

void domain_unpause(struct domain *d)
{
    assert(d->state == DOMAIN_BUILDING);
    d->state = DOMAIN_RUNNING;
    vcpu_wake(d->vcpu);
}

static const char *shutdown_name(unsigned int code)
{
    static const char *const names[] = {
        [SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
        [SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
        [SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
    };

    return code < ARRAY_SIZE(names) ? names[code] : "for a reason of its own";
}

static bool any_running(void)
{
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (slots[i] != NULL && slots[i]->state == DOMAIN_RUNNING)
            return true;
    }
    return false;
}

void domain_stop(struct domain *d, unsigned int code)
{
    if (d->state == DOMAIN_STOPPED)
        return;
    d->state = DOMAIN_STOPPED;
    d->shutdown_code = code;
    d->vcpu->state = VCPU_OFFLINE;
    sched_dequeue(d->vcpu);
    console_ring_drain_last(d);
    audit_flush(d);
    hv_log("domain %s: shutdown: %s", d->name, shutdown_name(code));
    console_domain_gone(d);
    if (!any_running()) {
        hv_log("all domains have stopped");
        serial_flush();
        arch_report_end(0);
    }
}

void domain_crash(struct domain *d, const char *format, ...)
{
    char text[200];
    va_list args;

    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args);
    va_end(args);
    hv_log("domain %s: crashed: %s", d->name, text);
    domain_stop(d, SHUTDOWN_crash);
}
