/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the boot domain does to domains that are staged: built, and not started yet. Nobody but the
 * boot domain starts any while it runs, so that what is staged under a domain's lock stays so.
 */
#include <errno.h>

#include "hv/arch/arch.h"
#include "hv/domain/guest_frames.h"
#include "hv/domain/sched.h"
#include "hv/gate/ops.h"
#include "hv/launch/boot_domain.h"
#include "hv/launch/report.h"
#include "hv/ops/text.h"

#define CHUNK 512u

static int64_t number_of(const struct domain *d)
{
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++)
        if (plan.domain[i].domain == d)
            return i;
    return -1;
}

static enum domain_state state_of(const struct domain *d)
{
    return __atomic_load_n(&d->state, __ATOMIC_SEQ_CST);
}

/* 0, or what is wrong with the domain that the call names. */
static int staged(const struct call *call)
{
    if (call->named == NULL)
        return -ESRCH;
    return state_of(call->named) == DOMAIN_BUILDING ? 0 : -EBUSY;
}

/* --- what it was made with --- */

int staged_stat_decode(struct call *call)
{
    const struct bw_staged_stat *s = (const void *)call->header;
    const struct domain *d = s->index < plan.lcm.nr_domains
                                 ? __atomic_load_n(&plan.domain[s->index].domain, __ATOMIC_ACQUIRE)
                                 : NULL;

    gate_name_domain(call, d != NULL ? d->domid : DOMID_INVALID, XSM_PARTY_target);
    return 0;
}

static int put_texts(struct call *call, struct bw_staged_stat *s, const struct domain *d)
{
    char label[XSM_MAX_CONTEXT] = "";
    int error = text_put(call, s->name, &s->name_size, d->name);

    (void)xsm_sid_to_context(&gate_engine, domain_sid(d), label, sizeof(label));
    if (error == 0)
        error = text_put(call, s->label, &s->label_size, label);
    if (error == 0 && s->uuid != 0)
        error = gate_copy_to(call->v, (gva_t){s->uuid}, d->uuid, BW_UUID_SIZE);
    return error;
}

int64_t staged_stat_act(struct call *call)
{
    static const uint8_t states[] = {[DOMAIN_BUILDING] = BW_STATE_staged,
                                     [DOMAIN_RUNNING] = BW_STATE_running,
                                     [DOMAIN_STOPPED] = BW_STATE_stopped};
    struct bw_staged_stat *s = (void *)call->header;
    const struct domain *d = call->named;
    const struct lcm_domain *lcm;

    if (d == NULL)
        return -ENOENT;
    lcm = &plan.lcm.domain[s->index];
    s->memory_kib = lcm->memory_kib;
    s->roles = plan.domain[s->index].assignment.roles;
    s->nr_vcpus = d->nr_vcpus;
    s->config = lcm->config != NULL ? lcm->config->boot_module : -1;
    s->domid = d->domid;
    s->state = states[state_of(d)];
    s->starts = roles_starts(lcm);
    s->pad = 0;
    return put_texts(call, s, d);
}

/* --- memory --- */

static int name_for_memory(struct call *call)
{
    const struct bw_staged_memory *m = (const void *)call->header;

    gate_name_domain(call, m->domid, XSM_PARTY_target);
    return 0;
}

int staged_read_decode(struct call *call)
{
    return name_for_memory(call);
}

int staged_write_decode(struct call *call)
{
    return name_for_memory(call);
}

static int may_move(const struct call *call)
{
    const struct bw_staged_memory *m = (const void *)call->header;
    int error = staged(call);

    if (error != 0)
        return error;
    return m->size <= BW_MOST_BYTES ? 0 : -E2BIG;
}

/* A part of it, of a domain that is staged still: another vCPU of the caller may have started it.
 */
static int move(const struct call *call, uint64_t address, uint8_t *chunk, size_t size, bool write)
{
    struct domain_locked locked = domain_lock(call->named);
    int error = staged(call);

    if (error == 0)
        error = write ? guest_frames_write(call->named, address, chunk, size)
                      : guest_frames_read(call->named, address, chunk, size);
    domain_unlock(locked);
    return error;
}

int64_t staged_read_act(struct call *call)
{
    const struct bw_staged_memory *m = (const void *)call->header;
    uint8_t chunk[CHUNK];
    int error = may_move(call);

    for (uint32_t at = 0; at < m->size && error == 0; at += CHUNK) {
        size_t n = min_u64(CHUNK, m->size - at);

        error = move(call, m->address + at, chunk, n, false);
        if (error == 0)
            error = gate_copy_to(call->v, (gva_t){m->buffer + at}, chunk, n);
    }
    return error;
}

