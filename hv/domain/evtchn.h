/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels, in the two-level ABI of Xen's public event_channel.h. Every end has a label,
 * given when it was made. What the functions here do was decided before.
 *
 * A channel's ends change under the locks of both domains, so that who holds one of them can follow
 * an end to the other. Pending and mask bits are in memory shared with the guest: atomic.
 */
#ifndef HV_DOMAIN_EVTCHN_H
#define HV_DOMAIN_EVTCHN_H

#include "hv/types.h"
#include "xsm/engine.h"

struct domain;
struct domain_locked;
struct vcpu;

enum evtchn_state {
    EVTCHN_FREE,
    EVTCHN_RESERVED, /* port 0 */
    EVTCHN_UNBOUND,  /* waits for `remote` to bind */
    EVTCHN_INTERDOMAIN,
    EVTCHN_CONSOLE, /* the other end is the hypervisor, which drains the console ring */
    EVTCHN_VIRQ,
    EVTCHN_IPI,
};

struct evtchn {
    uint8_t state;
    uint8_t virq;
    uint16_t remote;            /* domid; own domid after DOMID_SELF was resolved */
    uint32_t remote_generation; /* the domain itself, not a later one of the same domid */
    uint32_t remote_port;
    uint32_t vcpu;       /* which is notified; read without the lock */
    uint32_t generation; /* of the port: counts what it was */
    xsm_sid sid;
};

int evtchn_init(struct domain *d);
/* Close every port, with the other domains' locks. */
void evtchn_close_all(struct domain *d);
/* Free the table, which nobody can find any more. */
void evtchn_destroy(struct domain *d);

/* Make a channel at a free port. Returns the port, or -ENOSPC. */
int evtchn_make(struct domain_locked locked, struct evtchn made);

/* Tell the owner of the port: set it pending, and wake its vCPU if it isn't masked. */
void evtchn_set_pending(struct domain *d, uint32_t port);
/*
 * What sending on the port does. -EINVAL: nobody is at the other end. 1: the other end is the
 * hypervisor, which is to drain the console ring once the lock is released.
 */
int evtchn_send(struct domain_locked locked, uint32_t port);
/* Another vCPU is notified from now on, and at once if the port is pending. */
void evtchn_redirect(struct domain_locked locked, uint32_t port, uint32_t vcpu);
/* Give a port another label; who has named it before finds it changed. */
void evtchn_relabel(struct domain_locked locked, uint32_t port, xsm_sid sid);
void evtchn_unmask(struct domain *d, uint32_t port);
bool evtchn_is_pending(const struct domain *d, uint32_t port);
/*
 * Make a channel to a port of another domain that waits for this one. `sid` is the new end's label.
 * Returns the port; -EINVAL: it doesn't wait for this domain; -ENOSPC.
 */
int evtchn_bind(struct domain_locked locked, struct domain_locked other, uint32_t far_port,
                xsm_sid sid);
/* The domain at the other end of a channel or for whom it waits; NULL if it is gone. */
struct domain *evtchn_remote(const struct evtchn *e);
/*
 * -EINVAL: it can't be closed. `other` is evtchn_remote() of a channel between two domains, locked;
 * its end becomes unbound.
 */
int evtchn_close(struct domain_locked locked, struct domain_locked other, uint32_t port);
/* Tell the domain that its console ring has changed; it may have closed the port. Takes its lock.
 */
void evtchn_notify_console(struct domain *d);
/* Raise a VIRQ if the vCPU has bound it, and return whether it has. Takes the domain's lock. */
bool evtchn_raise_virq(struct vcpu *v, unsigned int virq);

#endif
