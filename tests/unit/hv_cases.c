/* SPDX-License-Identifier: BSD-2-Clause */
#include <stddef.h>
#include <string.h>

#include "hv/domain/sched.h"
#include "hv/gate/audit_ring.h"
#include "hv/gate/policy.h"
#include "hv/launch/boot_domain.h"
#include "hv/launch/report.h"
#include "hv/machine/cpu.h"
#include "hv_cases_each.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "xsm/coverage.h"

#define DOMAIN_KIB 1024
#define LATER 1000000000000ul /* ns */
#define CALLBACK_VECTOR 0xf3ul
#define LINE_SIZE 200

struct domain *caller, *peer;
int64_t channel;
/* The peer's port for the caller to bind, and the caller's to itself, and waiting. */
static int64_t offered, ipi, waiting;

struct domain *cases_caller(void)
{
    return caller;
}

struct domain *cases_peer(void)
{
    return peer;
}

void cases_stage(const char *label)
{
    const char *with_policy = label == NULL ? "" : "all_t";

    scene_start(label == NULL ? NULL : SCENE_POLICY);
    caller = scene_domain_with(CALLER, with_policy, DOMAIN_KIB, 2);
    caller->vcpu[1]->initialised = true;
    peer = scene_domain(PEER, label == NULL ? "" : "peer_t", DOMAIN_KIB);
    offered = scene_alloc_unbound(peer, caller);
    channel = scene_alloc_unbound(caller, peer);
    (void)scene_bind_interdomain(peer, caller, channel);
    ipi = scene_bind_ipi(caller);
    waiting = scene_alloc_unbound(caller, peer);
    caller->shared_info->evtchn_mask[0] = 1ul << ipi;
    (void)scene_send(caller, ipi);
    caller->vcpu[0]->deadline[DEADLINE_SINGLESHOT] = LATER;
    peer->shared_info->evtchn_pending[0] = 0; /* binding made it pending */
    peer->vcpu[0]->info->evtchn_pending_sel = 0;
    peer->vcpu[0]->info->evtchn_upcall_pending = 0;
    if (label != NULL) {
        scene_relabel(caller, label);
        caller->roles = XSM_ROLE_CONTROL | XSM_ROLE_CRASH | XSM_ROLE_BOOT | XSM_ROLE_CONSOLE;
    }
    scene_schedule(peer);
    scene_schedule(caller);
    fake_restrict(caller, 0, PAGE_SIZE, FAKE_UNMAPPED);
    fake_restrict(caller, ARGUMENTS_END, ARGUMENTS_END + PAGE_SIZE, FAKE_UNMAPPED);
    fake_clear_output();
}

CASE(evtchn_alloc_unbound)
{
    struct evtchn_alloc_unbound *a = HEADER(t);

    *a = (struct evtchn_alloc_unbound){.dom = DOMID_SELF, .remote_dom = PEER};
    t->domid = &a->remote_dom;
    t->effect = EFFECT_STATE;
}

CASE(evtchn_bind_interdomain)
{
    struct evtchn_bind_interdomain *b = HEADER(t);

    *b =
        (struct evtchn_bind_interdomain){.remote_dom = PEER, .remote_port = (evtchn_port_t)offered};
    t->domid = &b->remote_dom;
    t->port = &b->remote_port;
    t->effect = EFFECT_STATE;
}

CASE(evtchn_send)
{
    struct evtchn_send *s = HEADER(t);

    s->port = (evtchn_port_t)channel;
    t->port = &s->port;
    t->effect = EFFECT_STATE;
}

CASE(evtchn_status)
{
    struct evtchn_status *s = HEADER(t);

    *s = (struct evtchn_status){.dom = DOMID_SELF, .port = (evtchn_port_t)channel};
    t->port = &s->port;
}

CASE(evtchn_bind_virq)
{
    struct evtchn_bind_virq *b = HEADER(t);

    *b = (struct evtchn_bind_virq){.virq = VIRQ_TIMER};
    t->count = &b->virq;
    t->effect = EFFECT_STATE;
}

CASE(evtchn_bind_ipi)
{
    struct evtchn_bind_ipi *b = HEADER(t);

    *b = (struct evtchn_bind_ipi){.vcpu = 0};
    t->count = &b->vcpu;
    t->effect = EFFECT_STATE;
}

CASE(evtchn_bind_vcpu)
{
    struct evtchn_bind_vcpu *b = HEADER(t);

    *b = (struct evtchn_bind_vcpu){.port = (evtchn_port_t)channel, .vcpu = 0};
    t->port = &b->port;
    t->count = &b->vcpu;
}

