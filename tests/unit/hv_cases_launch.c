/* SPDX-License-Identifier: BSD-2-Clause */
/* The calls of a boot domain, and what is read of the launch afterwards. */
#include <string.h>

#include "hv/domain/sched.h"
#include "hv/launch/boot_domain.h"
#include "hv_cases_each.h"

static const char module_data[] = "what is in a module";

/* The LCM, which nobody has a copy of, and a kernel; and the peer is the LCM's only domain. */
static void prepare_launch(void)
{
    static const struct boot_info info = {.nr_modules = 2};

    gate_finalised = false;
    memset(&plan, 0, sizeof(plan));
    plan.boot = &info;
    plan.module[0].line = plan.module[1].line = "module";
    plan.module[1].data = module_data;
    plan.module[1].size = sizeof(module_data);
    plan.module_sid[0] = caller->sid != XSM_SID_NONE ? XSM_INITIAL_BW_LCM : XSM_SID_NONE;
    plan.module_sid[1] = caller->sid != XSM_SID_NONE ? XSM_INITIAL_BW_KERNEL : XSM_SID_NONE;
    plan.lcm.nr_domains = 1;
    plan.domain[0].domain = peer;
}

static void prepare_staged(void)
{
    prepare_launch();
    (void)vcpu_stop(peer->vcpu[0]);
    peer->state = DOMAIN_BUILDING;
}

CASE(launch_info)
{
    prepare_launch();
    t->d = caller;
}

CASE(module_stat)
{
    struct bw_module_stat *m = HEADER(t);

    prepare_launch();
    *m = (struct bw_module_stat){.index = 1, .line = CASES_NESTED, .line_size = 8};
    t->count = &m->index;
    t->nested = &m->line;
}

CASE(module_read)
{
    struct bw_module_read *m = HEADER(t);

    prepare_launch();
    *m = (struct bw_module_read){.index = 1, .buffer = CASES_NESTED, .size = 8};
    t->count = &m->size;
    t->nested = &m->buffer;
}

CASE(staged_stat)
{
    struct bw_staged_stat *s = HEADER(t);

    prepare_staged();
    *s = (struct bw_staged_stat){.name = CASES_NESTED, .name_size = 8};
    t->count = &s->index;
    t->nested = &s->name;
}

static void prepare_memory(struct attempt *t)
{
    struct bw_staged_memory *m = HEADER(t);

    prepare_staged();
    memset(scene_memory(caller, CASES_NESTED), 0xa5, 8);
    *m = (struct bw_staged_memory){
        .address = SOME_GFN << PAGE_SHIFT, .buffer = CASES_NESTED, .size = 8, .domid = PEER};
    t->domid = &m->domid;
    t->count = &m->size;
    t->nested = &m->buffer;
}

CASE(staged_read)
{
    prepare_memory(t);
}

CASE(staged_write)
{
    prepare_memory(t);
    t->effect = EFFECT_STATE;
}

static void prepare_vcpu(struct attempt *t)
{
    struct bw_staged_vcpu *v = HEADER(t);
    struct bw_vcpu_state *state = scene_memory(caller, CASES_NESTED);

    prepare_staged();
    peer->vcpu[0]->initialised = true;
    *state = (struct bw_vcpu_state){.rip = 0x1000, .rflags = 2};
    *v = (struct bw_staged_vcpu){.state = CASES_NESTED, .domid = PEER};
    t->domid = &v->domid;
    t->count = &v->vcpu;
    t->nested = &v->state;
}

CASE(staged_get_vcpu)
{
    prepare_vcpu(t);
}

CASE(staged_set_vcpu)
{
    prepare_vcpu(t);
    t->effect = EFFECT_STATE;
}

CASE(staged_set_param)
{
    struct bw_staged_param *p = HEADER(t);

    prepare_staged();
    *p = (struct bw_staged_param){.index = HVM_PARAM_STORE_EVTCHN, .value = 5, .domid = PEER};
    t->domid = &p->domid;
    t->count = &p->index;
    t->effect = EFFECT_STATE;
}

CASE(staged_unpause)
{
    struct bw_staged_unpause *u = HEADER(t);

    prepare_staged();
    peer->vcpu[0]->initialised = true;
    *u = (struct bw_staged_unpause){.domid = PEER};
    t->domid = &u->domid;
    t->effect = EFFECT_STATE;
}

CASE(launch_finalise)
{
    prepare_launch();
    t->pointer = CASES_NO_POINTER;
    t->effect = EFFECT_STATE;
}

CASE(launch_fail)
{
    struct bw_launch_fail *f = HEADER(t);

    prepare_launch();
    *f = (struct bw_launch_fail){.text = CASES_NESTED, .size = 8};
    t->count = &f->size;
    t->nested = &f->text;
    t->effect = EFFECT_STATE;
}

CASE(hypfs_version)
{
    t->argument[1] = 0;
    t->pointer = CASES_NO_POINTER;
}

/* A path at ARGUMENTS, and the buffer behind it. */
static void name_node(struct attempt *t, const char *path)
{
    t->size = strlen(path) + 1;
    memcpy(HEADER(t), path, t->size);
    t->argument[2] = t->size;
    t->count = (uint32_t *)(void *)&t->argument[2];
}

CASE(hypfs_read)
{
    name_node(t, "/launch/policy");
    t->argument[3] = CASES_NESTED;
    t->argument[4] = PAGE_SIZE;
    t->nested = &t->argument[3];
}

CASE(hypfs_write)
{
    name_node(t, "/launch/style");
    t->argument[3] = CASES_NESTED;
    t->argument[4] = 1;
}
