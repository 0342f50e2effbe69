/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Audit lines on the serial console; all records are kept, too (audit_ring.h). Each domain has an
 * allowance of lines that refills with time, so that none can drown out another's evidence; what is
 * dropped is counted and said. What was
 * only recorded and not refused is written once, and then always (permissive.h).
 */
#include "hv/gate/audit_ring.h"
#include "hv/gate/gate.h"
#include "hv/gate/permissive.h"
#include "hv/machine/log.h"
#include "hv/machine/time.h"

#define REFILL_PER_SECOND (CONFIG_AUDIT_BURST / 4)

static void print_record(const struct xsm_record *record)
{
    char text[XSM_MAX_AUDIT];

    (void)xsm_format_record(&gate_engine, record, text, sizeof(text));
    hv_log("%s", text);
}

void audit_record(const struct xsm_record *record)
{
    audit_ring_add(record);
    print_record(record);
}

/* A domain's record. False: the console is full, and nobody waits for it because of a domain. */
static bool record_if_room(const struct xsm_record *record)
{
    char text[XSM_MAX_AUDIT];

    (void)xsm_format_record(&gate_engine, record, text, sizeof(text));
    return hv_log_if_room("%s", text);
}

static void refill(struct domain *d)
{
    uint64_t time = now(), tokens = (time - d->audit_refilled) * REFILL_PER_SECOND / SECOND;

    if (tokens == 0)
        return;
    d->audit_tokens = (uint32_t)min_u64(d->audit_tokens + tokens, CONFIG_AUDIT_BURST);
    d->audit_refilled = time;
}

/* Take how many records were dropped, to say it; only `if_quiet` once the allowance has grown. */
static uint32_t take_dropped(struct domain *d, bool if_quiet)
{
    uint32_t dropped = 0;

    lock_take(&d->audit_lock);
    refill(d);
    if (!if_quiet || d->audit_tokens >= CONFIG_AUDIT_BURST / 4) {
        dropped = d->audit_dropped;
        d->audit_dropped = 0;
    }
    lock_release(&d->audit_lock);
    return dropped;
}

static void add_dropped(struct domain *d, uint32_t dropped)
{
    lock_take(&d->audit_lock);
    d->audit_dropped += dropped < UINT32_MAX - d->audit_dropped ? dropped : 0;
    lock_release(&d->audit_lock);
}

static void say_dropped(struct domain *d, uint32_t dropped)
{
    if (dropped > 0 &&
        !hv_log_if_room("audit: %u records of domain %s were dropped", dropped, d->name))
        add_dropped(d, dropped);
}

void audit_flush(struct domain *d)
{
    uint32_t dropped = take_dropped(d, false);

    if (dropped > 0)
        hv_log("audit: %u records of domain %s were dropped", dropped, d->name);
}

void audit_poll(struct domain *d)
{
    say_dropped(d, take_dropped(d, true));
}

static bool charge_locked(struct domain *d)
{
    refill(d);
    if (d->audit_tokens == 0) {
        d->audit_dropped += d->audit_dropped < UINT32_MAX ? 1 : 0;
        return false;
    }
    d->audit_tokens--;
    return true;
}

/* May the domain cause one more line? */
static bool charge(struct domain *d)
{
    bool may;

    lock_take(&d->audit_lock);
    may = charge_locked(d);
    lock_release(&d->audit_lock);
    return may;
}

void audit_records(struct domain *d, const struct xsm_record *record, unsigned int count)
{
    for (unsigned int i = 0; i < count; i++) {
        enum permissive permissive = permissive_record(&record[i]);

        if (permissive == PERMISSIVE_AGAIN)
            continue;
        audit_ring_add(&record[i]);
        if (d == NULL || permissive == PERMISSIVE_FIRST)
            print_record(&record[i]);
        else if (charge(d) && !record_if_room(&record[i]))
            add_dropped(d, 1);
    }
}

void audit_verdict(struct domain *d, const struct xsm_verdict *verdict)
{
    audit_records(d, verdict->record, verdict->nr_records);
}
