/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/domain/p2m.h"
#include "hv/domain/sched.h"
#include "hv/gate/ops.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "xsm/quick.h"

/* Beyond the largest numbers of ops.def. */
#define GATE_HYPERCALLS 64u
#define GATE_SUBS 32u

struct op {
    bool writes_back;
    uint16_t header_size;
    enum xsm_hook hook;
    int (*decode)(struct call *call); /* NULL: the calling domain is the target */
    int64_t (*act)(struct call *call);
};

struct xsm_engine gate_engine;
bool gate_finalised;
bool gate_sealed;

#define HEADER_SIZE(type) (sizeof(type) == sizeof(struct no_header) ? 0 : sizeof(type))
#define WRITES_BACK_IN false
#define WRITES_BACK_OUT true
#define DECODER_own(name) NULL
#define DECODER_other(name) name##_decode

static const struct op ops[] = {
#define OP(hypercall, sub, name, hook, header, result, decode)                                     \
    {WRITES_BACK_##result, HEADER_SIZE(header), XSM_HOOK_##hook, DECODER_##decode(name),           \
     name##_act},
#include "hv/gate/ops.def"
#undef OP
};

#define OP(hypercall, sub, name, hook, header, result, decode)                                     \
    _Static_assert(sizeof(header) <= GATE_HEADER_SIZE, #name);
#include "hv/gate/ops.def"
#undef OP

enum {
    OP_NONE,
#define OP(hypercall, sub, name, hook, header, result, decode) OP_##name,
#include "hv/gate/ops.def"
#undef OP
};

/* Where each operation is in the table, from 1: two of one number don't compile. */
static const uint8_t op_number[GATE_HYPERCALLS][GATE_SUBS] = {
#define OP(hypercall, sub, name, hook, header, result, decode)                                     \
    [__HYPERVISOR_##hypercall][sub] = OP_##name,
#include "hv/gate/ops.def"
#undef OP
};

_Static_assert(ARRAY_SIZE(ops) <= UINT8_MAX, "a number of the table is a byte");

/* Sub-operations are 32-bit numbers: the upper half of the register says nothing. */
static const struct op *find_op(uint64_t hypercall, uint32_t sub)
{
    unsigned int number;

    if (hypercall >= GATE_HYPERCALLS || sub >= GATE_SUBS)
        return NULL;
    number = op_number[hypercall][sub];
    return number == OP_NONE ? NULL : &ops[number - 1];
}

static void start_query(struct call *call, struct vcpu *v, enum xsm_hook hook)
{
    const struct domain *d = v->domain;

    call->v = v;
    call->d = v->domain;
    call->named = NULL;
    call->vcpu = NULL;
    call->channel.port = NULL;
    call->far_channel.port = NULL;
    xsm_start_query(&call->query, hook, (struct xsm_subject){d->domid, domain_sid(d), d->roles});
    call->query.finalised = gate_is_finalised();
}

/* By itself, so that only who needs the room for a verdict pays for it. */
__attribute__((noinline)) static int ask_in_full(struct call *call)
{
    struct xsm_verdict verdict;
    int error = xsm_ask(&gate_engine, &call->query, &verdict);

    if (verdict.nr_records > 0)
        audit_verdict(call->d, &verdict);
    return error;
}

/* 0, or -EPERM; what is to be recorded has been. */
static inline int ask(struct call *call)
{
    call->query.sealed = gate_is_sealed();
    return xsm_quick(&gate_engine, &call->query) ? 0 : ask_in_full(call);
}

void gate_begin_entry(const struct call *call, enum xsm_hook hook, struct call *entry)
{
    start_query(entry, call->v, hook);
    entry->op = call->op;
    entry->argument = call->argument;
}

bool gate_shows(struct call *entry)
{
    struct xsm_verdict verdict;

    entry->query.sealed = gate_is_sealed();
    if (xsm_ask(&gate_engine, &entry->query, &verdict) != 0)
        return false;
    if (verdict.nr_records > 0)
        audit_verdict(entry->d, &verdict);
    return true;
}

static void name_own_domain(struct call *call)
{
    call->named = call->d;
    call->query.sid[XSM_PARTY_target] = domain_self_sid(call->d);
    call->query.target_domid = call->d->domid;
    call->query.self = true;
}

void gate_name_domain(struct call *call, uint16_t domid, enum xsm_party party)
{
    struct domain *d = domid == DOMID_SELF ? call->d : domain_by_domid(domid);

    call->named = d;
    call->query.sid[party] = d == NULL ? XSM_INITIAL_UNLABELED : domain_sid(d);
    call->query.target_domid = d == NULL ? domid : d->domid;
    call->query.self = d == call->d;
    if (d == call->d && party == XSM_PARTY_target)
        call->query.sid[party] = domain_self_sid(d);
}

/*
 * The label of a port. Its generation is read first: a change after that, which may have come
 * before the rest was read, is found when acting.
 */
static xsm_sid name_port(struct gate_port *named, const struct domain *d, uint32_t port)
{
    struct evtchn *e = d == NULL ? NULL : evtchn_port(d, port);

    named->port = e;
    if (e == NULL)
        return XSM_INITIAL_UNLABELED;
    named->generation = __atomic_load_n(&e->generation, __ATOMIC_ACQUIRE);
    return evtchn_at(d, port) == NULL ? XSM_INITIAL_UNLABELED
                                      : __atomic_load_n(&e->sid, __ATOMIC_RELAXED);
}

bool gate_port_changed(const struct gate_port *port)
{
    return port->port != NULL && port->port->generation != port->generation;
}

void gate_name_channel(struct call *call, uint32_t port)
{
    call->query.sid[XSM_PARTY_channel] = name_port(&call->channel, call->d, port);
    call->query.self = true;
}

void gate_name_far_channel(struct call *call, uint32_t port)
{
    call->query.sid[XSM_PARTY_far_channel] = name_port(&call->far_channel, call->named, port);
}

int gate_name_new_channel(struct call *call, xsm_sid owner)
{
    return xsm_channel_sid(&gate_engine, owner, call->query.sid[XSM_PARTY_peer],
                           &call->query.sid[XSM_PARTY_channel]);
}

static int decode(struct call *call)
{
    if (call->op->decode != NULL)
        return call->op->decode(call);
    name_own_domain(call);
    return 0;
}

/* Decode, ask, act, on the header that was copied in. */
static int64_t decide_and_act(struct call *call)
{
    const struct op *op = call->op;
    int error = decode(call);

    if (error == 0)
        error = ask(call);
    /* A result that can't be delivered is refused before it exists. */
    if (error == 0 && op->writes_back)
        error = gate_probe(call->v, call->header_at, op->header_size, true);
    return error != 0 ? error : op->act(call);
}

#define MOST_TRIES 8u

/*
 * What the call names may change while it is decided: then it is decided again. A domain whose
 * vCPUs keep changing it has its instruction executed again in the end, so that it can be
 * interrupted.
 */
static int64_t perform(struct call *call)
{
    const struct op *op = call->op;
    int64_t result = -GATE_CHANGED;

    if (op->header_size > 0 &&
        gate_copy_from(call->v, call->header, call->header_at, op->header_size) != 0)
        return -EFAULT;
    for (unsigned int i = 0; i < MOST_TRIES && result == -GATE_CHANGED; i++)
        result = decide_and_act(call);
    if (result == -GATE_CHANGED)
        return -GATE_RETRY;
    if (result >= 0 && op->writes_back &&
        gate_copy_to(call->v, call->header_at, call->header, op->header_size) != 0)
        return -EFAULT;
    return result;
}

/* Where the argument's address is among a hypercall's arguments. */
static unsigned int header_argument(uint64_t hypercall)
{
    if (hypercall == __HYPERVISOR_xsm_op)
        return 0;
    return hypercall == __HYPERVISOR_vcpu_op || hypercall == __HYPERVISOR_console_io ? 2 : 1;
}

/* grant_table_op takes an array: its elements are performed one by one. */
static uint64_t element_count(uint64_t hypercall, const uint64_t argument[GATE_ARGUMENTS])
{
    return hypercall == __HYPERVISOR_grant_table_op ? (uint32_t)argument[2] : 1;
}

#define MAX_ELEMENTS 64u

/* By itself, so that only who needs the room for a call pays for it. */
__attribute__((noinline)) static int64_t perform_all(struct vcpu *v, const struct op *op,
                                                     uint64_t number,
                                                     const uint64_t argument[GATE_ARGUMENTS])
{
    gva_t at = {argument[header_argument(number)]};
    struct call call;
    int64_t result = 0;

    if (number == __HYPERVISOR_vcpu_op && domain_vcpu(v->domain, (uint32_t)argument[1]) == NULL)
        return -ENOENT;
    if (element_count(number, argument) > MAX_ELEMENTS)
        return -E2BIG;
    for (uint64_t i = 0; i < element_count(number, argument) && result == 0; i++) {
        start_query(&call, v, op->hook);
        call.op = op;
        call.argument = argument;
        if (number == __HYPERVISOR_vcpu_op)
            call.vcpu = domain_vcpu(v->domain, (uint32_t)argument[1]);
        call.header_at = (gva_t){at.v + i * op->header_size};
        result = perform(&call);
    }
    return result;
}

/* How every header of xsm_op begins. */
struct flask_op_start {
    uint32_t cmd, interface_version;
};

/*
 * xsm_op has its sub-operation in the header, which is copied in whole later: what was read here is
 * what is done, whatever the guest writes there meanwhile.
 */
static int find_flask_op(struct vcpu *v, gva_t at, const struct op **op)
{
    struct flask_op_start start;

    if (gate_copy_from(v, &start, at, sizeof(start)) != 0)
        return -EFAULT;
    if (start.interface_version != XEN_FLASK_INTERFACE_VERSION)
        return -ENOSYS;
    *op = find_op(__HYPERVISOR_xsm_op, start.cmd);
    return 0;
}

/* By itself, so that the stack has room for it only where it is needed. */
__attribute__((noinline)) static int64_t perform_flask_op(struct vcpu *v,
                                                          const uint64_t argument[GATE_ARGUMENTS])
{
    const struct op *op = NULL;
    int error = find_flask_op(v, (gva_t){argument[0]}, &op);

    if (error != 0)
        return error;
    return op == NULL ? -ENOSYS : perform_all(v, op, __HYPERVISOR_xsm_op, argument);
}

int64_t gate_hypercall(struct vcpu *v, uint64_t number, const uint64_t argument[GATE_ARGUMENTS])
{
    const struct op *op;

    if (number == __HYPERVISOR_xsm_op)
        return perform_flask_op(v, argument);
    op = find_op(number, (uint32_t)argument[0]);
    return op == NULL ? -ENOSYS : perform_all(v, op, number, argument);
}

int gate_hypercall_page(struct vcpu *v, uint64_t value)
{
    struct call call;
    mfn_t frame;
    int error;

    start_query(&call, v, XSM_HOOK_hypercall_page);
    name_own_domain(&call);
    error = ask(&call);
    if (error != 0)
        return error;
    frame = p2m_lookup(v->domain, gfn(value >> PAGE_SHIFT));
    if (frame.m == INVALID_MFN.m || (value & PAGE_MASK) != 0)
        return -EINVAL; /* the low bits number the page, and there is one */
    arch_write_hypercall_page(map_mfn(frame));
    return 0;
}

int gate_console_write(struct vcpu *v, const char *text, size_t size)
{
    struct call call;
    int error;

    start_query(&call, v, XSM_HOOK_console_write);
    error = ask(&call);
    if (error != 0)
        return error;
    if (console_domain_write(v->domain, text, size))
        return 0;
    vcpu_yield();
    return -GATE_RETRY;
}

static int ask_about_vcpu(struct vcpu *v, const struct vcpu *other, enum xsm_hook hook)
{
    struct call call;

    assert(other->domain == v->domain);
    start_query(&call, v, hook);
    gate_name_domain(&call, DOMID_SELF, XSM_PARTY_target);
    return ask(&call);
}

int gate_vcpu_start(struct vcpu *v, const struct vcpu *other)
{
    return ask_about_vcpu(v, other, XSM_HOOK_vcpu_start);
}

int gate_vcpu_stop(struct vcpu *v, const struct vcpu *other)
{
    return ask_about_vcpu(v, other, XSM_HOOK_vcpu_stop);
}
