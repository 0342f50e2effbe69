/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy from a stranger: refused with its reason and place, or loaded; then everything can be
 * asked of it. Which labels ask which is drawn by lot from the image itself.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/fuzz/fuzz.h"
#include "xsm/engine.h"

#define LARGEST 32768u
#define ARENA (2u << 20)
#define QUERIES 32u

static _Alignas(16) uint8_t arena[ARENA];

struct lot {
    uint64_t state;
};

/* xorshift64 */
static uint32_t draw(struct lot *lot, uint32_t below)
{
    lot->state ^= lot->state << 13;
    lot->state ^= lot->state >> 7;
    lot->state ^= lot->state << 17;
    return (uint32_t)(lot->state >> 32) % below;
}

static struct lot lot_of(const uint8_t *data, size_t size)
{
    struct lot lot = {14695981039346656037u}; /* FNV-1a */

    for (size_t i = 0; i < size; i++)
        lot.state = (lot.state ^ data[i]) * 1099511628211u;
    lot.state |= 1;
    return lot;
}

static void check_verdict(const struct xsm_engine *engine, const struct xsm_verdict *verdict)
{
    char text[XSM_MAX_AUDIT];

    must(verdict->nr_records <= sizeof(verdict->record) / sizeof(verdict->record[0]));
    for (unsigned int key = 0; key < sizeof(verdict->denied_by); key++)
        must(!verdict->allowed || !verdict->denied_by[key]);
    for (unsigned int i = 0; i < verdict->nr_records; i++) {
        size_t length = xsm_format_record(engine, &verdict->record[i], text, sizeof(text));

        must(length > 0 && length < sizeof(text) && strlen(text) == length);
    }
}

/* Initial SIDs, and what transitions between them have added. */
static xsm_sid some_sid(struct xsm_engine *engine, struct lot *lot)
{
    xsm_sid sid = draw(lot, XSM_INITIAL_END), made;

    if (draw(lot, 4) != 0 || sid == XSM_SID_NONE)
        return sid;
    if (xsm_channel_sid(engine, sid, 1 + draw(lot, XSM_INITIAL_END - 1), &made) != 0)
        return XSM_SID_NONE;
    return made;
}

static void ask(struct xsm_engine *engine, struct lot *lot)
{
    struct xsm_query query = {.hook = (enum xsm_hook)draw(lot, XSM_NR_HOOKS + 1),
                              .caller = {.domid = (uint16_t)draw(lot, 4),
                                         .sid = some_sid(engine, lot),
                                         .roles = draw(lot, 64)},
                              .target_domid = (uint16_t)draw(lot, 4),
                              .self = draw(lot, 2) != 0,
                              .finalised = draw(lot, 2) != 0};
    struct xsm_verdict verdict, again;

    for (unsigned int i = 0; i < XSM_NR_PARTIES; i++)
        query.sid[i] = some_sid(engine, lot);
    must((xsm_ask(engine, &query, &verdict) == 0) == verdict.allowed);
    check_verdict(engine, &verdict);
    xsm_ask(engine, &query, &again);
    must(verdict.allowed == again.allowed && verdict.nr_records == again.nr_records);
}

static void use_labels(struct xsm_engine *engine)
{
    char text[XSM_MAX_CONTEXT];
    struct xsm_error error;
    xsm_sid same;

    for (xsm_sid sid = 1; sid < XSM_INITIAL_END; sid++) {
        must(xsm_sid_to_context(engine, sid, text, sizeof(text)) == 0);
        must(strlen(text) > 0);
        /* Equal contexts have one SID, which may be another. */
        must(xsm_label_to_sid(engine, text, &same, &error) == 0 && same != XSM_SID_NONE);
    }
    xsm_default_domain_sid(engine, &same, &error);
    xsm_label_to_sid(engine, "domu_t", &same, &error);
    xsm_label_to_sid(engine, "system_u:system_r:no_t", &same, &error);
}

static void describe(struct xsm_engine *engine)
{
    char text[XSM_MAX_AUDIT];

    xsm_describe_policy(engine, text, sizeof(text));
    for (unsigned int i = 0; xsm_policy_note(engine, i, text, sizeof(text)) == 0; i++)
        must(text[0] != '\0');
}

static void check_refusal(const struct xsm_engine *engine, int status,
                          const struct xsm_error *error, size_t size)
{
    must(status == -EINVAL || status == -ENOMEM);
    must(engine->flask == NULL);
    must(memchr(error->text, '\0', sizeof(error->text)) != NULL && error->text[0] != '\0');
    must(error->offset <= size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t arena_size = (xsm_arena_size(size) + 15) & ~(size_t)15;
    struct xsm_engine engine;
    struct xsm_error error = {0};
    struct lot lot = lot_of(data, size);
    int status;

    if (size > LARGEST || arena_size > ARENA)
        return 0;
    xsm_init_roles_engine(&engine);
    /* It ends where the array does, beyond which the sanitizer sees every access. */
    status = xsm_load_policy(&engine, data, size, arena + ARENA - arena_size, arena_size, &error);
    if (status != 0) {
        check_refusal(&engine, status, &error, size);
        return 0;
    }
    describe(&engine);
    use_labels(&engine);
    for (unsigned int i = 0; i < QUERIES; i++)
        ask(&engine, &lot);
    return 0;
}
