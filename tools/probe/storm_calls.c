/* SPDX-License-Identifier: BSD-2-Clause */
/* Storms of hypercalls, and of what they map where. */
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "cpu.h"
#include "storm.h"
#include "text.h"
#include "xen.h"

#define WORD(i) (arguments->value[i])
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))
#define LAST_SUB_OPERATION 40
#define HIGHEST_RANDOM_CALL 64
#define HEADER_SIZE 64
#define PAGE_SHIFT 12
#define GRANT_FRAMES 4

/* These end or stop the caller by right, which would end the storm. */
static bool would_stop(uint64_t number, uint64_t sub)
{
    if (number == __HYPERVISOR_vcpu_op)
        return (uint32_t)sub == VCPUOP_down;
    return number == __HYPERVISOR_sched_op &&
           (sub == SCHEDOP_block || sub == SCHEDOP_shutdown || sub == SCHEDOP_poll);
}

static void call_with(uint64_t number, uint64_t sub, uint64_t pointer, uint64_t count)
{
    if (would_stop(number, sub))
        return;
    hypercall(number, sub, pointer, count, count, pointer);
    /* vcpu_op and console_io have their pointer in the third place. */
    hypercall(number, sub, count, pointer, count, ~pointer);
    hypercall(number, sub, 0, pointer, 1, 1);
}

/* One operation with every kind of pointer, and counts that go round with them. */
static uint64_t storm_operation(uint64_t number, uint64_t sub)
{
    uint64_t buffer = (uintptr_t)command_buffer();
    const uint64_t pointers[] = {
        0,                        /* the first page, which holds zeros */
        buffer + 1,               /* misaligned */
        buffer + BUFFER_SIZE,     /* behind it */
        buffer + BUFFER_SIZE - 4, /* across the end of a page */
        0xfee00000,               /* mapped, with nothing there */
        0x123456789000,           /* not mapped */
        0xffff800000000000, /* the kernel's half: the hypervisor's memory, in its own tables */
        0xffffffff80200000, /* and its image */
        0x8000000000000000, /* not canonical */
        0x00007ffffffffffc, /* across the end of the lower half */
        0xfffffffffffffff8, /* around the end */
    };
    static const uint64_t counts[] = {0, 1, 2, 64, 65, 0x7fffffff, 0xffffffff, UINT64_MAX};
    size_t i;

    for (i = 0; i < COUNT(pointers); i++)
        call_with(number, sub, pointers[i], counts[(i + sub) % COUNT(counts)]);
    return COUNT(pointers);
}

/* Every sub-operation of the hypercalls FIRST to LAST; the buffer is what a script put there. */
void command_storm_hypercalls(const struct arguments *arguments, struct result *result)
{
    uint64_t number, sub, tried = 0;

    for (number = WORD(0); number <= WORD(1); number++) {
        for (sub = 0; sub <= LAST_SUB_OPERATION; sub++)
            tried += storm_operation(number, sub);
        tried += storm_operation(number, UINT64_MAX);
        tried += storm_operation(number | (uint64_t)1 << 32, 1);
    }
    result_note(result, "tried", tried);
}

/* Values that mean something somewhere, among those that don't. */
static uint16_t likely_half_word(uint64_t *state)
{
    static const uint16_t likely[] = {0, 0, 0, 1, 2, 3, 17, DOMID_SELF, 0x7ff1, 0xffff};
    uint64_t random = next_random(state);

    return random % 4 ? likely[random / 4 % COUNT(likely)] : (uint16_t)(random >> 32);
}

static void fill_header(uint64_t *state)
{
    uint8_t *to = command_buffer();
    size_t i;

    for (i = 0; i < HEADER_SIZE; i += sizeof(uint16_t)) {
        uint16_t half = likely_half_word(state);

        memcpy(to + i, &half, sizeof(half));
    }
}

/* Would it take the probe's own voice away? The console's channel is port 1. */
static bool would_silence(uint64_t number, uint64_t sub)
{
    return number == __HYPERVISOR_event_channel_op && sub == EVTCHNOP_close;
}

/* COUNT calls with arguments by chance, the same for the same SEED. */
void command_storm_random(const struct arguments *arguments, struct result *result)
{
    uint64_t state = WORD(0) | 1, i, tried = 0;

    for (i = 0; i < WORD(1); i++) {
        uint64_t number = next_random(&state) % HIGHEST_RANDOM_CALL;
        uint64_t sub = next_random(&state) % (LAST_SUB_OPERATION + 1);

        fill_header(&state);
        if (would_stop(number, sub) || would_silence(number, sub))
            continue;
        hypercall(number, sub, (uintptr_t)command_buffer(), likely_half_word(&state), 0, 0);
        hypercall(number, sub, 0, (uintptr_t)command_buffer(), 0, 0);
        tried += 2;
    }
    result_note(result, "tried", tried);
}

static int64_t add_to_physmap(unsigned int space, uint64_t index, uint64_t gfn)
{
    struct xen_add_to_physmap where = {
        .domid = DOMID_SELF, .space = space, .idx = index, .gpfn = gfn};

    return hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uintptr_t)&where, 0, 0, 0);
}

/*
 * The shared page and the grant frames to every STEPth guest frame from FIRST to LAST, and over
 * each other; then the shared page back to its place. Gives how many were refused.
 */
void command_storm_physmap(const struct arguments *arguments, struct result *result)
{
    uint64_t gfn, i, tried = 0;
    int64_t refused = 0;

    for (gfn = WORD(0); gfn <= WORD(1) && WORD(2); gfn += WORD(2)) {
        refused += add_to_physmap(XENMAPSPACE_shared_info, 0, gfn) < 0;
        for (i = 0; i <= GRANT_FRAMES; i++, tried++)
            refused += add_to_physmap(XENMAPSPACE_grant_table, i, gfn ^ (uint64_t)16 << i) < 0;
        tried++;
    }
    result->value = refused;
    result_note(result, "tried", tried);
    result_note(result, "back",
                (uint64_t)add_to_physmap(XENMAPSPACE_shared_info, 0, shared_info_pfn()));
}
