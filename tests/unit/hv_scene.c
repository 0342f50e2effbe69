/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/domain/p2m.h"
#include "hv/domain/sched.h"
#include "hv/domain/vcpu.h"
#include "hv/gate/policy.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define MEMORY (32 * MIB)
#define MAX_POLICY (256 * KIB)
#define SLICE_END 1000000000ul

static void fail(const char *what)
{
    (void)fprintf(stderr, "scene: %s\n%s\n", what, fake.output);
    abort();
}

static uint8_t image[MAX_POLICY];
static size_t image_size;

static void load(const char *path)
{
    FILE *stream = fopen(path, "rb");
    struct xsm_error error;

    if (stream == NULL)
        fail(path);
    image_size = fread(image, 1, sizeof(image), stream);
    (void)fclose(stream);
    if (policy_load(image, image_size, &error) != 0)
        fail(error.text);
}

void scene_start(const char *policy)
{
    scene_start_sized(policy, MEMORY);
}

void scene_start_sized(const char *policy, uint64_t memory_size)
{
    struct xsm_error error;

    machine_start(memory_size);
    xsm_init_roles_engine(&gate_engine);
    if (policy != NULL)
        load(policy);
    if (policy_finalise(&error) != 0)
        fail(error.text);
    boot_cpu.slice_end = SLICE_END;
}

static xsm_sid sid_of(const char *label)
{
    struct xsm_error error;
    xsm_sid sid = XSM_SID_NONE;

    if (label[0] != '\0' && xsm_label_to_sid(&gate_engine, label, &sid, &error) != 0)
        fail(error.text);
    return sid;
}

/* What the launch does with a label before the domain has it. */
static xsm_sid domain_sid_of(const char *label)
{
    xsm_sid sid = sid_of(label);

    if (xsm_prepare_domain(&gate_engine, sid) != 0)
        fail("no labels for channels");
    return sid;
}

static xsm_sid channel_sid_of(xsm_sid owner, xsm_sid peer)
{
    xsm_sid sid;

    if (xsm_channel_sid(&gate_engine, owner, peer, &sid) != 0)
        fail("no label for a channel");
    return sid;
}

static struct domain *start_domain(struct domain_config config)
{
    char name[DOMAIN_NAME_SIZE];
    struct domain *d;

    (void)snprintf(name, sizeof(name), "d%u", config.domid);
    config.name = name;
    if (domain_create(&config, &d) != 0)
        fail("domain_create");
    domain_unpause(d);
    domains_all_unpaused();
    scene_schedule(d);
    return d;
}

struct domain *scene_domain_with(uint16_t domid, const char *label, uint64_t kib,
                                 unsigned int vcpus)
{
    xsm_sid sid = domain_sid_of(label);

    return start_domain((struct domain_config){.domid = domid,
                                               .memory_kib = kib,
                                               .nr_vcpus = vcpus,
                                               .weight = SHARE_DEFAULT_WEIGHT,
                                               .sid = sid,
                                               .self_sid = xsm_self_sid(&gate_engine, sid),
                                               .channel_sid = channel_sid_of(sid, sid)});
}

struct domain *scene_domain(uint16_t domid, const char *label, uint64_t kib)
{
    return scene_domain_with(domid, label, kib, 1);
}

struct domain *scene_restart(struct domain *d, uint64_t kib)
{
    const struct domain_config config = {.domid = d->domid,
                                         .memory_kib = kib,
                                         .nr_vcpus = d->nr_vcpus,
                                         .weight = d->share.weight,
                                         .sid = d->sid,
                                         .self_sid = d->self_sid,
                                         .channel_sid = d->channel_sid};

    scene_end(d);
    return start_domain(config);
}

void scene_relabel(struct domain *d, const char *label)
{
    d->sid = domain_sid_of(label);
    d->self_sid = xsm_self_sid(&gate_engine, d->sid);
    d->channel_sid = channel_sid_of(d->sid, d->sid);
    for (uint32_t port = 1; port < CONFIG_MAX_EVENT_CHANNELS; port++) {
        struct evtchn *e = evtchn_at(d, port);
        struct domain *remote = e == NULL ? NULL : domain_by_domid(e->remote);

        if (e == NULL)
            continue;
        if (e->state == EVTCHN_INTERDOMAIN || e->state == EVTCHN_UNBOUND)
            e->sid = channel_sid_of(d->sid, remote == NULL ? XSM_INITIAL_UNLABELED : remote->sid);
        else
            e->sid = d->channel_sid;
    }
}