CASE(evtchn_unmask)
{
    struct evtchn_unmask *u = HEADER(t);

    u->port = (evtchn_port_t)ipi;
    t->port = &u->port;
    t->effect = EFFECT_STATE;
}

CASE(evtchn_close)
{
    struct evtchn_close *c = HEADER(t);

    c->port = (evtchn_port_t)channel;
    t->port = &c->port;
    t->effect = EFFECT_STATE;
}

CASE(memory_map)
{
    struct xen_memory_map *m = HEADER(t);

    *m = (struct xen_memory_map){.nr_entries = 32, .buffer = {(void *)CASES_NESTED}};
    t->count = &m->nr_entries;
    t->nested = (uint64_t *)(void *)&m->buffer;
}

CASE(add_to_physmap)
{
    struct xen_add_to_physmap *a = HEADER(t);

    *a = (struct xen_add_to_physmap){
        .domid = DOMID_SELF, .space = XENMAPSPACE_shared_info, .gpfn = SOME_GFN};
    t->domid = &a->domid;
    t->count = &a->space;
    t->effect = EFFECT_STATE;
}

CASE(grant_query)
{
    struct gnttab_query_size *q = HEADER(t);

    *q = (struct gnttab_query_size){.dom = DOMID_SELF};
    t->domid = &q->dom;
    t->argument[2] = 1;
}

CASE(hvm_get_param)
{
    struct xen_hvm_param *p = HEADER(t);

    *p = (struct xen_hvm_param){.domid = DOMID_SELF, .index = HVM_PARAM_CONSOLE_PFN};
    t->domid = &p->domid;
    t->count = &p->index;
}

CASE(hvm_set_param)
{
    struct xen_hvm_param *p = HEADER(t);

    *p = (struct xen_hvm_param){
        .domid = DOMID_SELF,
        .index = HVM_PARAM_CALLBACK_IRQ,
        .value = (uint64_t)HVM_PARAM_CALLBACK_TYPE_VECTOR << 56 | CALLBACK_VECTOR,
    };
    t->domid = &p->domid;
    t->count = &p->index;
    t->effect = EFFECT_STATE;
}

CASE(vcpu_register_info)
{
    struct vcpu_register_vcpu_info *r = HEADER(t);

    *r = (struct vcpu_register_vcpu_info){.mfn = SOME_GFN, .offset = 64};
    t->count = &r->offset;
    t->effect = EFFECT_STATE;
}

CASE(vcpu_register_runstate)
{
    struct vcpu_register_runstate_memory_area *r = HEADER(t);

    r->addr.p = CASES_NESTED;
    t->nested = &r->addr.p;
    t->effect = EFFECT_STATE;
}

CASE(vcpu_register_time)
{
    struct vcpu_register_time_memory_area *r = HEADER(t);

    r->addr.p = CASES_NESTED;
    t->nested = &r->addr.p;
}

CASE(vcpu_stop_periodic)
{
    t->pointer = CASES_NO_POINTER;
}

CASE(vcpu_set_singleshot)
{
    struct vcpu_set_singleshot_timer *s = HEADER(t);

    *s = (struct vcpu_set_singleshot_timer){.timeout_abs_ns = LATER / 2};
    t->effect = EFFECT_STATE;
}

