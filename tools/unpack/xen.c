/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: Xen's public headers. */
#include "tools/unpack/xen.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/io/console.h>
#include <xen/sched.h>

#include "tools/unpack/ranges.h"

#define PAGE_SHIFT 12
#define PATIENCE 100000u /* how often to give the CPU away before text is dropped */

/* AMD's processors have another instruction for it than Intel's. */
static bool is_intel(void)
{
    uint32_t a = 0, b, c = 0, d;

    __asm__ volatile("cpuid" : "+a"(a), "=b"(b), "+c"(c), "=d"(d));
    return b == 0x756e6547; /* "Genu" */
}

static int64_t call(uint64_t number, uint64_t a1, const void *argument)
{
    uint64_t a2 = (uintptr_t)argument, a3 = 0;
    int64_t result;

    if (is_intel())
        __asm__ volatile("vmcall"
                         : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3)
                         : "a"(number)
                         : "memory");
    else
        __asm__ volatile("vmmcall"
                         : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3)
                         : "a"(number)
                         : "memory");
    return result;
}

static uint64_t parameter(uint32_t index)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index};

    return call(__HYPERVISOR_hvm_op, HVMOP_get_param, &param) == 0 ? param.value : 0;
}

static void notify(uint32_t port)
{
    struct evtchn_send send = {.port = port};

    (void)call(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

static bool has_room(const struct xencons_interface *ring)
{
    return ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE) < sizeof(ring->out);
}

static void ring_put(struct xencons_interface *ring, uint32_t port, char c)
{
    XENCONS_RING_IDX at = ring->out_prod;

    for (unsigned int i = 0; i < PATIENCE && !has_room(ring); i++) {
        notify(port);
        (void)call(__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
    }
    if (!has_room(ring))
        return;
    ring->out[MASK_XENCONS_IDX(at, ring->out)] = c;
    __atomic_store_n(&ring->out_prod, at + 1, __ATOMIC_RELEASE);
}

/* The port that Linux's early console writes to. */
static void port_print(const char *text)
{
    size_t size = strlen(text);

    __asm__ volatile("rep outsb" : "+S"(text), "+c"(size) : "d"(0xe9) : "memory");
}

void console_print(const char *text)
{
    uint64_t frame = parameter(HVM_PARAM_CONSOLE_PFN), port = parameter(HVM_PARAM_CONSOLE_EVTCHN);

    if (frame == 0 || port == 0) {
        port_print(text);
        return;
    }
    for (; *text != '\0'; text++)
        ring_put(physical(frame << PAGE_SHIFT), (uint32_t)port, *text);
    notify((uint32_t)port);
}

void crash(void)
{
    struct sched_shutdown argument = {.reason = SHUTDOWN_crash};

    (void)call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &argument);
    for (;;)
        __asm__ volatile("cli; hlt");
}
