/* SPDX-License-Identifier: BSD-2-Clause */
/* A function for each step. They return 0 or -XEN_E*, and say what they were doing at the time. */
#include "tools/guests/bw-boot/act.h"

#include <inttypes.h>
#include <string.h>

#include <xen/errno.h>

#include "tools/guests/bw-boot/call.h"
#include "tools/guests/bw-boot/modules.h"

struct acting {
    const struct boot_scene *scene;
    const struct boot_step *step;
    const char *doing;               /* for who reads what was refused */
    uint32_t port[BOOT_MAX_DOMAINS]; /* what each domain reports ready by */
};

static size_t index_of(const struct acting *a)
{
    return (size_t)(a->step->domain - a->scene->domain);
}

/* So many of boot_place()->bytes. */
static int write_memory(struct acting *a, uint64_t address, size_t size)
{
    struct boot_place *place = boot_place();

    a->doing = "writing to the memory of";
    place->memory = (struct bw_staged_memory){.domid = a->step->domain->domid,
                                              .address = address,
                                              .buffer = (uintptr_t)place->bytes,
                                              .size = (uint32_t)size};
    return boot_call(BW_OP_staged_write, &place->memory);
}

/* What a line holds is less than a call moves. */
static int write_hex(struct acting *a)
{
    struct boot_word digits = a->step->statement->digits;
    uint8_t *bytes = boot_place()->bytes;
    size_t nr = 0;

    for (size_t i = 0; i + 1 < digits.size; i++) {
        unsigned int high = boot_digit(digits.at[i]);

        if (high == 16)
            continue; /* a blank */
        if (nr == BW_MOST_BYTES)
            return -XEN_E2BIG;
        bytes[nr++] = (uint8_t)(high << 4 | boot_digit(digits.at[++i]));
    }
    return write_memory(a, a->step->statement->address, nr);
}

static int write_module(struct acting *a)
{
    uint64_t offset = 0;
    int32_t size;
    int error = 0;

    a->doing = "reading the module for";
    while (error == 0 && (size = boot_read_part((uint32_t)a->step->module, offset)) != 0) {
        if (size < 0)
            return size;
        error = write_memory(a, a->step->statement->address + offset, (size_t)size);
        offset += (uint32_t)size;
        if (error == 0)
            a->doing = "reading the module for";
    }
    return error;
}

static int set_param(struct acting *a, uint64_t value)
{
    struct bw_staged_param *param = &boot_place()->param;

    a->doing = "setting a parameter of";
    *param = (struct bw_staged_param){
        .domid = a->step->domain->domid, .index = a->step->statement->param, .value = value};
    return boot_call(BW_OP_staged_set_param, param);
}

static int set_register(struct acting *a)
{
    struct boot_place *place = boot_place();
    const struct boot_statement *s = a->step->statement;
    int error;

    place->vcpu = (struct bw_staged_vcpu){
        .domid = a->step->domain->domid, .vcpu = s->vcpu, .state = (uintptr_t)&place->state};
    a->doing = "reading the registers of";
    error = boot_call(BW_OP_staged_get_vcpu, &place->vcpu);
    if (error != 0)
        return error;
    memcpy((uint8_t *)&place->state + s->reg, &s->value, sizeof(s->value));
    a->doing = "setting a register of";
    return boot_call(BW_OP_staged_set_vcpu, &place->vcpu);
}

static int configure(struct acting *a)
{
    switch (a->step->statement->kind) {
    case BOOT_WRITE_HEX:
        return write_hex(a);
    case BOOT_WRITE_MODULE:
        return write_module(a);
    case BOOT_PARAM:
        return set_param(a, a->step->statement->value);
    case BOOT_REGISTER:
        return set_register(a);
    default:
        return -XEN_EINVAL;
    }
}

/* Who is to notify it needs its number, and where it is: the domid of this domain. */
static int tell_at(struct acting *a, uint32_t port)
{
    const struct boot_domain *self = boot_self(a->scene);
    uint32_t told[2] = {port, self == NULL ? 0 : self->domid};

    a->doing = "telling its own domid to";
    if (self == NULL)
        return -XEN_EPERM;
    memcpy(boot_place()->bytes, told, sizeof(told));
    return write_memory(a, a->step->statement->address, sizeof(told));
}

/* Both in one number, since a parameter is one. */
static int tell_by_param(struct acting *a, uint32_t port)
{
    const struct boot_domain *self = boot_self(a->scene);

    a->doing = "telling its own domid to";
    return self == NULL ? -XEN_EPERM : set_param(a, (uint64_t)self->domid << 32 | port);
}

static int offer(struct acting *a)
{
    uint32_t *port = &a->port[index_of(a)];
    int error;

    a->doing = "offering an event channel to";
    error = boot_offer(a->step->domain->domid, port);
    if (error != 0)
        return error;
    return a->step->statement->kind == BOOT_READY_AT ? tell_at(a, *port) : tell_by_param(a, *port);
}

static int wait_for(struct acting *a)
{
    a->doing = "waiting for a report from";
    boot_say("waiting for %s", a->step->domain->name);
    return boot_wait(a->port[index_of(a)], a->step->within_ms);
}

static int start(struct acting *a)
{
    struct bw_staged_unpause *unpause = &boot_place()->unpause;

    a->doing = "starting";
    boot_say("starting %s", a->step->domain->name);
    *unpause = (struct bw_staged_unpause){.domid = a->step->domain->domid};
    return boot_call(BW_OP_staged_unpause, unpause);
}

static int do_step(struct acting *a)
{
    static int (*const steps[])(struct acting *) = {
        [BOOT_STEP_CONFIGURE] = configure,
        [BOOT_STEP_OFFER] = offer,
        [BOOT_STEP_WAIT] = wait_for,
        [BOOT_STEP_START] = start,
    };

    return steps[a->step->kind](a);
}

static void report_failure(const struct acting *a, int error, struct boot_report *report)
{
    const char *name = a->step->domain->name;
    unsigned int line = a->step->statement->line;

    if (a->step->kind == BOOT_STEP_WAIT && error == -XEN_ETIMEDOUT)
        boot_fault(report, "line %u: %s wasn't ready within %u ms", line, name, a->step->within_ms);
    else
        boot_fault(report, "line %u: %s %s: %s", line, a->doing, name, boot_error(error));
}

void boot_do_plan(const struct boot_plan *plan, const struct boot_scene *scene,
                  struct boot_report *report)
{
    struct acting a = {.scene = scene, .doing = ""};
    int error = 0;

    for (unsigned int i = 0; i < plan->nr && error == 0; i++) {
        a.step = &plan->step[i];
        error = do_step(&a);
        if (error != 0)
            report_failure(&a, error, report);
    }
}
