/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypercalls that a script can name: how their arguments lie in memory, what they give back. */
#include <xen/xen.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>

#include "hv/public/bailiwick_op.h"

#include "command.h"
#include "text.h"
#include "xen.h"

/*
 * Interfaces of tools: their headers hide behind __XEN_TOOLS__ and change with each release. Only
 * the head that all commands share is used: command, interface version, domain.
 */
#define DOMCTL_VERSION 0x15u
#define SYSCTL_VERSION 0x15u
#define PLATFORM_VERSION 0x03000001u
#define FLASK_VERSION 1u
#define TOOL_DOMAIN_OFFSET 8
#define TOOL_BODY_OFFSET 16

#define ARGUMENT_SIZE 2048
#define MAX_IN 6
#define MAX_OUT 3

enum convention {
    COMMAND_POINTER,       /* (command, &argument) */
    COMMAND_VCPU_POINTER,  /* (command, vcpu, &argument); the first word is the vcpu */
    COMMAND_POINTER_COUNT, /* (command, &argument, 1) */
    POINTER_ONLY           /* (&argument), which begins with command and interface version */
};

struct field {
    uint16_t offset;
    uint8_t size;
    bool is_signed;
    bool in_list; /* of the list that the argument points at, not of the argument */
};

struct out {
    const char *name;
    struct field field;
};

struct named_call {
    const char *name;
    uint8_t hypercall;
    enum convention convention;
    uint32_t command;
    uint32_t version;        /* POINTER_ONLY: of the interface */
    struct field in[MAX_IN]; /* the words, in order */
    struct field list;       /* where the argument points at the list */
    struct field value;      /* what a success gives; none: the return value */
    struct out out[MAX_OUT]; /* what else is worth printing */
    uint16_t text_offset;    /* 1 + where a success leaves text */
};

#define SIZE_OF(type, member) sizeof(((struct type *)NULL)->member)
#define FIELD(type, member)                                                                        \
    {                                                                                              \
        .offset = offsetof(struct type, member), .size = SIZE_OF(type, member)                     \
    }
#define STATUS(type)                                                                               \
    {                                                                                              \
        .offset = offsetof(struct type, status), .size = 2, .is_signed = true                      \
    }
#define LIST(at, bytes)                                                                            \
    {                                                                                              \
        .offset = (at), .size = (bytes), .in_list = true                                           \
    }
#define AT(at, bytes)                                                                              \
    {                                                                                              \
        .offset = (at), .size = (bytes)                                                            \
    }

/* NOLINTBEGIN(bugprone-macro-parentheses): a name and an enumerator */
#define CALL(prefix, op, number, how, code)                                                        \
    .name = prefix #op, .hypercall = __HYPERVISOR_##number, .convention = how, .command = (code)
/* NOLINTEND(bugprone-macro-parentheses) */
#define TOOL(prefix, op, number, code, release)                                                    \
    CALL(prefix, op, number, POINTER_ONLY, code), .version = (release)

#define EVENT(op) CALL("evtchn_", op, event_channel_op, COMMAND_POINTER, EVTCHNOP_##op)
#define SCHED(op) CALL("sched_", op, sched_op, COMMAND_POINTER, SCHEDOP_##op)
#define VCPU(op) CALL("vcpu_", op, vcpu_op, COMMAND_VCPU_POINTER, VCPUOP_##op)
#define MEMORY(op) CALL("memory_", op, memory_op, COMMAND_POINTER, XENMEM_##op)
#define GRANT(op) CALL("grant_", op, grant_table_op, COMMAND_POINTER_COUNT, GNTTABOP_##op)
#define HVM(op) CALL("hvm_", op, hvm_op, COMMAND_POINTER, HVMOP_##op)
#define VERSION(op) CALL("version_", op, xen_version, COMMAND_POINTER, XENVER_##op)
#define PHYSDEV(op) CALL("physdev_", op, physdev_op, COMMAND_POINTER, PHYSDEVOP_##op)
#define DOMCTL(op, code) TOOL("domctl_", op, domctl, code, DOMCTL_VERSION)
#define SYSCTL(op, code) TOOL("sysctl_", op, sysctl, code, SYSCTL_VERSION)
#define PLATFORM(op, code) TOOL("platform_", op, platform_op, code, PLATFORM_VERSION)
#define FLASK(op, code) TOOL("flask_", op, xsm_op, code, FLASK_VERSION)
#define LAUNCH(op)                                                                                 \
    .name = #op, .hypercall = HYPERVISOR_BAILIWICK_OP, .convention = COMMAND_POINTER,              \
    .command = BW_OP_##op

