/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv_storm.h"

#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <xen/sched.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/threads.h"
#include "hv/domain/p2m.h"
#include "hv/domain/sched.h"
#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/machine/cpu.h"
#include "hv/machine/cpus.h"
#include "hv/machine/memory.h"
#include "hv/machine/quiesce.h"
#include "hv/machine/time.h"
#include "hv_invariants.h"
#include "hv_machine.h"
#include "hv_scene.h"

#define MEMORY (24 * MIB)
#define SHORT_STORM (500 * MILLISECOND)
#define PATIENCE 60u /* seconds beyond the storm itself */
#define PASS 50u     /* us */
#define MOST_SECONDS_MORE 20u
#define LEAST_CALLS 200ul

static struct storm_vcpu vcpus[STORM_DOMAINS + 1][STORM_VCPUS];
static storm_script *script;
static bool calm;
static uint64_t free_before, base, end_of_storm;
static uint64_t made;       /* calls */
static unsigned int storms; /* counted, so that a watchdog knows its own */

/* Every report is the first and the last; and what is halted says why. */
/* NOLINTBEGIN(bugprone-reserved-identifier): ThreadSanitizer's name */
const char *__tsan_default_options(void);
const char *__tsan_default_options(void)
{
    return "halt_on_error=1:history_size=4";
}
/* NOLINTEND(bugprone-reserved-identifier) */

static uint64_t length_of_storm(void)
{
    const char *seconds = getenv("STORM_SECONDS");

    return seconds == NULL ? SHORT_STORM : strtoul(seconds, NULL, 10) * SECOND;
}

unsigned int storm_least(unsigned int usual)
{
    const char *least = getenv("STORM_LEAST");

    return least == NULL ? usual : (unsigned int)strtoul(least, NULL, 10);
}

/* --- the watchdog --- */

/* Whatever the CPUs are at, it looks. */
__attribute__((no_sanitize("thread"))) static void describe_cpus(void)
{
    for (unsigned int i = 0; i < cpus_count(); i++) {
        const struct cpu *cpu = cpu_by_number(i);
        const struct vcpu *v = cpu->running;

        (void)fprintf(stderr, "  CPU %u: %lu passes (%s), locks held %#x, vCPU %d of domid %d\n", i,
                      cpu->passes, cpu->passes % 2 == 0 ? "in a guest or idle" : "inside",
                      cpu->held, v == NULL ? -1 : (int)v->id,
                      v == NULL ? -1 : (int)v->domain->domid);
    }
}

static void *watch(void *argument)
{
    unsigned int mine = (unsigned int)(uintptr_t)argument;
    uint64_t seconds = PATIENCE + length_of_storm() / SECOND;

    for (uint64_t i = 0; i < seconds; i++) {
        (void)sleep(1);
        if (__atomic_load_n(&storms, __ATOMIC_SEQ_CST) != mine)
            return NULL;
    }
    (void)fprintf(stderr, "storm: deadlock: it didn't end within %lu s of its time\n", seconds);
    describe_cpus();
    _exit(3);
}

static void start_watchdog(void)
{
    uintptr_t mine = __atomic_add_fetch(&storms, 1, __ATOMIC_SEQ_CST);
    pthread_t thread;

    if (pthread_create(&thread, NULL, watch, (void *)mine) != 0)
        abort();
    (void)pthread_detach(thread);
}

void storm_watch(void)
{
    start_watchdog();
    end_of_storm = threads_now() + length_of_storm();
}

void storm_unwatch(void)
{
    __atomic_add_fetch(&storms, 1, __ATOMIC_SEQ_CST);
}

bool storm_lasts(void)
{
    return threads_now() < end_of_storm;
}

/* --- what vCPUs do --- */

struct storm_vcpu *storm_vcpu(uint16_t domid, uint32_t id)
{
    return &vcpus[domid][id];
}

uint32_t storm_random(struct storm_vcpu *s, uint32_t n)
{
    s->random ^= s->random << 13;
    s->random ^= s->random >> 7;
    s->random ^= s->random << 17;
    return (uint32_t)(s->random >> 32) % n;
}

static int64_t call(struct storm_vcpu *s, uint64_t number, const uint64_t *argument, void *header,
                    size_t size)
{
    void *memory = scene_memory(s->v->domain, ARGUMENTS + s->v->id * PAGE_SIZE);
    int64_t result;

    if (size > 0)
        memcpy(memory, header, size);
    result = gate_hypercall(s->v, number, argument);
    if (size > 0)
        memcpy(header, memory, size);
    s->calls++;
    __atomic_fetch_add(&made, 1, __ATOMIC_RELAXED);
    s->succeeded += result >= 0 ? 1 : 0;
    return result;
}

