/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <string.h>
#include <xen/io/console.h>

#include "hv/machine/console.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"
#include "hv_cases.h"
#include "hv_digest.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"
#include "hv_script.h"

#define MEMORY (6 * MIB)
#define DOMAIN_KIB 224
#define DOMAINS 3
#define WORDS (GATE_HEADER_SIZE / sizeof(uint16_t))

/* Where the first domain has a policy that can be loaded, and how many bytes it has. */
#define POLICY_AT 0x18000ul
static uint32_t policy_size;

static const char *const labels[DOMAINS] = {"all_t", "all_t", "peer_t"};

/* Besides calls, which are most of what happens. */
enum action {
    ACTION_RESTART,
    ACTION_TIME,
    ACTION_MASK,
    ACTION_RING,
    ACTION_INPUT,
    ACTION_INTERRUPTS,
    ACTION_FAIL,
    NR_ACTIONS
};

static uint8_t next_byte(struct script *s)
{
    if (s->random != 0) {
        s->random ^= s->random << 13;
        s->random ^= s->random >> 7;
        s->random ^= s->random << 17;
        return (uint8_t)(s->random >> 32);
    }
    return s->at < s->size ? s->bytes[s->at++] : 0;
}

static uint16_t next_raw(struct script *s)
{
    uint8_t high = next_byte(s);

    return (uint16_t)(high << 8 | next_byte(s));
}

/* Half a word of an argument: mostly something that can be meant. */
static uint16_t next_word(struct script *s)
{
    uint8_t choice = next_byte(s);

    if (choice < 0xa0)
        return 0;
    if (choice < 0xd0)
        return choice & 15;
    if (choice < 0xe0)
        return DOMID_SELF;
    if (choice < 0xf0)
        return 0x1000; /* with 1 above it: an address among the arguments */
    return next_raw(s);
}

static uint64_t next_address(struct script *s)
{
    static const uint64_t addresses[] = {
        0,          DOMAIN_KIB * KIB - 1, DOMAIN_KIB * KIB,  1ul << 47,
        UINT64_MAX, UINT64_MAX - 8,       ARGUMENTS_END - 3,
    };
    uint8_t choice = next_byte(s);

    return choice < 0xe8 ? ARGUMENTS : addresses[choice % ARRAY_SIZE(addresses)];
}

/* Returns the hypervisor's frames without domains. */
static uint64_t build_machine(void)
{
    uint64_t base;

    scene_start_sized(SCENE_POLICY, MEMORY);
    base = invariants_hypervisor_frames();
    for (uint16_t i = 0; i < DOMAINS; i++)
        (void)scene_domain(i, labels[i], DOMAIN_KIB);
    domain_by_domid(0)->roles = XSM_ROLE_CONTROL;
    policy_size = scene_put_policy(domain_by_domid(0), POLICY_AT);
    fake_save();
    return base;
}

void script_start(struct script *s)
{
    static uint64_t base;

    if (!fake_restore())
        base = build_machine();
    s->base = base;
    s->calls = s->refused = s->succeeded = 0;
}

bool script_goes_on(const struct script *s)
{
    return s->random != 0 || s->at < s->size;
}

static struct domain *next_domain(struct script *s)
{
    return domain_by_domid(next_byte(s) % DOMAINS);
}

static void restart(struct domain *d)
{
    fake.fail_at = 0;
    (void)scene_restart(d, DOMAIN_KIB);
}

/* Shared pages are the guest's to write: any bits, any indices. */
static void write_mask(struct script *s, struct domain *d)
{
    d->shared_info->evtchn_mask[next_byte(s) % 2] ^= 1ul << next_byte(s) % 64;
    d->shared_info->evtchn_pending[next_byte(s) % 2] ^= 1ul << next_byte(s) % 64;
    d->vcpu[0]->info->evtchn_upcall_pending = next_byte(s);
}

static void write_ring(struct script *s, struct domain *d)
{
    struct xencons_interface *ring = d->console_ring;

    ring->out[next_raw(s) % sizeof(ring->out)] = (char)next_byte(s);
    ring->out_prod = (uint32_t)next_raw(s) << 16 | next_raw(s);
    ring->out_cons = next_byte(s) & 1 ? ring->out_prod - next_raw(s) : next_raw(s);
    ring->in_cons = ring->in_prod - next_raw(s);
}

