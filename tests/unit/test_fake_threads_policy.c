/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two policies take each other's place again and again while CPUs decide all the time: each
 * decision is wholly of one of them, no memory is lost, and none is given back too early.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hv/gate/ops.h"
#include "hv/gate/policy.h"
#include "hv/gate/sweep.h"
#include "hv/machine/memory.h"
#include "hv_storm.h"
#include "lcm/lcm.h"

#define MAX_POLICY (64 * KIB)
#define LEAST_REPLACED 20u

struct image {
    uint8_t bytes[MAX_POLICY];
    size_t size;
};

static struct image image[2];
static char digest[2][2 * LCM_DIGEST_SIZE + 1];
/* What was allowed: by the first policy alone, by the second, and by none of them. */
static uint64_t by_first, by_second, by_neither;
/* How often the digest of each was read. */
static uint64_t digests_read[2];

static void read_image(struct image *to, const char *path)
{
    FILE *stream = fopen(path, "rb");

    assert_non_null(stream);
    to->size = fread(to->bytes, 1, sizeof(to->bytes), stream);
    (void)fclose(stream);
}

static void take_digest(const struct image *of, char text[static 2 * LCM_DIGEST_SIZE + 1])
{
    uint8_t bytes[LCM_DIGEST_SIZE];

    lcm_sha256(of->bytes, of->size, bytes);
    for (size_t i = 0; i < LCM_DIGEST_SIZE; i++)
        (void)snprintf(text + 2 * i, 3, "%02x", bytes[i]);
}

/* NOLINTNEXTLINE(readability-non-const-parameter): the builtin writes through it */
static void count(uint64_t *what, int64_t result)
{
    if (result >= 0)
        __atomic_fetch_add(what, 1, __ATOMIC_RELAXED);
}

/* It is wholly that of one of them. */
static void read_digest(struct storm_vcpu *s)
{
    struct storm_hypfs answer;

    if (storm_hypfs_read(s, "/launch/policy/sha256", &answer) != 0)
        return; /* before the first of them is loaded */
    for (unsigned int i = 0; i < 2; i++) {
        if (strcmp(answer.content, digest[i]) == 0) {
            count(&digests_read[i], 0);
            return;
        }
    }
    abort(); /* no assertion of cmocka's outside of its own thread */
}

/* One call is made of two checks, of which each policy allows one. */
static void decide(struct storm_vcpu *s)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = DOMID_SELF};
    struct evtchn_bind_ipi ipi = {.vcpu = 0};
    xen_changeset_info_t text;

    switch (storm_random(s, 5)) {
    case 4:
        read_digest(s);
        break;
    case 0:
        count(&by_first, storm_call(s, __HYPERVISOR_xen_version, XENVER_pagesize, NULL, 0));
        break;
    case 1:
        count(&by_second,
              storm_call(s, __HYPERVISOR_xen_version, XENVER_changeset, text, sizeof(text)));
        break;
    case 2:
        count(&by_neither,
              storm_call(s, __HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound, &a, sizeof(a)));
        break;
    default:
        (void)storm_call(s, __HYPERVISOR_event_channel_op, EVTCHNOP_bind_ipi, &ipi, sizeof(ipi));
        break;
    }
}

static void load(unsigned int which)
{
    struct xsm_error error;

    assert_true(policy_begin());
    if (policy_load(image[which].bytes, image[which].size, &error) != 0)
        fail_msg("%s", error.text);
    sweep_channels();
    policy_end();
}

static void run(bool with_booleans)
{
    unsigned int n = 0, least = storm_least(LEAST_REPLACED);

    read_image(&image[0], FAKE_BUILD "/tests/fake/first.30");
    read_image(&image[1], FAKE_BUILD "/tests/fake/second.30");
    for (unsigned int i = 0; i < 2; i++)
        take_digest(&image[i], digest[i]);
    by_first = by_second = by_neither = digests_read[0] = digests_read[1] = 0;
    storm_start(2, decide);
    load(0);
    for (uint16_t domid = 1; domid <= STORM_DOMAINS; domid++)
        (void)storm_labelled_domain(domid, 2, "one_t");
    for (; storm_goes_on() || n < least; n++) {
        struct xsm_error error;

        load((n + 1) % 2);
        if (with_booleans && n % 4 == 0)
            assert_int_equal(policy_collect(&error), 0);
        storm_pass();
    }
    storm_end_well();
    print_message("replaced %u times\n", n);
    assert_int_equal(by_neither, 0);
    assert_true(by_first > 0);
    assert_true(by_second > 0);
    assert_true(digests_read[0] > 0 && digests_read[1] > 0);
}

static void policies_take_each_others_place(void **state)
{
    (void)state;
    run(false);
}

static void the_same_while_decisions_are_collected(void **state)
{
    (void)state;
    run(true);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(policies_take_each_others_place),
        cmocka_unit_test(the_same_while_decisions_are_collected),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
