/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <xen/sched.h>

#include "hv/arch/arch.h"
#include "hv/domain/domain.h"
#include "hv/domain/p2m.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/machine/log.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "hv/machine/quiesce.h"
#include "hv/machine/time.h"

/* Nested page tables beyond what mapping all RAM in small pages takes. */
#define SPARE_TABLES 64ul

static struct lock table_lock = LOCK_INITIAL(LOCK_TABLE);
static struct domain *taken[DOMAIN_SLOTS]; /* from before it is built until all of it is back */
static struct domain
    *slots[DOMAIN_SLOTS]; /* those to be found: changed with the lock, read without */
static uint32_t last_generation;
/* Domains that run, or of which not everything has been said yet; and one for the launch. */
static unsigned int not_over = 1;

_Static_assert(sizeof(struct domain) <= PAGE_SIZE, "a domain is one frame");

struct domain *domain_in_slot(unsigned int slot)
{
    return __atomic_load_n(&slots[slot], __ATOMIC_ACQUIRE);
}

struct domain *domain_by_domid(uint16_t domid)
{
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot(i);

        if (d != NULL && d->domid == domid)
            return d;
    }
    return NULL;
}

/* The one at the lower address first, so that two who want both don't wait for each other. */
struct domain_locked_both domain_lock_both(struct domain *a, struct domain *b)
{
    struct domain *first = a < b ? a : b, *second = a < b ? b : a;

    lock_take(&first->lock);
    if (second != first)
        lock_take_another(&second->lock);
    return (struct domain_locked_both){{a}, {b}};
}

void domain_unlock_both(struct domain_locked_both locked)
{
    lock_release(&locked.a.d->lock);
    if (locked.b.d != locked.a.d)
        lock_release(&locked.b.d->lock);
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

static int populate(struct domain *d, const struct domain_config *config)
{
    int error = p2m_init(d);

    if (error == 0)
        error = add_ram(d);
    if (error == 0)
        error = add_special_frames(d);
    if (error == 0)
        error = evtchn_init(d);
    if (error == 0)
        error = vcpu_create_all(d);
    if (error == 0)
        error = sched_place(d, config);
    return error;
}

static int find_place(uint16_t domid, unsigned int *place)
{
    unsigned int found = DOMAIN_SLOTS;

    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (taken[i] != NULL && taken[i]->domid == domid)
            return -EEXIST;
        if (taken[i] == NULL && found == DOMAIN_SLOTS)
            found = i;
    }
    *place = found;
    return found == DOMAIN_SLOTS ? -ENOSPC : 0;
}

/* The domid is its own, and so are frames of that owner. Nobody finds it yet. */
static int take_place(struct domain *d)
{
    unsigned int place;
    int error;

    lock_take(&table_lock);
    error = find_place(d->domid, &place);
    if (error == 0) {
        taken[place] = d;
        d->generation = ++last_generation;
    }
    lock_release(&table_lock);
    return error;
}

/* Others find it, or no longer. */
static void set_findable(struct domain *d, bool findable)
{
    lock_take(&table_lock);
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (taken[i] == d)
            __atomic_store_n(&slots[i], findable ? d : NULL, __ATOMIC_RELEASE);
    }
    lock_release(&table_lock);
}

static void leave_place(const struct domain *d)
{
    lock_take(&table_lock);
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (taken[i] == d)
            taken[i] = NULL;
    }
    lock_release(&table_lock);
}

/* What needs nothing but the configuration. */
static void configure(struct domain *d, const struct domain_config *config)
{
    lock_init(&d->lock, LOCK_DOMAIN);
    lock_init(&d->audit_lock, LOCK_AUDIT);
    d->domid = config->domid;
    d->nr_vcpus = config->nr_vcpus;
    (void)snprintf(d->name, sizeof(d->name), "%s", config->name);
    memcpy(d->uuid, config->uuid, sizeof(d->uuid));
    d->sid = config->sid;
    d->self_sid = config->self_sid;
    d->channel_sid = config->channel_sid;
    d->roles = config->roles;
    d->sids_left = CONFIG_SIDS_PER_DOMAIN;
    d->audit_tokens = CONFIG_AUDIT_BURST;
    d->ram_frames = config->memory_kib * KIB / PAGE_SIZE;
    d->max_table_frames = SPARE_TABLES + d->ram_frames / 512 + d->ram_frames / (512ul * 512);
}

