/* SPDX-License-Identifier: BSD-2-Clause */
#include <xen/event_channel.h>
#include <xen/hvm/hvm_op.h>
#include <xen/hvm/params.h>
#include <xen/memory.h>
#include <xen/vcpu.h>

#include "cpu.h"
#include "text.h"
#include "vcpus.h"
#include "xen.h"

#define PAGE_SIZE 4096
#define PAGE_SHIFT 12
#define CPUID_XEN 0x40000000u
#define CALLBACK_VECTOR ((uint64_t)2 << 56) /* HVM_PARAM_CALLBACK_IRQ: by vector */
#define NS_PER_MS 1000000u
/* QEMU's power management port as its firmware leaves it; 0x2000 there powers off. */
#define PORT_QEMU_PM 0x604
#define QEMU_POWER_OFF 0x2000

static union {
    struct shared_info info;
    uint8_t page[PAGE_SIZE];
} shared __attribute__((aligned(PAGE_SIZE)));

static struct vcpu_info own_vcpu_info __attribute__((aligned(64)));
static struct vcpu_info *vcpu_info = &shared.info.vcpu_info[0];
static bool present;
static volatile uint64_t upcalls;

void on_upcall(void);

bool xen_present(void)
{
    return present;
}

uint64_t shared_info_pfn(void)
{
    return (uintptr_t)&shared >> PAGE_SHIFT;
}

int64_t hypercall(uint64_t number, uint64_t a1, uint64_t a2, uint64_t a3, uint64_t a4, uint64_t a5)
{
    register uint64_t r10 __asm__("r10") = a4;
    register uint64_t r8 __asm__("r8") = a5;
    int64_t result;

    __asm__ volatile("vmmcall"
                     : "=a"(result), "+D"(a1), "+S"(a2), "+d"(a3), "+r"(r10), "+r"(r8)
                     : "a"(number)
                     : "memory");
    return result;
}

static int64_t call(uint64_t number, uint64_t command, const void *argument)
{
    return hypercall(number, command, (uintptr_t)argument, 0, 0, 0);
}

int64_t hvm_get_param(uint32_t index, uint64_t *value)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index};
    int64_t error = call(__HYPERVISOR_hvm_op, HVMOP_get_param, &param);

    *value = param.value;
    return error;
}

int64_t hvm_set_param(uint32_t index, uint64_t value)
{
    struct xen_hvm_param param = {.domid = DOMID_SELF, .index = index, .value = value};

    return call(__HYPERVISOR_hvm_op, HVMOP_set_param, &param);
}

int64_t evtchn_send(uint32_t port)
{
    struct evtchn_send send = {.port = port};

    return call(__HYPERVISOR_event_channel_op, EVTCHNOP_send, &send);
}

void console_io_write(const char *bytes, size_t size)
{
    hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, size, (uintptr_t)bytes, 0, 0);
}

void shutdown(unsigned int reason)
{
    struct sched_shutdown argument = {.reason = reason};

    if (present)
        call(__HYPERVISOR_sched_op, SCHEDOP_shutdown, &argument);
    else
        out16(PORT_QEMU_PM, QEMU_POWER_OFF);
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* A hypervisor may serve the clock only where a vCPU asked for it. */
static void register_vcpu_info(void)
{
    struct vcpu_register_vcpu_info where = {
        .mfn = (uintptr_t)&own_vcpu_info >> PAGE_SHIFT,
        .offset = (uintptr_t)&own_vcpu_info & (PAGE_SIZE - 1),
    };

    if (!hypercall(__HYPERVISOR_vcpu_op, VCPUOP_register_vcpu_info, 0, (uintptr_t)&where, 0, 0))
        vcpu_info = &own_vcpu_info;
}

void xen_init(void)
{
    struct cpuid_result leaf = cpuid(CPUID_XEN, 0);
    struct xen_add_to_physmap where = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_shared_info,
        .gpfn = (uintptr_t)&shared >> PAGE_SHIFT,
    };

    /* "XenVMMXenVMM" */
    present = leaf.ebx == 0x566e6558 && leaf.ecx == 0x65584d4d && leaf.edx == 0x4d4d566e;
    if (!present)
        return;
    call(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, &where);
    if (!vcpu_info->time.tsc_to_system_mul)
        register_vcpu_info();
}

/* One reading of the clock; false if the hypervisor was changing it meanwhile. */
static bool read_clock(const volatile struct vcpu_time_info *time, uint64_t *ns)
{
    __extension__ typedef unsigned __int128 uint128;
    uint32_t version = time->version;
    uint64_t ticks = read_tsc() - time->tsc_timestamp;

    if (time->tsc_shift >= 0)
        ticks <<= time->tsc_shift;
    else
        ticks >>= -time->tsc_shift;
    *ns = time->system_time + (uint64_t)(((uint128)ticks * time->tsc_to_system_mul) >> 32);
    return !(version & 1) && version == time->version;
}

uint64_t clock_ns(void)
{
    unsigned int tries;
    uint64_t ns = 0;

    if (!present || !vcpu_info->time.tsc_to_system_mul)
        return read_tsc();
    for (tries = 0; tries < 1000; tries++)
        if (read_clock(&vcpu_info->time, &ns))
            break;
    return ns;
}

/* Give the CPU away until `deadline` or until one of the ports has an event; may return early. */
static void poll(uint32_t *port, uint64_t deadline)
{
    struct sched_poll argument = {.nr_ports = port ? 1 : 0, .timeout = deadline};

    argument.ports.p = port;
    if (present && call(__HYPERVISOR_sched_op, SCHEDOP_poll, &argument))
        call(__HYPERVISOR_sched_op, SCHEDOP_yield, NULL);
}

void sleep_ms(uint64_t ms)
{
    uint64_t deadline = clock_ns() + ms * NS_PER_MS;

    while (clock_ns() < deadline)
        poll(NULL, deadline);
}

static bool take_event(uint32_t port)
{
    xen_ulong_t bit = (xen_ulong_t)1 << (port % 64);

    return __atomic_fetch_and(&shared.info.evtchn_pending[port / 64], ~bit, __ATOMIC_SEQ_CST) & bit;
}

bool wait_event(uint32_t port, uint64_t ms)
{
    uint64_t deadline = clock_ns() + ms * NS_PER_MS;

    if (port >= sizeof(shared.info.evtchn_pending) * 8)
        return false;
    while (!take_event(port)) {
        if (clock_ns() >= deadline)
            return false;
        poll(&port, deadline);
    }
    return true;
}

int64_t upcalls_on(void)
{
    int64_t error = hvm_set_param(HVM_PARAM_CALLBACK_IRQ, CALLBACK_VECTOR | UPCALL_VECTOR);

    if (!error) {
        vcpu_info->evtchn_upcall_mask = 0;
        __asm__ volatile("sti");
    }
    return error;
}

uint64_t nr_upcalls(void)
{
    return upcalls;
}

/* Events stay pending in the shared page, where wait_event() looks for them. */
void on_upcall(void)
{
    unsigned int vcpu = own_vcpu();
    struct vcpu_info *info = vcpu == 0 ? vcpu_info : &shared.info.vcpu_info[vcpu];

    info->evtchn_upcall_pending = 0;
    __atomic_store_n(&info->evtchn_pending_sel, 0, __ATOMIC_SEQ_CST);
    __atomic_fetch_add(&upcalls, 1, __ATOMIC_SEQ_CST);
}
