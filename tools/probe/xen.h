/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor: hypercalls that the probe itself needs, its clock, its events. */
#ifndef PROBE_XEN_H
#define PROBE_XEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <xen/xen.h>
#include <xen/sched.h>

/* Look for a hypervisor, map its shared page. */
void xen_init(void);
bool xen_present(void);
/* The guest frame number of the shared page. */
uint64_t shared_info_pfn(void);

/* Any hypercall, by number. */
int64_t hypercall(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5);
/* The same through a slot of a hypercall page (start.S). */
int64_t call_slot(const void *slot, uint64_t a1, uint64_t a2);

int64_t hvm_get_param(uint32_t index, uint64_t *value);
int64_t hvm_set_param(uint32_t index, uint64_t value);
int64_t evtchn_send(uint32_t port);
void console_io_write(const char *bytes, size_t size);

/* Stop this domain: SHUTDOWN_* of <xen/sched.h>. Without a hypervisor: power off QEMU. */
__attribute__((noreturn)) void shutdown(unsigned int reason);

/* Nanoseconds of the hypervisor's clock; without one, TSC ticks taken as nanoseconds. */
uint64_t clock_ns(void);
void sleep_ms(uint64_t ms);

/* Wait until a port has an event, and take the event. False: none came in time. */
bool wait_event(uint32_t port, uint64_t ms);

/* Ask for an upcall vector and take interrupts from now on. */
int64_t upcalls_on(void);
uint64_t nr_upcalls(void);

#endif
