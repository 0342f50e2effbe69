/* SPDX-License-Identifier: BSD-2-Clause */
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/sched.h>
#include <xen/vcpu.h>

#include "hv/domain/sched.h"
#include "hv/machine/time.h"
#include "hv_scene.h"
#include "hv_storm.h"

#define SOON (200 * MICROSECOND)

static uint32_t some_port(struct storm_vcpu *s)
{
    return storm_random(s, STORM_PORTS);
}

static domid_t some_domid(struct storm_vcpu *s)
{
    return (domid_t)(1 + storm_random(s, STORM_DOMAINS));
}

static uint32_t some_vcpu(struct storm_vcpu *s)
{
    return storm_random(s, s->v->domain->nr_vcpus);
}

#define CALL(s, sub, header)                                                                       \
    (void)storm_call(s, __HYPERVISOR_event_channel_op, sub, &(header), sizeof(header))

static void make_port(struct storm_vcpu *s)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = some_domid(s)};
    struct evtchn_bind_interdomain b = {.remote_dom = some_domid(s), .remote_port = some_port(s)};
    struct evtchn_bind_ipi i = {.vcpu = some_vcpu(s)};
    struct evtchn_bind_virq v = {.virq = VIRQ_TIMER, .vcpu = some_vcpu(s)};

    switch (storm_random(s, 4)) {
    case 0:
        CALL(s, EVTCHNOP_alloc_unbound, a);
        break;
    case 1:
        CALL(s, EVTCHNOP_bind_interdomain, b);
        break;
    case 2:
        CALL(s, EVTCHNOP_bind_ipi, i);
        break;
    default:
        CALL(s, EVTCHNOP_bind_virq, v);
        break;
    }
}

static void use_port(struct storm_vcpu *s)
{
    struct evtchn_send send = {.port = some_port(s)};
    struct evtchn_status status = {.dom = DOMID_SELF, .port = some_port(s)};
    struct evtchn_bind_vcpu bind = {.port = some_port(s), .vcpu = some_vcpu(s)};
    struct evtchn_unmask unmask = {.port = some_port(s)};

    switch (storm_random(s, 6)) {
    case 0:
        CALL(s, EVTCHNOP_status, status);
        break;
    case 1:
        CALL(s, EVTCHNOP_bind_vcpu, bind);
        break;
    case 2:
        CALL(s, EVTCHNOP_unmask, unmask);
        break;
    default:
        CALL(s, EVTCHNOP_send, send);
        break;
    }
}

void storm_acknowledge(struct vcpu *v)
{
    struct shared_info *shared = v->domain->shared_info;

    __atomic_store_n(&v->info->evtchn_upcall_pending, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&v->info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    __atomic_store_n(&shared->evtchn_pending[0], 0, __ATOMIC_SEQ_CST);
}

/* Port 1 is the console's, which is closed like any other. */
void storm_event_call(struct storm_vcpu *s)
{
    struct evtchn_close close = {.port = some_port(s)};

    switch (storm_random(s, 8)) {
    case 0:
        CALL(s, EVTCHNOP_close, close);
        break;
    case 1:
    case 2:
        make_port(s);
        break;
    case 3:
        storm_acknowledge(s->v);
        break;
    default:
        use_port(s);
        break;
    }
}

/* vCPU 0 stays, so that the domain does. */
void storm_vcpu_call(struct storm_vcpu *s)
{
    struct vcpu_runstate_info runstate;
    uint32_t other = some_vcpu(s);

    switch (storm_random(s, 4)) {
    case 0:
        (void)storm_vcpu_op(s, VCPUOP_get_runstate_info, other, &runstate, sizeof(runstate));
        break;
    case 1:
        if (other != 0)
            (void)storm_vcpu_op(s, VCPUOP_down, other, NULL, 0);
        break;
    case 2:
        (void)storm_vcpu_op(s, VCPUOP_is_up, other, NULL, 0);
        break;
    default:
        (void)storm_vcpu_op(s, VCPUOP_up, other, NULL, 0);
        break;
    }
}

static void poll(struct storm_vcpu *s)
{
    struct {
        struct sched_poll poll;
        uint32_t port;
    } p = {.port = some_port(s)};

    p.poll.timeout = now() + storm_random(s, SOON);
    p.poll.nr_ports = storm_random(s, 2);
    p.poll.ports.p =
        (void *)(ARGUMENTS + s->v->id * PAGE_SIZE + (uint64_t)offsetof(__typeof__(p), port));
    (void)storm_call(s, __HYPERVISOR_sched_op, SCHEDOP_poll, &p, sizeof(p));
}

/* Nobody blocks without a deadline. */
static void block(struct storm_vcpu *s)
{
    struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = now() + storm_random(s, SOON)};
    struct evtchn_bind_virq bind = {.virq = VIRQ_TIMER, .vcpu = s->v->id};

    CALL(s, EVTCHNOP_bind_virq, bind);
    storm_acknowledge(s->v);
    if (storm_vcpu_op(s, VCPUOP_set_singleshot_timer, s->v->id, &t, sizeof(t)) == 0)
        (void)poll(s);
}

void storm_timer_call(struct storm_vcpu *s)
{
    struct vcpu_set_singleshot_timer t = {.timeout_abs_ns = now() + storm_random(s, SOON)};

    switch (storm_random(s, 5)) {
    case 0:
        block(s);
        break;
    case 1:
        poll(s);
        break;
    case 2:
        (void)storm_vcpu_op(s, VCPUOP_stop_singleshot_timer, s->v->id, NULL, 0);
        break;
    case 3:
        (void)storm_call(s, __HYPERVISOR_sched_op, SCHEDOP_yield, NULL, 0);
        break;
    default:
        (void)storm_vcpu_op(s, VCPUOP_set_singleshot_timer, s->v->id, &t, sizeof(t));
        break;
    }
}

/* RAM that a special frame is put over goes back to the machine. */
void storm_memory_call(struct storm_vcpu *s)
{
    struct xen_add_to_physmap a = {.domid = DOMID_SELF,
                                   .space = XENMAPSPACE_grant_table,
                                   .idx = storm_random(s, GRANT_FRAMES),
                                   .gpfn = (ARGUMENTS_END >> PAGE_SHIFT) + storm_random(s, 64)};

    if (storm_random(s, 4) == 0) {
        a.space = XENMAPSPACE_shared_info;
        a.idx = 0;
    }
    (void)storm_call(s, __HYPERVISOR_memory_op, XENMEM_add_to_physmap, &a, sizeof(a));
}