/* clang-format off */
static const struct named_call calls[] = {
    {EVENT(alloc_unbound),
     .in = {FIELD(evtchn_alloc_unbound, dom), FIELD(evtchn_alloc_unbound, remote_dom)},
     .value = FIELD(evtchn_alloc_unbound, port)},
    {EVENT(bind_interdomain),
     .in = {FIELD(evtchn_bind_interdomain, remote_dom),
            FIELD(evtchn_bind_interdomain, remote_port)},
     .value = FIELD(evtchn_bind_interdomain, local_port)},
    {EVENT(bind_virq),
     .in = {FIELD(evtchn_bind_virq, virq), FIELD(evtchn_bind_virq, vcpu)},
     .value = FIELD(evtchn_bind_virq, port)},
    {EVENT(bind_pirq),
     .in = {FIELD(evtchn_bind_pirq, pirq), FIELD(evtchn_bind_pirq, flags)},
     .value = FIELD(evtchn_bind_pirq, port)},
    {EVENT(bind_ipi), .in = {FIELD(evtchn_bind_ipi, vcpu)}, .value = FIELD(evtchn_bind_ipi, port)},
    {EVENT(bind_vcpu), .in = {FIELD(evtchn_bind_vcpu, port), FIELD(evtchn_bind_vcpu, vcpu)}},
    {EVENT(close), .in = {FIELD(evtchn_close, port)}},
    {EVENT(send), .in = {FIELD(evtchn_send, port)}},
    {EVENT(unmask), .in = {FIELD(evtchn_unmask, port)}},
    {EVENT(status), .in = {FIELD(evtchn_status, dom), FIELD(evtchn_status, port)},
     .out = {{"status", FIELD(evtchn_status, status)}, {"vcpu", FIELD(evtchn_status, vcpu)}}},
    {EVENT(reset), .in = {FIELD(evtchn_reset, dom)}},
    {EVENT(init_control),
     .in = {FIELD(evtchn_init_control, control_gfn), FIELD(evtchn_init_control, offset),
            FIELD(evtchn_init_control, vcpu)}},
    {EVENT(expand_array), .in = {FIELD(evtchn_expand_array, array_gfn)}},
    {EVENT(set_priority),
     .in = {FIELD(evtchn_set_priority, port), FIELD(evtchn_set_priority, priority)}},

    {SCHED(yield)},
    {SCHED(block)},
    {SCHED(shutdown), .in = {FIELD(sched_shutdown, reason)}},
    {SCHED(poll), .in = {LIST(0, 4), FIELD(sched_poll, timeout), FIELD(sched_poll, nr_ports)},
     .list = FIELD(sched_poll, ports)},
    {SCHED(remote_shutdown),
     .in = {FIELD(sched_remote_shutdown, domain_id), FIELD(sched_remote_shutdown, reason)}},

    {VCPU(initialise)},
    {VCPU(up)},
    {VCPU(down)},
    {VCPU(is_up)},
    {VCPU(register_vcpu_info),
     .in = {FIELD(vcpu_register_vcpu_info, mfn), FIELD(vcpu_register_vcpu_info, offset)}},
    {VCPU(register_runstate_memory_area), .in = {AT(0, 8)}},
    {VCPU(get_runstate_info), .value = FIELD(vcpu_runstate_info, time[RUNSTATE_running]),
     .out = {{"runnable", FIELD(vcpu_runstate_info, time[RUNSTATE_runnable])},
             {"blocked", FIELD(vcpu_runstate_info, time[RUNSTATE_blocked])},
             {"offline", FIELD(vcpu_runstate_info, time[RUNSTATE_offline])}}},
    {VCPU(register_vcpu_time_memory_area), .in = {AT(0, 8)}},
    {VCPU(stop_periodic_timer)},
    {VCPU(set_singleshot_timer),
     .in = {FIELD(vcpu_set_singleshot_timer, timeout_abs_ns),
            FIELD(vcpu_set_singleshot_timer, flags)}},
    {VCPU(stop_singleshot_timer)},

    {MEMORY(memory_map), .in = {FIELD(xen_memory_map, nr_entries)},
     .list = FIELD(xen_memory_map, buffer),
     .out = {{"entries", FIELD(xen_memory_map, nr_entries)}}},
    {MEMORY(add_to_physmap),
     .in = {FIELD(xen_add_to_physmap, domid), FIELD(xen_add_to_physmap, space),
            FIELD(xen_add_to_physmap, idx), FIELD(xen_add_to_physmap, gpfn)}},
    {MEMORY(remove_from_physmap),
     .in = {FIELD(xen_remove_from_physmap, domid), FIELD(xen_remove_from_physmap, gpfn)}},
    {MEMORY(current_reservation), .in = {AT(0, 2)}},
    {MEMORY(maximum_reservation), .in = {AT(0, 2)}},
    {MEMORY(populate_physmap),
     .in = {FIELD(xen_memory_reservation, domid), LIST(0, 8),
            FIELD(xen_memory_reservation, nr_extents)},
     .list = FIELD(xen_memory_reservation, extent_start)},
    {MEMORY(decrease_reservation),
     .in = {FIELD(xen_memory_reservation, domid), LIST(0, 8),
            FIELD(xen_memory_reservation, nr_extents)},
     .list = FIELD(xen_memory_reservation, extent_start)},

    {GRANT(query_size), .in = {FIELD(gnttab_query_size, dom)},
     .value = STATUS(gnttab_query_size),
     .out = {{"frames", FIELD(gnttab_query_size, nr_frames)},
             {"max", FIELD(gnttab_query_size, max_nr_frames)}}},
    {GRANT(setup_table),
     .in = {FIELD(gnttab_setup_table, dom), FIELD(gnttab_setup_table, nr_frames)},
     .list = FIELD(gnttab_setup_table, frame_list), .value = STATUS(gnttab_setup_table)},
    {GRANT(set_version), .in = {FIELD(gnttab_set_version, version)}},
    {GRANT(get_version), .in = {FIELD(gnttab_get_version, dom)},
     .value = FIELD(gnttab_get_version, version)},
    {GRANT(map_grant_ref),
     .in = {FIELD(gnttab_map_grant_ref, dom), FIELD(gnttab_map_grant_ref, ref),
            FIELD(gnttab_map_grant_ref, host_addr), FIELD(gnttab_map_grant_ref, flags)},
     .value = STATUS(gnttab_map_grant_ref),
     .out = {{"handle", FIELD(gnttab_map_grant_ref, handle)}}},
    {GRANT(unmap_grant_ref),
     .in = {FIELD(gnttab_unmap_grant_ref, handle), FIELD(gnttab_unmap_grant_ref, host_addr)},
     .value = STATUS(gnttab_unmap_grant_ref)},
    {GRANT(copy),
     .in = {FIELD(gnttab_copy, source.domid), FIELD(gnttab_copy, source.u.ref),
            FIELD(gnttab_copy, dest.domid), FIELD(gnttab_copy, dest.u.gmfn),
            FIELD(gnttab_copy, len), FIELD(gnttab_copy, flags)},
     .value = STATUS(gnttab_copy)},

    {HVM(get_param), .in = {FIELD(xen_hvm_param, domid), FIELD(xen_hvm_param, index)},
     .value = FIELD(xen_hvm_param, value)},
    {HVM(set_param),
     .in = {FIELD(xen_hvm_param, domid), FIELD(xen_hvm_param, index),
            FIELD(xen_hvm_param, value)}},
    {HVM(set_evtchn_upcall_vector),
     .in = {FIELD(xen_hvm_evtchn_upcall_vector, vcpu),
            FIELD(xen_hvm_evtchn_upcall_vector, vector)}},
    {HVM(pagetable_dying),
     .in = {FIELD(xen_hvm_pagetable_dying, domid), FIELD(xen_hvm_pagetable_dying, gpa)}},

    {VERSION(version)},
    {VERSION(extraversion), .text_offset = 1},
    {VERSION(compile_info), .text_offset = 1},
    {VERSION(capabilities), .text_offset = 1},
    {VERSION(changeset), .text_offset = 1},
    {VERSION(platform_parameters), .out = {{"virt_start", AT(0, 8)}}},
    {VERSION(get_features), .in = {FIELD(xen_feature_info, submap_idx)},
     .out = {{"submap", FIELD(xen_feature_info, submap)}}},
    {VERSION(pagesize)},
    {VERSION(guest_handle)},
    {VERSION(commandline), .text_offset = 1},
    {VERSION(build_id), .in = {AT(0, 4)}},

    {PHYSDEV(map_pirq),
     .in = {FIELD(physdev_map_pirq, domid), FIELD(physdev_map_pirq, type),
            FIELD(physdev_map_pirq, index), FIELD(physdev_map_pirq, pirq)}},
    {PHYSDEV(unmap_pirq),
     .in = {FIELD(physdev_unmap_pirq, domid), FIELD(physdev_unmap_pirq, pirq)}},
    {PHYSDEV(setup_gsi),
     .in = {FIELD(physdev_setup_gsi, gsi), FIELD(physdev_setup_gsi, triggering),
            FIELD(physdev_setup_gsi, polarity)}},
    {PHYSDEV(pci_device_add),
     .in = {FIELD(physdev_pci_device_add, seg), FIELD(physdev_pci_device_add, bus),
            FIELD(physdev_pci_device_add, devfn)}},

    {DOMCTL(createdomain, 1), .in = {AT(TOOL_DOMAIN_OFFSET, 2)}},
    {DOMCTL(destroydomain, 2), .in = {AT(TOOL_DOMAIN_OFFSET, 2)}},
    {DOMCTL(pausedomain, 3), .in = {AT(TOOL_DOMAIN_OFFSET, 2)}},
    {DOMCTL(unpausedomain, 4), .in = {AT(TOOL_DOMAIN_OFFSET, 2)}},
    {DOMCTL(getdomaininfo, 5), .in = {AT(TOOL_DOMAIN_OFFSET, 2)}},
    {DOMCTL(max_mem, 11), .in = {AT(TOOL_DOMAIN_OFFSET, 2), AT(TOOL_BODY_OFFSET, 8)}},
    {DOMCTL(max_vcpus, 15), .in = {AT(TOOL_DOMAIN_OFFSET, 2), AT(TOOL_BODY_OFFSET, 4)}},
    {DOMCTL(set_virq_handler, 66), .in = {AT(TOOL_DOMAIN_OFFSET, 2), AT(TOOL_BODY_OFFSET, 4)}},
    {SYSCTL(readconsole, 1)},
    {SYSCTL(physinfo, 3)},
    {SYSCTL(availheap, 9)},
    {PLATFORM(settime, 62)},
    {PLATFORM(enter_acpi_sleep, 51)},
    {FLASK(load, 1)},
    {FLASK(getenforce, 2)},
    {FLASK(setenforce, 3), .in = {AT(8, 4)}},
    {FLASK(context_to_sid, 4), .list = AT(16, 8), .value = AT(8, 4)},
    {FLASK(sid_to_context, 5), .in = {AT(8, 4)}},
    {FLASK(access, 6), .in = {AT(8, 4), AT(12, 4), AT(16, 4)}, .value = AT(24, 4)},
    {FLASK(create, 7), .in = {AT(8, 4), AT(12, 4), AT(16, 4)}, .value = AT(20, 4)},
    {FLASK(relabel, 8), .in = {AT(8, 4), AT(12, 4), AT(16, 4)}, .value = AT(20, 4)},
    {FLASK(policyvers, 10)},
    {FLASK(getbool, 11), .in = {AT(8, 4)}, .value = AT(12, 1)},
    {FLASK(setbool, 12), .in = {AT(8, 4), AT(12, 1), AT(14, 1)}},
    {FLASK(commitbools, 13)},
    {FLASK(mls, 14)},
    {FLASK(getavc_threshold, 16)},
    {FLASK(setavc_threshold, 17), .in = {AT(8, 4)}},
    {FLASK(avc_hashstats, 18)},
    {FLASK(avc_cachestats, 19), .in = {AT(8, 4)}},
    {FLASK(member, 20), .in = {AT(8, 4), AT(12, 4), AT(16, 4)}, .value = AT(20, 4)},
    {FLASK(add_ocontext, 21), .in = {AT(8, 4), AT(12, 4), AT(16, 8), AT(24, 8)}},
    {FLASK(del_ocontext, 22), .in = {AT(8, 4), AT(12, 4), AT(16, 8), AT(24, 8)}},
    {FLASK(get_peer_sid, 23), .in = {AT(8, 4)}, .value = AT(12, 4)},
    {FLASK(relabel_domain, 24), .in = {AT(8, 2), AT(12, 4)}},
    {FLASK(devicetree_label, 25)},
    {LAUNCH(policy_seal)},
    {LAUNCH(failure_read)},
    {LAUNCH(audit_read), .value = FIELD(bw_audit_read, size)},
    {LAUNCH(coverage_read)},
    {LAUNCH(coverage_reset)},
    {LAUNCH(launch_info),
     .out = {{"modules", FIELD(bw_launch_info, nr_modules)},
             {"domains", FIELD(bw_launch_info, nr_domains)},
             {"time_left", FIELD(bw_launch_info, time_left)}}},
    {LAUNCH(staged_set_param),
     .in = {FIELD(bw_staged_param, domid), FIELD(bw_staged_param, index),
            FIELD(bw_staged_param, value)}},
    {.name = "staged_put_vcpu", .hypercall = HYPERVISOR_BAILIWICK_OP, .convention = COMMAND_POINTER,
     .command = BW_OP_staged_set_vcpu,
     .in = {FIELD(bw_staged_vcpu, domid), FIELD(bw_staged_vcpu, vcpu)},
     .list = FIELD(bw_staged_vcpu, state)},
    {LAUNCH(staged_unpause), .in = {FIELD(bw_staged_unpause, domid)}},
};
/* clang-format on */

