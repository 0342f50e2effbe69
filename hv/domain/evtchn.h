/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Event channels, in the two-level ABI of Xen's public event_channel.h. Every end has a label,
 * given when it was made. What the functions here do was decided before.
 */
#ifndef HV_DOMAIN_EVTCHN_H
#define HV_DOMAIN_EVTCHN_H

#include "hv/types.h"
#include "xsm/engine.h"

struct domain;
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
    uint32_t vcpu; /* which is notified */
    xsm_sid sid;
};

int evtchn_init(struct domain *d);
void evtchn_destroy(struct domain *d);

/* A free port, or -ENOSPC. */
int evtchn_free_port(const struct domain *d);
/* The port's channel, or NULL for numbers that are none. */
struct evtchn *evtchn_at(const struct domain *d, uint32_t port);

/* Tell the owner of the port: set it pending, and wake its vCPU if it isn't masked. */
void evtchn_set_pending(struct domain *d, uint32_t port);
/* What sending on the port does. -EINVAL: nobody is at the other end. */
int evtchn_send(struct domain *d, uint32_t port);
void evtchn_unmask(struct domain *d, uint32_t port);
bool evtchn_is_pending(const struct domain *d, uint32_t port);
/* -EINVAL: it can't be closed. The other end of a channel becomes unbound. */
int evtchn_close(struct domain *d, uint32_t port);
/* Tell the domain that its console ring has changed; it may have closed the port. */
void evtchn_notify_console(struct domain *d);
/* Raise a per-vCPU VIRQ if it is bound. */
void evtchn_raise_virq(struct vcpu *v, unsigned int virq);

#endif
