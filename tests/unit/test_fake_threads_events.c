/* SPDX-License-Identifier: BSD-2-Clause */
/* Channels made, used, redirected and closed from both ends, on several CPUs at once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <xen/event_channel.h>
#include <xen/sched.h>

#include "hv/domain/sched.h"
#include "hv_scene.h"
#include "hv_storm.h"

#define VECTOR 32

static void channels_change_at_both_ends(void **state)
{
    (void)state;
    storm_start(3, storm_event_call);
    for (uint16_t domid = 1; domid <= STORM_DOMAINS; domid++)
        assert_non_null(storm_domain(domid, 2, false));
    while (storm_goes_on())
        storm_pass();
    storm_end_well();
}

/* Each sends to the other and waits for its answer, for ever: one that is lost is the end. */
static void play(struct storm_vcpu *s)
{
    struct shared_info *shared = s->v->domain->shared_info;
    struct evtchn_send send = {.port = 2};

    __atomic_store_n(&s->v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&s->v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    if (__atomic_exchange_n(&shared->evtchn_pending[0], 0, __ATOMIC_SEQ_CST) == 0) {
        (void)storm_call(s, __HYPERVISOR_sched_op, SCHEDOP_block, NULL, 0);
        return;
    }
    __atomic_fetch_add(&s->count, 1, __ATOMIC_RELAXED);
    (void)storm_call(s, __HYPERVISOR_event_channel_op, EVTCHNOP_send, &send, sizeof(send));
}

static void connect(struct domain *a, struct domain *b)
{
    struct domain_locked_both both = domain_lock_both(a, b);
    int port = evtchn_make(both.a, (struct evtchn){.state = EVTCHN_UNBOUND,
                                                   .remote = b->domid,
                                                   .remote_generation = b->generation});

    assert_int_equal(port, 2);
    assert_int_equal(evtchn_bind(both.b, both.a, 2, 0), 2);
    __atomic_store_n(&a->arch.callback_vector, VECTOR, __ATOMIC_RELAXED);
    __atomic_store_n(&b->arch.callback_vector, VECTOR, __ATOMIC_RELAXED);
    evtchn_set_pending(a, 2);
    domain_unlock_both(both);
}

static uint64_t rounds(void)
{
    return __atomic_load_n(&storm_vcpu(1, 0)->count, __ATOMIC_RELAXED);
}

static void no_event_is_lost(void **state)
{
    uint64_t before;

    (void)state;
    storm_start(2, play);
    connect(storm_domain(1, 1, false), storm_domain(2, 1, false));
    while (storm_goes_on())
        storm_pass();
    before = rounds();
    while (rounds() == before) /* they still play: the watchdog waits for it */
        storm_pass();
    storm_end_well();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(channels_change_at_both_ends),
        cmocka_unit_test(no_event_is_lost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