int64_t staged_write_act(struct call *call)
{
    const struct bw_staged_memory *m = (const void *)call->header;
    uint8_t chunk[CHUNK];
    int error = may_move(call);

    if (error == 0)
        error = gate_probe(call->v, (gva_t){m->buffer}, m->size, false);
    if (error == 0)
        error = guest_frames_probe(call->named, m->address, m->size);
    for (uint32_t at = 0; at < m->size && error == 0; at += CHUNK) {
        size_t n = min_u64(CHUNK, m->size - at);

        error = gate_copy_from(call->v, chunk, (gva_t){m->buffer + at}, n);
        if (error == 0)
            error = move(call, m->address + at, chunk, n, true);
    }
    return error;
}

/* --- vCPUs --- */

static int name_for_vcpu(struct call *call)
{
    gate_name_domain(call, ((const struct bw_staged_vcpu *)(void *)call->header)->domid,
                     XSM_PARTY_target);
    return 0;
}

int staged_get_vcpu_decode(struct call *call)
{
    return name_for_vcpu(call);
}

int staged_set_vcpu_decode(struct call *call)
{
    return name_for_vcpu(call);
}

/* 0, and the vCPU that begins with registers. */
static int find_vcpu(const struct call *call, struct vcpu **v)
{
    int error = staged(call);

    if (error != 0)
        return error;
    *v =
        domain_vcpu(call->named, ((const struct bw_staged_vcpu *)(const void *)call->header)->vcpu);
    return *v != NULL && (*v)->initialised ? 0 : -EINVAL;
}

int64_t staged_get_vcpu_act(struct call *call)
{
    struct bw_vcpu_state state;
    struct domain_locked locked;
    struct vcpu *v;
    int error = find_vcpu(call, &v);

    if (error != 0)
        return error;
    locked = domain_lock(call->named);
    error = staged(call);
    if (error == 0)
        arch_vcpu_get_state(v, &state);
    domain_unlock(locked);
    if (error != 0)
        return error;
    return gate_copy_to(call->v, (gva_t){((struct bw_staged_vcpu *)(void *)call->header)->state},
                        &state, sizeof(state));
}

int64_t staged_set_vcpu_act(struct call *call)
{
    const struct bw_staged_vcpu *s = (const void *)call->header;
    struct bw_vcpu_state state;
    struct domain_locked locked;
    struct vcpu *v;
    int error = find_vcpu(call, &v);

    if (error == 0)
        error = gate_copy_from(call->v, &state, (gva_t){s->state}, sizeof(state));
    if (error != 0)
        return error;
    locked = domain_lock(call->named);
    error = staged(call);
    if (error == 0)
        error = arch_vcpu_set_state(v, &state);
    domain_unlock(locked);
    return error;
}

/* --- parameters --- */

int staged_set_param_decode(struct call *call)
{
    gate_name_domain(call, ((const struct bw_staged_param *)(void *)call->header)->domid,
                     XSM_PARTY_target);
    return 0;
}

/* The domain is told these numbers, and nothing else is done with them. */
static bool is_told(uint32_t param)
{
    return param == HVM_PARAM_STORE_PFN || param == HVM_PARAM_STORE_EVTCHN ||
           param == HVM_PARAM_CONSOLE_EVTCHN;
}

static int set_param(struct domain *d, const struct bw_staged_param *p)
{
    int error = 0;

    if (p->index == HVM_PARAM_CALLBACK_IRQ)
        error = arch_set_callback(d, p->value);
    else if (!is_told(p->index))
        error = -EINVAL;
    if (error == 0)
        d->param[p->index] = p->value;
    return error;
}

int64_t staged_set_param_act(struct call *call)
{
    struct domain_locked locked;
    int error = staged(call);

    if (error != 0)
        return error;
    locked = domain_lock(call->named);
    error = staged(call);
    if (error == 0)
        error = set_param(call->named, (const void *)call->header);
    domain_unlock(locked);
    return error;
}

/* --- starting --- */

int staged_unpause_decode(struct call *call)
{
    gate_name_domain(call, ((const struct bw_staged_unpause *)(void *)call->header)->domid,
                     XSM_PARTY_target);
    return 0;
}

int64_t staged_unpause_act(struct call *call)
{
    struct domain_locked locked;
    int64_t number;
    int error = staged(call);

    if (error != 0)
        return error;
    number = number_of(call->named);
    if (number < 0 || !roles_starts(&plan.lcm.domain[number]))
        return -EINVAL;
    locked = domain_lock(call->named);
    error = staged(call);
    if (error == 0)
        domain_unpause(call->named);
    domain_unlock(locked);
    if (error == 0)
        report_step(STEP_PREPARE, "%s unpauses %s", call->d->name, call->named->name);
    return error;
}