int64_t storm_call(struct storm_vcpu *s, uint64_t number, uint64_t sub, void *header, size_t size)
{
    const uint64_t argument[GATE_ARGUMENTS] = {sub, ARGUMENTS + s->v->id * PAGE_SIZE, 1};

    return call(s, number, argument, header, size);
}

int64_t storm_vcpu_op(struct storm_vcpu *s, uint64_t sub, uint32_t subject, void *header,
                      size_t size)
{
    const uint64_t argument[GATE_ARGUMENTS] = {sub, subject, ARGUMENTS + s->v->id * PAGE_SIZE};

    return call(s, __HYPERVISOR_vcpu_op, argument, header, size);
}

int64_t storm_xsm_op(struct storm_vcpu *s, void *header, size_t size)
{
    const uint64_t argument[GATE_ARGUMENTS] = {ARGUMENTS + s->v->id * PAGE_SIZE};

    return call(s, __HYPERVISOR_xsm_op, argument, header, size);
}

int64_t storm_hypfs_read(struct storm_vcpu *s, const char *path, struct storm_hypfs *answer)
{
    struct {
        char path[64];
        struct storm_hypfs answer;
    } h = {.path = ""};
    uint64_t at = ARGUMENTS + s->v->id * PAGE_SIZE;
    const uint64_t argument[GATE_ARGUMENTS] = {XEN_HYPFS_OP_read, at, strlen(path) + 1,
                                               at + offsetof(__typeof__(h), answer),
                                               sizeof(h.answer)};
    int64_t result;

    (void)snprintf(h.path, sizeof(h.path), "%s", path);
    result = call(s, __HYPERVISOR_hypfs_op, argument, &h, sizeof(h));
    *answer = h.answer;
    return result;
}

static void run(struct vcpu *v)
{
    if (__atomic_load_n(&calm, __ATOMIC_RELAXED))
        (void)vcpu_stop(v);
    else
        script(&vcpus[v->domain->domid][v->id]);
}

/*
 * The guest writes to its memory by a translation that it found when it was entered, until it is
 * interrupted or has done enough. Nobody else may have the frame meanwhile.
 */
static void run_in_guest(struct vcpu *v)
{
    struct storm_vcpu *s = &vcpus[v->domain->domid][v->id];
    uint64_t at = (ARGUMENTS_END >> PAGE_SHIFT) + storm_random(s, 64);
    mfn_t frame = p2m_lookup(v->domain, gfn(at));
    uint64_t *word;

    if (frame.m == INVALID_MFN.m)
        return;
    word = (uint64_t *)map_mfn(frame) + PAGE_SIZE / sizeof(*word) - 1 - v->id;
    for (uint32_t i = storm_random(s, 200); i > 0 && !fake_interrupted(); i--)
        (*(volatile uint64_t *)word)++;
}

/* --- beginning and end --- */

void storm_start(unsigned int other_cpus, storm_script *what)
{
    static const struct fake_hooks hooks = {.run = run, .guest = run_in_guest};

    machine_start_with(MEMORY, other_cpus);
    fake.hooks = &hooks;
    xsm_init_roles_engine(&gate_engine);
    gate_finalised = true;
    script = what;
    calm = false;
    made = 0;
    memset(vcpus, 0, sizeof(vcpus));
    free_before = memory_free_frames();
    base = invariants_hypervisor_frames();
    start_watchdog();
    end_of_storm = now() + length_of_storm();
}

/* On a machine that has no time for it, a little longer. */
bool storm_goes_on(void)
{
    if (now() < end_of_storm)
        return true;
    return __atomic_load_n(&made, __ATOMIC_RELAXED) <= 2 * LEAST_CALLS &&
           now() < end_of_storm + MOST_SECONDS_MORE * SECOND;
}

static struct domain *start_domain(const struct domain_config *config)
{
    static uint64_t seed;
    struct domain *d;

