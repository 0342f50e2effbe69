/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domains and their vCPUs. A domain has a label and role bits for the decisions in xsm/; nothing
 * in hv/ looks at either but to hand them over.
 */
#ifndef HV_DOMAIN_DOMAIN_H
#define HV_DOMAIN_DOMAIN_H

#include <xen/xen.h>
#include <xen/vcpu.h>
#include <xen/hvm/params.h>

#include "arch_types.h"
#include "hv/domain/evtchn.h"
#include "hv/domain/share.h"
#include "hv/machine/console.h"
#include "hv/machine/lock.h"
#include "hv/types.h"
#include "xsm/engine.h"

#define DOMAIN_NAME_SIZE 32
#define DOMAIN_UUID_SIZE 16

/* Grant frames a domain may have; Linux needs at least 4 (gnttab_init). */
#define GRANT_FRAMES 4

enum vcpu_state {
    VCPU_OFFLINE, /* until another vCPU of its domain starts it */
    VCPU_CLAIMED, /* offline, and its registers are being changed: vcpu_claim() */
    VCPU_BLOCKED, /* until an event or a deadline */
    VCPU_RUNNABLE,
};

enum vcpu_deadline {
    DEADLINE_SINGLESHOT, /* VCPUOP_set_singleshot_timer: raises VIRQ_TIMER */
    DEADLINE_POLL,       /* SCHEDOP_poll's timeout */
    DEADLINE_APIC,       /* the virtual local APIC's timer */
    NR_DEADLINES
};

/*
 * Numbers of VIRQs that there are (xen.h): 0 and 1, VIRQ_TIMER and VIRQ_DEBUG, each vCPU has for
 * itself; 2, VIRQ_CONSOLE, is the domain's, and its port is with vCPU 0.
 */
#define NR_BOUND_VIRQS 3
/* For what a vCPU in SCHEDOP_poll waits, other than one port. */
#define POLL_ANY_PORT UINT32_MAX
#define POLL_TIME_ONLY (UINT32_MAX - 1)

struct domain;

struct vcpu {
    struct domain *domain;
    uint32_t id;

    /* Under the lock of `queue`; `state` and `cpu` are also read without. */
    enum vcpu_state state;
    struct cpu *cpu;     /* who runs it, or still has to put its registers aside; NULL: nobody */
    struct queue *queue; /* where it waits for its turn */
    bool queued, yielded;
    bool initialised; /* it has registers to run with */
    struct vcpu *next;
    struct vcpu_runstate_info runstate;
    struct cpu *ran_on; /* whose registers are its own if that CPU's `current` says so, too */

    /* Under the timer lock of `watched_by`. */
    struct cpu *watched_by;          /* which CPU delivers its deadlines; NULL: it never ran */
    struct vcpu *next_watched;       /* on that CPU's list */
    uint64_t deadline[NR_DEADLINES]; /* ns; NEVER */

    struct vcpu_info *info;             /* in a frame of the domain or in its shared_info */
    uint32_t virq_port[NR_BOUND_VIRQS]; /* where each VIRQ is bound; 0: nowhere */
    uint32_t poll_port;                 /* or POLL_*; 0: it is in no SCHEDOP_poll */
    bool woken;                         /* what it polls for has come */
    gva_t runstate_area;                /* 0: not registered */
    struct arch_vcpu arch;
};

enum domain_state {
    DOMAIN_BUILDING, /* or staged: built, and not started yet */
    DOMAIN_RUNNING,
    DOMAIN_STOPPED, /* shut down, or crashed */
};

struct domain {
    uint16_t domid;
    uint32_t generation; /* differs from that of any former holder of the domid */
    struct lock lock;    /* for what lock.h says of LOCK_DOMAIN */
    char name[DOMAIN_NAME_SIZE];
    uint8_t uuid[DOMAIN_UUID_SIZE];
    enum domain_state state;
    unsigned int shutdown_code; /* SHUTDOWN_*, when stopped */
    bool awaited;               /* the boot CPU leaves sched_run() when it stops */

    xsm_sid sid;         /* domain_sid() */
    xsm_sid self_sid;    /* domain_self_sid() */
    xsm_sid channel_sid; /* of its ports that lead to itself or to the hypervisor; under the lock */
    uint32_t roles;
    uint32_t sids_left; /* contexts that nobody had, which it may still have numbered: policy.h */

    uint64_t ram_frames;
    uint64_t table_frames; /* of nested page tables, and the most there may be */
    uint64_t max_table_frames;
    uint64_t unmapped; /* counts what was taken out of the map: translations older than this are
                          stale */
    struct arch_domain arch;

    struct shared_info *shared_info;
    gfn_t shared_info_gfn; /* where the guest put it; ~0: nowhere yet */
    mfn_t grant_frame[GRANT_FRAMES];
    gfn_t grant_gfn[GRANT_FRAMES];

    struct evtchn *evtchn;   /* [CONFIG_MAX_EVENT_CHANNELS] */
    unsigned int nr_polling; /* vCPUs in SCHEDOP_poll: atomic */
    uint64_t param[HVM_NR_PARAMS];

