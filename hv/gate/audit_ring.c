/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/gate/audit_ring.h"

#include "hv/machine/lock.h"
#include "hv/machine/time.h"

#define KEPT CONFIG_AUDIT_KEPT
#define CHANGES 128u
/* One for changes, one for the hypervisor's own, and one for each domain. */
#define RINGS (CONFIG_MAX_DOMAINS + 2u)
#define RING_OF_CHANGES 0u
#define NOBODY UINT32_MAX

static struct audit_entry change[CHANGES], decision[RINGS - 1][KEPT];

/* Number n that was ever added is entry[n % size]. */
struct ring {
    uint32_t owner; /* a domid, or NOBODY's yet */
    uint32_t added;
    uint32_t size;
    struct audit_entry *entry;
};

static struct ring ring[RINGS];
static uint64_t last; /* sequence number */
static struct lock ring_lock = LOCK_INITIAL(LOCK_RING);

static void start_locked(void)
{
    if (ring[RING_OF_CHANGES].size != 0)
        return;
    ring[RING_OF_CHANGES] = (struct ring){NOBODY, 0, CHANGES, change};
    for (unsigned int i = 1; i < RINGS; i++)
        ring[i] = (struct ring){NOBODY, 0, KEPT, decision[i - 1]};
}

static uint64_t newest(const struct ring *r)
{
    return r->added == 0 ? 0 : r->entry[(r->added - 1) % r->size].sequence;
}

/* The domid's ring; a new domid gets one of nobody, or what has been quiet for longest. */
static struct ring *ring_of(uint32_t domid)
{
    struct ring *quiet = &ring[1];

    for (unsigned int i = 1; i < RINGS; i++) {
        if (ring[i].owner == domid)
            return &ring[i];
        if (newest(&ring[i]) < newest(quiet))
            quiet = &ring[i];
    }
    quiet->owner = domid;
    quiet->added = 0;
    return quiet;
}

static void add_locked(struct ring *to, struct audit_entry entry)
{
    entry.sequence = ++last;
    to->entry[to->added % to->size] = entry;
    to->added++;
}

void audit_ring_add(const struct xsm_record *record)
{
    struct audit_entry entry = {.time = now(), .record = *record};

    lock_take(&ring_lock);
    start_locked();
    add_locked(ring_of(record->domid), entry);
    lock_release(&ring_lock);
}

void audit_ring_add_change(uint8_t kind, uint16_t domid, xsm_sid subject, uint16_t target,
                           xsm_sid object)
{
    struct audit_entry entry = {
        .time = now(),
        .record = {.domid = domid, .target_domid = target, .subject = subject, .object = object},
        .change = kind};

    lock_take(&ring_lock);
    start_locked();
    add_locked(&ring[RING_OF_CHANGES], entry);
    lock_release(&ring_lock);
}

static uint32_t overwritten(const struct ring *r)
{
    return r->added > r->size ? r->added - r->size : 0;
}

/* The first in the ring that isn't below; NULL: there is none. */
static const struct audit_entry *find(const struct ring *r, uint64_t sequence)
{
    uint32_t low = overwritten(r), high = r->added;

    while (low < high) {
        uint32_t middle = low + (high - low) / 2;

        if (r->entry[middle % r->size].sequence < sequence)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->added ? &r->entry[low % r->size] : NULL;
}

bool audit_ring_find(uint64_t sequence, struct audit_entry *entry, uint32_t *lost)
{
    const struct audit_entry *best = NULL;

    lock_take(&ring_lock);
    for (unsigned int i = 0; i < RINGS; i++) {
        const struct audit_entry *found = ring[i].size != 0 ? find(&ring[i], sequence) : NULL;

        if (found == NULL || (best != NULL && found->sequence > best->sequence))
            continue;
        best = found;
        *lost = overwritten(&ring[i]);
    }
    if (best != NULL)
        *entry = *best;
    lock_release(&ring_lock);
    return best != NULL;
}