static void act(struct script *s, struct domain *d, enum action action)
{
    const char key = (char)next_byte(s);

    switch (action) {
    case ACTION_RESTART:
        restart(d);
        break;
    case ACTION_TIME:
        fake_pass_time((uint64_t)next_raw(s) << 16);
        time_poll();
        break;
    case ACTION_MASK:
        write_mask(s, d);
        break;
    case ACTION_RING:
        write_ring(s, d);
        break;
    case ACTION_INPUT:
        console_focus(d);
        fake_type(&key, 1);
        console_poll_input();
        break;
    case ACTION_INTERRUPTS:
        d->vcpu[0]->arch.interrupts_on = !d->vcpu[0]->arch.interrupts_on;
        break;
    case ACTION_FAIL:
    case NR_ACTIONS:
    default:
        fake.fail_at = fake.allocations + 1 + (uint8_t)key % 3u;
        break;
    }
}

/* The domain may have moved something else there, and away again. */
static void put(struct domain *d, uint64_t at, const void *from, size_t size)
{
    void *to = scene_memory(d, at);

    if (to != NULL)
        memcpy(to, from, size);
}

static void fill_header(struct script *s, struct domain *d)
{
    uint16_t words[WORDS];

    for (unsigned int i = 0; i < 16; i++)
        words[i] = next_word(s);
    memset(words + 16, 0, sizeof(words) - 16 * sizeof(words[0]));
    put(d, ARGUMENTS, words, sizeof(words));
    put(d, CASES_NESTED, words, sizeof(words));
}

/* xsm_op's sub-operation is in the header, behind its only argument. */
static void start_flask_header(struct script *s, struct domain *d, const struct op_case *c)
{
    struct xen_flask_op op = {0};

    if (scene_memory(d, ARGUMENTS) == NULL)
        return;
    memcpy(&op, scene_memory(d, ARGUMENTS), sizeof(op));
    op.cmd = (uint32_t)c->sub;
    op.interface_version = XEN_FLASK_INTERFACE_VERSION;
    if (c->sub == FLASK_LOAD && next_byte(s) < 0x10) {
        op.u.load.buffer.p = (void *)POLICY_AT;
        op.u.load.size = policy_size;
    }
    put(d, ARGUMENTS, &op, sizeof(op));
}

/* A path that may lead somewhere, and a buffer that may be large enough. */
static void name_node(struct script *s, struct domain *d, uint64_t argument[GATE_ARGUMENTS])
{
    static const char *const paths[] = {
        "/", "/launch", "/launch/", "/launch/policy/mode", "/launch/steps", "//", "/launch/style/x",
    };
    const char *path = paths[next_byte(s) % ARRAY_SIZE(paths)];

    put(d, ARGUMENTS, path, strlen(path) + 1);
    argument[2] = strlen(path) + 1;
    argument[3] = next_address(s);
    argument[4] = next_byte(s);
}

static int64_t call(struct script *s, struct domain *d, const struct op_case *c)
{
    uint64_t argument[GATE_ARGUMENTS] = {c->sub};
    bool third = c->number == __HYPERVISOR_vcpu_op || c->number == __HYPERVISOR_console_io;

    fill_header(s, d);
    argument[third ? 2 : 1] = next_address(s);
    argument[third ? 1 : 2] = next_word(s);
    if (c->number == __HYPERVISOR_vcpu_op)
        argument[1] &= 1;
    if (c->number == __HYPERVISOR_xsm_op) {
        start_flask_header(s, d, c);
        argument[0] = argument[1];
    }
    if (c->number == __HYPERVISOR_hypfs_op && c->sub != XEN_HYPFS_OP_get_version)
        name_node(s, d, argument);
    scene_schedule(d);
    return gate_hypercall(d->vcpu[0], c->number, argument);
}

static const char *difference(const struct op_case *c, const struct digest *before)
{
    static char text[120];
    struct digest after = digest_take();
    const char *part = digest_difference(before, &after);

    if (part == NULL)
        return NULL;
    (void)snprintf(text, sizeof(text), "%s failed, and changed the %s", c->name, part);
    return text;
}

static const char *call_checked(struct script *s, struct domain *d, const struct op_case *c,
                                bool compare)
{
    struct digest before;
    int64_t result;

    scene_schedule(d);
    if (compare)
        before = digest_take();
    result = call(s, d, c);
    s->calls++;
    if (result >= 0)
        s->succeeded++;
    else
        s->refused++;
    return compare && result < 0 ? difference(c, &before) : NULL;
}

const char *script_step(struct script *s, bool compare)
{
    struct domain *d = next_domain(s);
    uint8_t choice = next_byte(s);
    const char *wrong = NULL;

    if (d->state != DOMAIN_RUNNING)
        restart(d);
    else if (choice >= 0xe0)
        act(s, d, choice == 0xff ? ACTION_RESTART : 1 + choice % (NR_ACTIONS - 1));
    else
        wrong = call_checked(s, d, &op_cases[choice % nr_op_cases], compare);
    if (choice < 0xe0)
        fake.fail_at = 0;
    return wrong;
}