    struct xencons_interface *console_ring;
    struct console_line line;
    struct console_typed typed; /* under the console's lock, as `line` is */

    struct share share; /* of the shared CPUs; under the lock of their queue */

    struct lock audit_lock;
    uint32_t audit_tokens; /* audit lines that may still be printed at once */
    uint32_t audit_dropped;
    uint64_t audit_refilled; /* ns */

    unsigned int nr_up; /* vCPUs that are neither offline nor claimed: atomic */
    unsigned int nr_vcpus;
    struct vcpu *vcpu[CONFIG_MAX_VCPUS]; /* [nr_vcpus] */
};

/* A domain whose lock the CPU holds: what needs the lock takes this. */
struct domain_locked {
    struct domain *d;
};

/* What a domain is made with. */
struct domain_config {
    const char *name;
    uint16_t domid;
    uint8_t uuid[DOMAIN_UUID_SIZE];
    xsm_sid sid, self_sid, channel_sid; /* as in struct domain */
    uint32_t roles;
    uint64_t memory_kib;
    unsigned int nr_vcpus; /* 1 .. CONFIG_MAX_VCPUS */
    bool dedicated;        /* each vCPU has a CPU for itself */
    uint32_t weight, cap;  /* of a domain that isn't dedicated: share.h */
};

/*
 * A new domain, in state DOMAIN_BUILDING, with its memory but nothing in it.
 * -ENOSPC: no free slot; -EEXIST: the domid is taken; -ENOMEM: not enough memory; -EBUSY: not
 * enough CPUs to dedicate. On failure nothing is left of it.
 */
int domain_create(const struct domain_config *config, struct domain **created);
/*
 * Give everything back. The domain isn't running. Waits until no CPU has anything of it: the caller
 * holds no lock.
 */
void domain_destroy(struct domain *d);
void domain_unpause(struct domain *d);
/* It runs no more, on any CPU, once each has noticed; `code` is SHUTDOWN_*. */
void domain_stop(struct domain *d, unsigned int code);
/* The same, but of the hypervisor's own accord, which says nothing of a shutdown. */
void domain_halt(struct domain *d);
/*
 * It has stopped: wait until none of its vCPUs is on a CPU any more. Each leaves once it has
 * noticed that it is offline. One may itself wait for this CPU meanwhile, so that this counts as
 * idle: the caller holds no lock, and has nothing looked up (quiesce.h).
 */
void domain_wait_off(const struct domain *d);
/* The name of a shutdown code. */
const char *domain_shutdown_name(unsigned int code);
/* From now on there is nothing left to do once all domains that were unpaused have stopped. */
void domains_all_unpaused(void);
/* Nothing in the domain could ever start one of its vCPUs again: it is off. */
void domain_stop_if_all_offline(struct domain *d);
/* The guest did something that it can't go on from: say what, and stop it. */
void domain_crash(struct domain *d, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Its label, which may change at any time. */
static inline xsm_sid domain_sid(const struct domain *d)
{
    return __atomic_load_n(&d->sid, __ATOMIC_RELAXED);
}

/* And when it is asked about itself (xsm_self_sid()). */
static inline xsm_sid domain_self_sid(const struct domain *d)
{
    return __atomic_load_n(&d->self_sid, __ATOMIC_RELAXED);
}

static inline struct domain_locked domain_lock(struct domain *d)
{
    lock_take(&d->lock);
    return (struct domain_locked){d};
}

static inline void domain_unlock(struct domain_locked locked)
{
    lock_release(&locked.d->lock);
}

/* Both domains' locks; they may be the same domain. */
struct domain_locked_both {
    struct domain_locked a, b;
};
struct domain_locked_both domain_lock_both(struct domain *a, struct domain *b);
void domain_unlock_both(struct domain_locked_both locked);

/*
 * NULL: none. Takes no lock: what is found stays what it is until the CPU enters a guest or waits
 * (quiesce.h). What guests name goes through gate_name_domain() instead. */
struct domain *domain_by_domid(uint16_t domid);
/* The n-th slot of the table, for walking over all domains; NULL where it is empty. As above. */
struct domain *domain_in_slot(unsigned int slot);
#define DOMAIN_SLOTS CONFIG_MAX_DOMAINS

/* The port, whatever it is now, or NULL for numbers that are none. */
static inline struct evtchn *evtchn_port(const struct domain *d, uint32_t port)
{
    return port < CONFIG_MAX_EVENT_CHANNELS && d->evtchn != NULL ? &d->evtchn[port] : NULL;
}

/* The port's channel, or NULL if there is none. */
static inline struct evtchn *evtchn_at(const struct domain *d, uint32_t port)
{
    struct evtchn *e = evtchn_port(d, port);

    return e != NULL && __atomic_load_n(&e->state, __ATOMIC_RELAXED) != EVTCHN_FREE ? e : NULL;
}

/* The vCPU of this number, or NULL. */
static inline struct vcpu *domain_vcpu(const struct domain *d, uint32_t id)
{
    return id < d->nr_vcpus ? d->vcpu[id] : NULL;
}

#endif