int domain_create(const struct domain_config *config, struct domain **created)
{
    mfn_t frame;
    struct domain *d;
    int error;

    assert(config->nr_vcpus > 0 && config->nr_vcpus <= CONFIG_MAX_VCPUS);
    frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);
    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    d = map_mfn(frame);
    configure(d, config);
    error = take_place(d);
    if (error != 0) {
        memory_free(frame, ORDER_4K);
        return error;
    }
    error = populate(d, config);
    if (error != 0) {
        domain_destroy(d);
        return error;
    }
    set_findable(d, true);
    *created = d;
    return 0;
}

static enum domain_state exchange_state(struct domain *d, enum domain_state state)
{
    return __atomic_exchange_n(&d->state, state, __ATOMIC_SEQ_CST);
}

static enum domain_state state_of(const struct domain *d)
{
    return __atomic_load_n(&d->state, __ATOMIC_SEQ_CST);
}

void domain_wait_off(const struct domain *d)
{
    struct cpu *self = this_cpu();

    quiesce_begin(self, NULL);
    for (unsigned int i = 0; i < d->nr_vcpus; i++) {
        while (d->vcpu[i] != NULL && !vcpu_is_aside(d->vcpu[i]))
            arch_relax();
    }
    quiesce_end(self);
}

void domain_destroy(struct domain *d)
{
    assert(state_of(d) != DOMAIN_RUNNING);
    domain_wait_off(d);
    console_domain_gone(d);
    evtchn_close_all(d);
    set_findable(d, false);
    timers_forget_all(d);
    quiesce_wait();
    sched_release(d);
    vcpu_destroy_all(d);
    evtchn_destroy(d);
    p2m_destroy(d);
    (void)memory_free_owned(d->domid);
    leave_place(d);
    memory_free(paddr_to_mfn(physical(d)), ORDER_4K);
}

void domain_unpause(struct domain *d)
{
    enum domain_state was = exchange_state(d, DOMAIN_RUNNING);

    assert(was == DOMAIN_BUILDING);
    __atomic_add_fetch(&not_over, 1, __ATOMIC_SEQ_CST);
    (void)vcpu_start(d->vcpu[0]);
}

const char *domain_shutdown_name(unsigned int code)
{
    static const char *const names[] = {
        [SHUTDOWN_poweroff] = "poweroff", [SHUTDOWN_reboot] = "reboot",
        [SHUTDOWN_suspend] = "suspend",   [SHUTDOWN_crash] = "crash",
        [SHUTDOWN_watchdog] = "watchdog", [SHUTDOWN_soft_reset] = "soft reset",
    };

    return code < ARRAY_SIZE(names) ? names[code] : "for a reason of its own";
}

/* All is said of one of them. */
static void release(void)
{
    if (__atomic_sub_fetch(&not_over, 1, __ATOMIC_SEQ_CST) != 0)
        return;
    policy_print_collected();
    hv_log("all domains have stopped");
    console_flush();
    arch_report_end(0);
}

/* false: it has stopped already. Of several vCPUs that stop it at once, one does. */
static bool stop_vcpus(struct domain *d, enum domain_state *was)
{
    *was = exchange_state(d, DOMAIN_STOPPED);
    for (unsigned int i = 0; *was != DOMAIN_STOPPED && i < d->nr_vcpus; i++)
        (void)vcpu_stop(d->vcpu[i]);
    return *was != DOMAIN_STOPPED;
}

/* All that it said is shown; whoever waits for its end learns of it. */
static void settle(struct domain *d, enum domain_state was)
{
    console_domain_gone(d);
    if (d->awaited)
        sched_leave();
    if (was == DOMAIN_RUNNING)
        release();
}

void domain_stop(struct domain *d, unsigned int code)
{
    enum domain_state was;

    if (!stop_vcpus(d, &was))
        return;
    d->shutdown_code = code;
    console_drain_last(d);
    audit_flush(d);
    hv_log("domain %s: shutdown: %s", d->name, domain_shutdown_name(code));
    settle(d, was);
}

void domain_halt(struct domain *d)
{
    enum domain_state was;

    if (!stop_vcpus(d, &was))
        return;
    console_drain_last(d);
    audit_flush(d);
    settle(d, was);
}

void domains_all_unpaused(void)
{
    static bool launched;

    if (!__atomic_exchange_n(&launched, true, __ATOMIC_SEQ_CST))
        release();
}

void domain_stop_if_all_offline(struct domain *d)
{
    if (__atomic_load_n(&d->nr_up, __ATOMIC_SEQ_CST) == 0)
        domain_stop(d, SHUTDOWN_poweroff);
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