static uint64_t argument[ARGUMENT_SIZE / sizeof(uint64_t)];
static uint64_t list[ARGUMENT_SIZE / sizeof(uint64_t)];

static void store(const struct field *field, uint64_t value)
{
    memcpy((uint8_t *)(field->in_list ? list : argument) + field->offset, &value, field->size);
}

static int64_t load(const struct field *field)
{
    uint64_t value = 0;
    unsigned int unused = 64 - field->size * 8u;

    memcpy(&value, (uint8_t *)argument + field->offset, field->size);
    return field->is_signed ? (int64_t)(value << unused) >> unused : (int64_t)value;
}

static const struct named_call *find_call(const char *name)
{
    size_t i;

    for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
        if (text_equal(calls[i].name, name))
            return &calls[i];
    return NULL;
}

bool is_named_call(const char *name)
{
    return find_call(name) != NULL;
}

static unsigned int nr_words(const struct named_call *call)
{
    unsigned int n = 0;

    while (n < MAX_IN && call->in[n].size)
        n++;
    return n + (call->convention == COMMAND_VCPU_POINTER);
}

static void fill(const struct named_call *call, const struct arguments *arguments)
{
    unsigned int i, first = call->convention == COMMAND_VCPU_POINTER;
    struct field head[] = {AT(0, 4), AT(4, 4)};

    memset(argument, 0, sizeof(argument));
    memset(list, 0, sizeof(list));
    if (call->convention == POINTER_ONLY) {
        store(&head[0], call->command);
        store(&head[1], call->version);
    }
    if (call->list.size)
        store(&call->list, (uintptr_t)list);
    for (i = first; i < nr_words(call); i++)
        store(&call->in[i - first], arguments->value[i]);
}

