/* SPDX-License-Identifier: BSD-2-Clause */
/* What vCPUs do over and over. None of it uses what belongs to the script: console, buffer. */
#include <xen/event_channel.h>
#include <xen/memory.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "command.h"
#include "cpu.h"
#include "storm.h"
#include "text.h"
#include "vcpus.h"
#include "xen.h"

#define SPIN_ROUNDS 10000u
#define NS_PER_MS 1000000u
#define NS_PER_US 1000u
#define LONGEST_WAIT_MS 10u
/* Guest frames behind the memory of a probe. */
#define FREE_FRAMES 0x20000u

static int64_t event_call(uint64_t command, const void *argument)
{
    return hypercall(__HYPERVISOR_event_channel_op, command, (uintptr_t)argument, 0, 0, 0);
}

static int64_t vcpu_call_op(uint64_t command, unsigned int vcpu)
{
    return hypercall(__HYPERVISOR_vcpu_op, command, vcpu, 0, 0, 0);
}

/* Neither leaves the guest nor touches memory. */
static bool spin(uint64_t argument)
{
    uint32_t rounds = SPIN_ROUNDS;

    (void)argument;
    __asm__ volatile("1: dec %0; jnz 1b" : "+r"(rounds));
    return true;
}

static bool call(uint64_t argument)
{
    (void)argument;
    return hypercall(__HYPERVISOR_xen_version, XENVER_version, 0, 0, 0, 0) > 0;
}

static bool send(uint64_t port)
{
    return !evtchn_send((uint32_t)port);
}

/* An event that was sent to a port. */
static bool wait(uint64_t port)
{
    return wait_event((uint32_t)port, LONGEST_WAIT_MS);
}

static bool interrupt(uint64_t vcpu)
{
    vcpu_interrupt((unsigned int)vcpu);
    return true;
}

static bool halt(uint64_t argument)
{
    (void)argument;
    wait_for_interrupt();
    return true;
}

static bool timer(uint64_t us)
{
    start_apic_timer(us * NS_PER_US);
    wait_for_interrupt();
    stop_apic_timer();
    return true;
}

static bool yield(uint64_t argument)
{
    (void)argument;
    return !hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0, 0, 0);
}

static bool print(uint64_t argument)
{
    static const char text[] = "a line of one that prints as many lines as it can\n";

    (void)argument;
    console_io_write(text, sizeof(text) - 1);
    return true;
}

/* A call that is denied, and recorded. */
static bool ask(uint64_t domid)
{
    struct evtchn_alloc_unbound a = {.dom = (domid_t)domid, .remote_dom = DOMID_SELF};

    return event_call(EVTCHNOP_alloc_unbound, &a) != 0;
}

/* Until another vCPU says VCPUOP_up: then it goes on behind the call. */
static bool down(uint64_t argument)
{
    (void)argument;
    return !vcpu_call_op(VCPUOP_down, own_vcpu());
}

/* As Linux takes a CPU away: only INIT brings it back. */
static bool off(uint64_t argument)
{
    (void)argument;
    __asm__ volatile("cli; hlt");
    return false;
}

/* A new port, an event to it, and its end. */
static bool use_port(unsigned int bound_to)
{
    /* A vCPU that is reset meanwhile finds its port here again. */
    static struct evtchn_bind_ipi ports[NR_VCPUS];
    struct evtchn_bind_ipi *own = &ports[own_vcpu()];
    struct evtchn_close close = {.port = own->port};

    if (close.port)
        event_call(EVTCHNOP_close, &close);
    *own = (struct evtchn_bind_ipi){.vcpu = bound_to};
    return !event_call(EVTCHNOP_bind_ipi, own) && !evtchn_send(own->port);
}

/* Map a grant frame where there is no memory, and take it away again. */
static bool move_frame(uint64_t random)
{
    struct xen_add_to_physmap add = {
        .domid = DOMID_SELF,
        .space = XENMAPSPACE_grant_table,
        .idx = random % 4,
        .gpfn = FREE_FRAMES + random % 64,
    };
    struct xen_remove_from_physmap remove = {.domid = DOMID_SELF, .gpfn = add.gpfn};
    int64_t error =
        hypercall(__HYPERVISOR_memory_op, XENMEM_add_to_physmap, (uintptr_t)&add, 0, 0, 0);

    if (!error && random & 64)
        error = hypercall(__HYPERVISOR_memory_op, XENMEM_remove_from_physmap, (uintptr_t)&remove, 0,
                          0, 0);
    return !error;
}

static bool set_deadline(uint64_t ns)
{
    struct vcpu_set_singleshot_timer set = {.timeout_abs_ns = clock_ns() + ns};

    return !hypercall(__HYPERVISOR_vcpu_op, VCPUOP_set_singleshot_timer, own_vcpu(),
                      (uintptr_t)&set, 0, 0);
}

/* Another vCPU goes down or up. Only vCPU 0 resets them: nobody helps one that two reset at once.
 */
static bool move_vcpu(unsigned int vcpu, uint64_t random)
{
    if (vcpu == 0 || vcpu == own_vcpu())
        return false;
    if (own_vcpu() == 0 && random % 4 == 0) {
        vcpu_call(vcpu);
        return true;
    }
    return !vcpu_call_op(random % 2 ? VCPUOP_up : VCPUOP_down, vcpu);
}

/* A bit of everything among so many vCPUs. */
static bool storm(uint64_t nr_vcpus)
{
    static uint64_t states[NR_VCPUS];
    uint64_t *state = &states[own_vcpu()], random;
    unsigned int other;

    if (!*state)
        *state = own_vcpu() + 1;
    random = next_random(state) >> 16;
    other = (unsigned int)((random >> 8) % nr_vcpus);
    switch (random % 8) {
    case 0:
        return use_port(other);
    case 1:
        return interrupt(other);
    case 2:
        return move_frame(random >> 16);
    case 3:
        return timer(100 + (random >> 16) % 200);
    case 4:
        return set_deadline((random >> 16) % NS_PER_MS);
    case 5:
        return move_vcpu(other, random >> 16);
    case 6:
        return yield(0);
    default:
        return spin(0);
    }
}

const struct work *find_work(const char *name)
{
    static const struct work works[] = {
        {"spin", spin}, {"call", call},   {"send", send},   {"wait", wait},   {"ipi", interrupt},
        {"halt", halt}, {"timer", timer}, {"yield", yield}, {"print", print}, {"ask", ask},
        {"down", down}, {"off", off},     {"storm", storm},
    };
    unsigned int i;

    for (i = 0; i < sizeof(works) / sizeof(works[0]); i++)
        if (text_equal(works[i].name, name))
            return &works[i];
    return NULL;
}