CASE(vcpu_stop_singleshot)
{
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(vcpu_is_up)
{
    t->pointer = CASES_NO_POINTER;
}

CASE(vcpu_get_runstate)
{
    t->size = sizeof(struct vcpu_runstate_info);
}

CASE(vcpu_up)
{
    t->argument[1] = 1;
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(vcpu_down)
{
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(sched_yield)
{
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(sched_block)
{
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(sched_shutdown)
{
    struct sched_shutdown *s = HEADER(t);

    s->reason = SHUTDOWN_poweroff;
    t->count = &s->reason;
    t->effect = EFFECT_STATE;
}

CASE(sched_poll)
{
    struct sched_poll *p = HEADER(t);
    uint32_t *port = scene_memory(t->d, CASES_NESTED);

    *port = (uint32_t)waiting;
    *p = (struct sched_poll){.ports = {(void *)CASES_NESTED}, .nr_ports = 1};
    t->port = port;
    t->count = &p->nr_ports;
    t->nested = (uint64_t *)(void *)&p->ports;
    t->effect = EFFECT_STATE;
}

CASE(console_write)
{
    /* Longer than what is copied at once, and no end of line in it. */
    memset(HEADER(t), 'x', LINE_SIZE);
    t->argument[1] = LINE_SIZE;
    t->argument[2] = ARGUMENTS;
    t->pointer = 2;
    t->size = LINE_SIZE;
    t->effect = EFFECT_STATE;
}

CASE(console_read)
{
    console_focus(t->d);
    (void)scene_bind_virq(t->d, VIRQ_CONSOLE);
    fake_type("typed", sizeof("typed") - 1);
    console_poll_input();
    t->argument[1] = LINE_SIZE;
    t->argument[2] = ARGUMENTS;
    t->pointer = 2;
    t->size = LINE_SIZE;
    t->effect = EFFECT_STATE;
}

static void answer_only(struct attempt *t, size_t size)
{
    t->size = size;
    t->pointer = size > 0 ? 1 : CASES_NO_POINTER;
}

CASE(version)
{
    answer_only(t, 0);
}

CASE(version_extraversion)
{
    answer_only(t, sizeof(xen_extraversion_t));
}

CASE(version_compile_info)
{
    answer_only(t, sizeof(struct xen_compile_info));
}

CASE(version_capabilities)
{
    answer_only(t, sizeof(xen_capabilities_info_t));
}

CASE(version_changeset)
{
    answer_only(t, sizeof(xen_changeset_info_t));
}

CASE(version_platform)
{
    answer_only(t, sizeof(struct xen_platform_parameters));
}

CASE(version_features)
{
    struct xen_feature_info *f = HEADER(t);

    f->submap_idx = 0;
    t->count = &f->submap_idx;
}

CASE(version_pagesize)
{
    answer_only(t, 0);
}

CASE(version_guest_handle)
{
    answer_only(t, DOMAIN_UUID_SIZE);
}

CASE(version_commandline)
{
    answer_only(t, sizeof(xen_commandline_t));
}

CASE(version_build_id)
{
    answer_only(t, 0);
}

CASE(policy_seal)
{
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(audit_read)
{
    struct bw_audit_read *a = HEADER(t);

    audit_ring_add_change(BW_AUDIT_replaced, CALLER, caller->sid, XSM_DOMID_NONE, XSM_SID_NONE);
    *a = (struct bw_audit_read){.text = CASES_NESTED, .size = XSM_MAX_AUDIT};
    t->count = &a->size;
    t->nested = &a->text;
}

CASE(coverage_read)
{
    struct bw_coverage_read *c = HEADER(t);
    struct xsm_error error;

    (void)policy_collect(&error);
    xsm_cover(gate_engine.coverage,
              &(struct xsm_covered){.hook = XSM_HOOK_evtchn_send, .subject = 1, .object = 1});
    *c = (struct bw_coverage_read){.text = CASES_NESTED, .size = XSM_MAX_AUDIT};
    t->count = &c->size;
    t->nested = &c->text;
}

CASE(coverage_reset)
{
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(failure_read)
{
    struct bw_failure_read *f = HEADER(t);

    report_note_failure("a launch fails");
    *f = (struct bw_failure_read){.text = CASES_NESTED, .size = XSM_MAX_AUDIT};
    t->nested = &f->text;
}

#define WRITES_BACK_IN false
#define WRITES_BACK_OUT true
#define HEADER_SIZE(type) (sizeof(type) == sizeof(struct no_header) ? 0 : sizeof(type))

/* A new row without a case doesn't compile: <name>_case is missing. */
const struct op_case op_cases[] = {
#define OP(hypercall, sub_, name_, hook_, header, result, decode)                                  \
    {.name = #name_,                                                                               \
     .hook = XSM_HOOK_##hook_,                                                                     \
     .writes_back = WRITES_BACK_##result,                                                          \
     .header_size = HEADER_SIZE(header),                                                           \
     .prepare = name_##_case,                                                                      \
     .number = __HYPERVISOR_##hypercall,                                                           \
     .sub = (sub_)},
#include "hv/gate/ops.def"
#undef OP
};

const unsigned int nr_op_cases = ARRAY_SIZE(op_cases);

void cases_prepare(const struct op_case *c, struct attempt *t)
{
    bool third = c->number == __HYPERVISOR_vcpu_op;

    *t = (struct attempt){.d = caller, .number = c->number, .size = c->header_size};
    memset(scene_memory(caller, ARGUMENTS), 0xff, PAGE_SIZE);
    t->pointer = third ? 2 : 1;
    t->argument[0] = c->sub;
    t->argument[1] = third ? caller->vcpu[0]->id : ARGUMENTS;
    t->argument[2] = third ? ARGUMENTS : 0;
    c->prepare(t);
}

int64_t cases_call(const struct attempt *t)
{
    return gate_hypercall(t->d->vcpu[0], t->number, t->argument);
}
