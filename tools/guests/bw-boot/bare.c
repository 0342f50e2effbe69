/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A boot domain without an operating system: it is there in milliseconds. Entry, console, clock and
 * events are the probe's.
 */
#include <stdarg.h>
#include <stdio.h>

#include <xen/xen.h>
#include <xen/errno.h>
#include <xen/event_channel.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "tools/guests/bw-boot/boot.h"
#include "tools/guests/bw-boot/call.h"
#include "tools/probe/console.h"
#include "tools/probe/cpu.h"
#include "tools/probe/xen.h"

#define MSR_FS_BASE 0xc0000100u
#define LINE_SIZE 512

void probe_main(const struct hvm_start_info *start);

struct boot_place *boot_place(void)
{
    static struct boot_place place;

    return &place;
}

int boot_call(unsigned int operation, void *structure)
{
    return (int)hypercall(HYPERVISOR_BAILIWICK_OP, operation, (uintptr_t)structure, 0, 0, 0);
}

int boot_offer(uint16_t domid, uint32_t *port)
{
    struct evtchn_alloc_unbound alloc = {.dom = DOMID_SELF, .remote_dom = domid};
    int64_t error = hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_alloc_unbound,
                              (uintptr_t)&alloc, 0, 0, 0);

    *port = alloc.port;
    return (int)error;
}

int boot_wait(uint32_t port, uint32_t ms)
{
    return wait_event(port, ms) ? 0 : -XEN_ETIMEDOUT;
}

void boot_say(const char *format, ...)
{
    static char line[LINE_SIZE];
    va_list arguments;

    va_start(arguments, format);
    (void)vsnprintf(line, sizeof(line), format, arguments);
    va_end(arguments);
    put_text(line);
    put_text("\n");
}

/* libfdt comes compiled with stack protectors: it compares with what is behind the FS segment's
 * base. */
static void give_canary(void)
{
    static uint64_t thread[8];

    write_msr(MSR_FS_BASE, (uintptr_t)thread);
}

void probe_main(const struct hvm_start_info *start)
{
    cpu_init();
    xen_init();
    console_init();
    give_canary();
    if (start->magic == XEN_HVM_START_MAGIC_VALUE)
        (void)boot_run(false);
    else
        boot_say("not entered by the PVH protocol");
    shutdown(SHUTDOWN_crash);
}
