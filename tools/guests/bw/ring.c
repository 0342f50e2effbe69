/* SPDX-License-Identifier: BSD-2-Clause */
/* bw audit and bw changes: what the ring has, oldest first. */
#include <errno.h>
#include <inttypes.h>
#include <stdint.h>
#include <time.h>

#include "hv/public/bailiwick_op.h"
#include "tools/guests/bw/bw.h"
#include "tools/guests/bw/hypercall.h"
#include "tools/guests/bw/json.h"
#include "tools/guests/bw/refusal.h"

#define NS_PER_SECOND 1000000000u
#define NS_PER_US 1000u

struct place { /* in bw_memory() */
    struct bw_audit_read record;
    char text[BW_TEXT];
};

struct reading {
    const struct bw *bw;
    struct place *place;
    bool changes;  /* or what was denied */
    uint64_t next; /* sequence number */
    /* Records of each domain that were read or are known to be lost; all changes share the last. */
    uint32_t known[UINT16_MAX + 2];
};

static bool is_change(const struct bw_audit_read *record)
{
    return record->kind >= BW_AUDIT_replaced;
}

/* What was overwritten since the last that was read. Those that may not be seen are among it. */
static uint32_t missed(struct reading *reading, const struct bw_audit_read *record)
{
    uint32_t *known = &reading->known[is_change(record) ? UINT16_MAX + 1u : record->domid];
    uint32_t lost = record->lost > *known ? record->lost - *known : 0;

    *known += lost + 1;
    return lost;
}

static void say_missed(const struct reading *reading, uint32_t lost)
{
    const struct bw_audit_read *record = &reading->place->record;
    FILE *err = reading->bw->err;

    if (lost == 0)
        return;
    fprintf(err, "bw: up to %" PRIu32 " ", lost);
    if (is_change(record))
        fprintf(err, "changes");
    else
        fprintf(err, "records of domain %u", (unsigned int)record->domid);
    fprintf(err, " were overwritten before they could be read\n");
}

static void print(const struct reading *reading)
{
    const struct bw_audit_read *record = &reading->place->record;
    FILE *out = reading->bw->out;

    if (reading->bw->json)
        bw_json_record(out, record, reading->place->text);
    else if (reading->changes)
        fprintf(out, "%4" PRIu64 ".%06" PRIu64 " s  %s\n", record->time / NS_PER_SECOND,
                record->time % NS_PER_SECOND / NS_PER_US, reading->place->text);
    else
        fprintf(out, "%s\n", reading->place->text);
    fflush(out);
}

/* Read once more; -ENOENT: there is nothing yet. */
static int read_next(struct reading *reading)
{
    struct place *place = reading->place;
    struct bw_audit_read *record = &place->record;
    uint32_t lost;
    int error;

    *record = (struct bw_audit_read){
        .sequence = reading->next, .text = (uintptr_t)place->text, .size = sizeof(place->text)};
    error = bw_call(BW_OP_audit_read, record);
    if (error != 0)
        return error;
    if (record->size == 0) { /* none of many may be seen */
        reading->next = record->sequence;
        return 0;
    }
    reading->next = record->sequence + 1;
    lost = missed(reading, record);
    if (is_change(record) == reading->changes) {
        say_missed(reading, lost);
        print(reading);
    }
    return 0;
}

static void wait_a_little(void)
{
    const struct timespec half = {.tv_nsec = NS_PER_SECOND / 2};

    (void)nanosleep(&half, NULL);
}

static int read_all(const struct bw *bw, bool changes)
{
    static struct reading reading;
    int error = 0;

    reading = (struct reading){
        .bw = bw, .place = bw_memory(sizeof(*reading.place)), .changes = changes, .next = 1};
    if (reading.place == NULL)
        return BW_REFUSED;
    while (error == 0) {
        error = read_next(&reading);
        if (error == -ENOENT && bw->follow) {
            wait_a_little();
            error = 0;
        }
    }
    if (error == -ENOENT)
        return BW_DONE;
    fprintf(bw->err, "bw: %s\n", bw_refusal(BW_OP_audit_read, error));
    return BW_REFUSED;
}

int bw_audit(const struct bw *bw)
{
    return read_all(bw, false);
}

int bw_changes(const struct bw *bw)
{
    return read_all(bw, true);
}