static int64_t issue(const struct named_call *call, const struct arguments *arguments)
{
    uintptr_t at = (uintptr_t)argument;

    switch (call->convention) {
    case COMMAND_VCPU_POINTER:
        return hypercall(call->hypercall, call->command, arguments->value[0], at, 0, 0);
    case COMMAND_POINTER_COUNT:
        return hypercall(call->hypercall, call->command, at, 1, 0, 0);
    case POINTER_ONLY:
        return hypercall(call->hypercall, at, 0, 0, 0, 0);
    case COMMAND_POINTER:
    default:
        return hypercall(call->hypercall, call->command, at, 0, 0, 0);
    }
}

static void take_outputs(const struct named_call *call, struct result *result)
{
    unsigned int i;

    if (call->value.size)
        result->value = load(&call->value);
    for (i = 0; i < MAX_OUT && call->out[i].name; i++)
        result_note(result, call->out[i].name, (uint64_t)load(&call->out[i].field));
    if (call->text_offset) {
        ((char *)argument)[ARGUMENT_SIZE - 1] = '\0';
        result->text = (const char *)argument + call->text_offset - 1;
    }
}

bool named_call(const char *name, const struct arguments *arguments, struct result *result)
{
    const struct named_call *call = find_call(name);

    if (!call)
        return false;
    if (arguments->nr != nr_words(call)) {
        result->usage = "another number of words";
        return true;
    }
    fill(call, arguments);
    result->value = issue(call, arguments);
    if (result->value >= 0)
        take_outputs(call, result);
    return true;
}