void scene_end(struct domain *d)
{
    domain_stop(d, SHUTDOWN_poweroff);
    d->vcpu[0]->cpu = NULL;
    if (boot_cpu.running == d->vcpu[0])
        boot_cpu.running = NULL;
    domain_destroy(d);
}

static void take_off_queue(struct vcpu *v)
{
    struct queue *q = v->queue;
    struct vcpu **at = &q->first;

    if (!v->queued)
        return;
    while (*at != v)
        at = &(*at)->next;
    *at = v->next;
    q->last = NULL;
    for (struct vcpu *last = q->first; last != NULL; last = last->next)
        q->last = last;
    v->queued = false;
}

void scene_schedule(struct domain *d)
{
    struct vcpu *v = d->vcpu[0];

    take_off_queue(v);
    if (d->state == DOMAIN_RUNNING)
        v->state = VCPU_RUNNABLE;
    vcpu_end_poll(v);
    v->cpu = v->ran_on = &boot_cpu;
    boot_cpu.running = boot_cpu.current = v;
    timers_watch(v);
}

void *scene_memory(struct domain *d, uint64_t address)
{
    mfn_t frame = p2m_lookup(d, gfn(address >> PAGE_SHIFT));

    return frame.m == INVALID_MFN.m ? NULL : (uint8_t *)map_mfn(frame) + (address & PAGE_MASK);
}

uint32_t scene_put_policy(struct domain *d, uint64_t address)
{
    for (size_t at = 0; at < image_size; at += PAGE_SIZE)
        memcpy(scene_memory(d, address + at), image + at,
               image_size - at < PAGE_SIZE ? image_size - at : PAGE_SIZE);
    return (uint32_t)image_size;
}

int64_t scene_call(struct domain *d, uint64_t number, uint64_t first, uint64_t second,
                   uint64_t third)
{
    const uint64_t argument[GATE_ARGUMENTS] = {first, second, third};

    return gate_hypercall(d->vcpu[0], number, argument);
}

int64_t scene_call_header(struct domain *d, uint64_t number, uint64_t sub, void *header,
                          size_t size)
{
    bool third = number == __HYPERVISOR_vcpu_op;
    int64_t result;

    memcpy(scene_memory(d, ARGUMENTS), header, size);
    result = scene_call(d, number, sub, third ? d->vcpu[0]->id : ARGUMENTS, third ? ARGUMENTS : 1);
    memcpy(header, scene_memory(d, ARGUMENTS), size);
    return result;
}

static int64_t event_op(struct domain *d, uint64_t sub, void *header, size_t size)
{
    return scene_call_header(d, __HYPERVISOR_event_channel_op, sub, header, size);
}

int64_t scene_alloc_unbound(struct domain *d, const struct domain *remote)
{
    struct evtchn_alloc_unbound a = {.dom = DOMID_SELF, .remote_dom = remote->domid};
    int64_t error = event_op(d, EVTCHNOP_alloc_unbound, &a, sizeof(a));

    return error != 0 ? error : (int64_t)a.port;
}

int64_t scene_bind_interdomain(struct domain *d, const struct domain *remote, int64_t port)
{
    struct evtchn_bind_interdomain b = {.remote_dom = remote->domid,
                                        .remote_port = (evtchn_port_t)port};
    int64_t error = event_op(d, EVTCHNOP_bind_interdomain, &b, sizeof(b));

    return error != 0 ? error : (int64_t)b.local_port;
}

int64_t scene_bind_ipi(struct domain *d)
{
    struct evtchn_bind_ipi b = {.vcpu = 0};
    int64_t error = event_op(d, EVTCHNOP_bind_ipi, &b, sizeof(b));

    return error != 0 ? error : (int64_t)b.port;
}

int64_t scene_bind_virq(struct domain *d, uint32_t virq)
{
    struct evtchn_bind_virq b = {.virq = virq};
    int64_t error = event_op(d, EVTCHNOP_bind_virq, &b, sizeof(b));

    return error != 0 ? error : (int64_t)b.port;
}

int64_t scene_send(struct domain *d, int64_t port)
{
    struct evtchn_send s = {.port = (evtchn_port_t)port};

    return event_op(d, EVTCHNOP_send, &s, sizeof(s));
}

int64_t scene_unmask(struct domain *d, int64_t port)
{
    struct evtchn_unmask u = {.port = (evtchn_port_t)port};

    return event_op(d, EVTCHNOP_unmask, &u, sizeof(u));
}

int64_t scene_close(struct domain *d, int64_t port)
{
    struct evtchn_close c = {.port = (evtchn_port_t)port};

    return event_op(d, EVTCHNOP_close, &c, sizeof(c));
}