    if (domain_create(config, &d) != 0)
        return NULL;
    for (unsigned int i = 0; i < config->nr_vcpus; i++) {
        d->vcpu[i]->initialised = true;
        vcpus[config->domid][i] =
            (struct storm_vcpu){.v = d->vcpu[i], .random = ++seed * 0x9e3779b97f4a7c15};
    }
    domain_unpause(d);
    for (unsigned int i = 1; i < config->nr_vcpus; i++)
        (void)vcpu_start(d->vcpu[i]);
    return d;
}

struct domain *storm_domain(uint16_t domid, unsigned int nr_vcpus, bool dedicated)
{
    return start_domain(&(struct domain_config){.name = "storm",
                                                .domid = domid,
                                                .memory_kib = STORM_KIB,
                                                .nr_vcpus = nr_vcpus,
                                                .dedicated = dedicated,
                                                .weight = SHARE_DEFAULT_WEIGHT});
}

struct domain *storm_labelled_domain(uint16_t domid, unsigned int nr_vcpus, const char *label)
{
    struct domain_config config = {.name = "storm",
                                   .domid = domid,
                                   .memory_kib = STORM_KIB,
                                   .nr_vcpus = nr_vcpus,
                                   .weight = SHARE_DEFAULT_WEIGHT};
    struct xsm_error error;

    if (xsm_label_to_sid(&gate_engine, label, &config.sid, &error) != 0 ||
        xsm_prepare_domain(&gate_engine, config.sid) != 0 ||
        xsm_channel_sid(&gate_engine, config.sid, config.sid, &config.channel_sid) != 0)
        fail_msg("no label %s", label);
    config.self_sid = xsm_self_sid(&gate_engine, config.sid);
    return start_domain(&config);
}

void storm_pass(void)
{
    struct cpu *cpu = this_cpu();

    time_poll();
    __atomic_store_n(&cpu->attention, 0, __ATOMIC_SEQ_CST);
    quiesce_begin(cpu, NULL);
    (void)usleep(PASS);
    quiesce_end(cpu);
}

void storm_destroy(struct domain *d)
{
    domain_stop(d, SHUTDOWN_poweroff);
    domain_destroy(d);
}

static bool is_aside(const struct domain *d)
{
    for (unsigned int i = 0; d != NULL && i < d->nr_vcpus; i++) {
        if (__atomic_load_n(&d->vcpu[i]->cpu, __ATOMIC_SEQ_CST) != NULL)
            return false;
    }
    return true;
}

static bool all_aside(void)
{
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (!is_aside(domain_in_slot(i)))
            return false;
    }
    return true;
}

/* Who is still on a CPU goes offline by itself. */
static void settle(void)
{
    __atomic_store_n(&calm, true, __ATOMIC_RELAXED);
    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        struct domain *d = domain_in_slot(i);

        for (unsigned int id = 0; d != NULL && id < d->nr_vcpus; id++)
            (void)vcpu_stop(d->vcpu[id]);
    }
    while (!all_aside())
        storm_pass();
    quiesce_begin(this_cpu(), NULL);
    fake_end_threads();
    quiesce_end(this_cpu());
}

static const char *end_domains(void)
{
    static char wrong[100];
    const char *broken = invariants_broken(base);

    for (unsigned int i = 0; i < DOMAIN_SLOTS; i++) {
        if (domain_in_slot(i) != NULL)
            storm_destroy(domain_in_slot(i));
    }
    __atomic_add_fetch(&storms, 1, __ATOMIC_SEQ_CST);
    if (broken == NULL)
        broken = invariants_broken(base);
    if (broken == NULL && memory_free_frames() + policy_frames() != free_before) {
        (void)snprintf(wrong, sizeof(wrong), "%lu frames are free or the policy's, and %lu were",
                       memory_free_frames() + policy_frames(), free_before);
        broken = wrong;
    }
    return broken;
}

static uint64_t count_calls(uint64_t *succeeded)
{
    uint64_t calls = 0;

    *succeeded = 0;
    for (unsigned int i = 0; i < (STORM_DOMAINS + 1) * STORM_VCPUS; i++) {
        calls += vcpus[i / STORM_VCPUS][i % STORM_VCPUS].calls;
        *succeeded += vcpus[i / STORM_VCPUS][i % STORM_VCPUS].succeeded;
    }
    return calls;
}

void storm_end_well(void)
{
    uint64_t calls, succeeded;
    const char *wrong;

    settle();
    calls = count_calls(&succeeded);
    wrong = end_domains();
    if (wrong != NULL)
        fail_msg("%s", wrong);
    assert_true(calls > LEAST_CALLS);
    assert_true(succeeded > calls / 10);
}
