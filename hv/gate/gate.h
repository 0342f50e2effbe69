/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The one way in. Whatever a guest asks of the hypervisor goes through here, in three parts:
 *   decode   read the fixed-size header, name the targets; no side effect
 *   ask      every check of the operation's row in xsm/hooks.def, both keys
 *   act      do it, or unwind
 * hv/gate/ops.def says which functions these are for each operation.
 */
#ifndef HV_GATE_GATE_H
#define HV_GATE_GATE_H

#include "hv/domain/domain.h"
#include "xsm/engine.h"

#define GATE_ARGUMENTS 6
#define GATE_HEADER_SIZE 64

/* The engine that decides, set up by the launch. */
extern struct xsm_engine gate_engine;
/* The launch is over: rows of phase LAUNCH are refused from now on. */
extern bool gate_finalised;
/* The policy is sealed: rows of phase UNSEALED are refused until the machine is started again. */
extern bool gate_sealed;

/* To be read so: one CPU sets them, once, while others ask. */
static inline bool gate_is_finalised(void)
{
    return __atomic_load_n(&gate_finalised, __ATOMIC_ACQUIRE);
}

static inline bool gate_is_sealed(void)
{
    return __atomic_load_n(&gate_sealed, __ATOMIC_ACQUIRE);
}

/* A query that no call began: of what is asked again, or for each element of a list. */
static inline void gate_start_query(struct xsm_query *query, enum xsm_hook hook,
                                    struct xsm_subject caller)
{
    xsm_start_query(query, hook, caller);
    query->finalised = gate_is_finalised();
    query->sealed = gate_is_sealed();
}

struct op;

/*
 * A port as it was when its label was looked up: `port` is NULL if there is no such number. Acting
 * on it, under its domain's lock, begins with gate_port_changed().
 */
struct gate_port {
    const struct evtchn *port;
    uint32_t generation;
};

/* One call of one domain. */
struct call {
    struct vcpu *v;
    struct domain *d; /* who calls */
    const struct op *op;
    const uint64_t *argument; /* [GATE_ARGUMENTS], of a hypercall */
    gva_t header_at;          /* where `header` came from, and goes back to */
    union {
        uint64_t align;
        uint8_t header[GATE_HEADER_SIZE];
    };
    struct xsm_query query;
    struct domain *named; /* by gate_name_domain(): NULL if there is none of that domid */
    struct vcpu *vcpu;    /* of the calling domain, that vcpu_op names; NULL elsewhere */
    struct gate_port channel, far_channel;
};

/*
 * Not now: the vCPU has given its time slice away and is to execute the same instruction again,
 * which asks again. No errno.
 */
#define GATE_RETRY 1000
/*
 * What act functions return, before they do anything, when something that was decided about is no
 * longer what it was: the call begins again with decode, and is asked again. No errno.
 */
#define GATE_CHANGED 1001

/* A hypercall. Returns what goes into the guest's result register, or GATE_RETRY negated. */
int64_t gate_hypercall(struct vcpu *v, uint64_t number, const uint64_t argument[GATE_ARGUMENTS]);
/* The guest asks for its hypercall page at `value` (address and page index). 0 or -errno. */
int gate_hypercall_page(struct vcpu *v, uint64_t value);
/*
 * The guest writes to the hypervisor's console other than by hypercall. 0 or -errno;
 * GATE_RETRY as above.
 */
int gate_console_write(struct vcpu *v, const char *text, size_t size);
/*
 * May the vCPU start or stop another one of its domain, or itself, other than by hypercall? 0 or
 * -errno. Only asks.
 */
int gate_vcpu_start(struct vcpu *v, const struct vcpu *other);
int gate_vcpu_stop(struct vcpu *v, const struct vcpu *other);

/* --- for decode functions --- */

/*
 * Resolve a domid that a guest named (DOMID_SELF included) as this party of the call's hook. What
 * doesn't exist is asked as if it were unlabeled, so that absent and forbidden look alike to who
 * may do neither; the caller itself, as a target, by its label for itself. The object is
 * call->named, and only act functions use it.
 */
void gate_name_domain(struct call *call, uint16_t domid, enum xsm_party party);
/* Resolve a port of the calling domain as the party `channel`. */
void gate_name_channel(struct call *call, uint32_t port);
/* Is the port no longer what was asked about? Under the lock of its domain. */
bool gate_port_changed(const struct gate_port *port);
/* Resolve the port at the other end, of the domain named before, as the party `far_channel`. */
void gate_name_far_channel(struct call *call, uint32_t port);
/* The end that `owner` is about to make of a channel to the party `peer`. */
int gate_name_new_channel(struct call *call, xsm_sid owner);

/* --- lists: rows of kind FILTER --- */

/*
 * An entry of a list that `call` gives its caller, to be asked for by `hook`. Say what it is about
 * as a decode function does, or in entry->query; then ask.
 */
void gate_begin_entry(const struct call *call, enum xsm_hook hook, struct call *entry);
/*
 * May the caller have it in his list? It isn't recorded that he may not: he asked for what he may
 * see.
 */
bool gate_shows(struct call *entry);

/* --- guest memory, guest_memory.c --- */

/* Copy from and to the guest's virtual address space. 0 or -EFAULT: `to` may have been changed. */
int gate_copy_from(struct vcpu *v, void *to, gva_t from, size_t size);
/* -EFAULT: nothing was copied. */
int gate_copy_to(struct vcpu *v, gva_t to, const void *from, size_t size);

/*
 * Can all of it be read, or written? 0 or -EFAULT. For what must be known before something is done
 * that couldn't be undone.
 */
int gate_probe(struct vcpu *v, gva_t at, size_t size, bool write);

/* --- audit.c --- */

/* Print a verdict's records. `d` is charged for them; NULL: the launch itself. */
void audit_verdict(struct domain *d, const struct xsm_verdict *verdict);
void audit_records(struct domain *d, const struct xsm_record *record, unsigned int count);
void audit_record(const struct xsm_record *record);
/* Say how many records of the domain were dropped, once it is quiet again. */
void audit_poll(struct domain *d);
/* Say it now: the domain stops. */
void audit_flush(struct domain *d);

#endif
