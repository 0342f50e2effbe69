/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Usage: decisions POLICY...
 *
 * How long a decision takes on this machine, by one look at the policy's table and by a model of an
 * access vector cache: hot, which is the same few pairs of labels again and again, and at worst,
 * which is pairs that are in no cache. In ns, the best of several runs; and how large the tables
 * are and how long it takes to build them. Two lines for each policy.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "avc.h"
#include "xsm/compute.h"
#include "xsm/quick.h"

#define RUNS 25u
#define HOT_PAIRS 128u
#define COUNT 20000u
#define MOST_SIDS 1000u
#define MOST_BYTES (1u << 24)

struct pair {
    struct xsm_query query;
    xsm_sid source, target;
};

static struct pair pairs[COUNT];
static xsm_sid sids[MOST_SIDS];
static volatile uint32_t sink;

static double now_ns(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void *memory_of(size_t size)
{
    return aligned_alloc(4096, (size + 4095) & ~(size_t)4095);
}

static _Noreturn void fail(const char *path, const char *why)
{
    fprintf(stderr, "%s: %s\n", path, why);
    exit(2);
}

static struct flask_policy *read_policy(const char *path)
{
    FILE *stream = fopen(path, "rb");
    unsigned char *image = malloc(MOST_BYTES);
    struct flask_policy *policy;
    struct xsm_error error;
    size_t size, room;

    if (stream == NULL || image == NULL)
        fail(path, "can't be read");
    size = fread(image, 1, MOST_BYTES, stream);
    fclose(stream);
    room = xsm_policy_room(size);
    if (xsm_read_policy(image, size, memory_of(room), room, &policy, &error) != 0)
        fail(path, error.text);
    free(image);
    return policy;
}

/* Build it several times; the last stays. */
static double build(struct xsm_engine *engine, const char *path)
{
    struct flask_policy *policy = read_policy(path);
    size_t room = xsm_table_room(policy);
    void *memory = memory_of(room);
    double best = 1e12;

    for (unsigned int i = 0; i < RUNS; i++) {
        struct flask_table *table;
        struct xsm_error error;
        double start = now_ns(), taken;

        if (xsm_build_table(policy, NULL, memory, room, &table, &error) != 0)
            fail(path, error.text);
        taken = now_ns() - start;
        best = taken < best ? taken : best;
        xsm_publish(engine, table);
    }
    return best;
}

/* A label for each type that a label can have. */
static unsigned int list_sids(struct xsm_engine *engine)
{
    const struct flask_policy *policy = xsm_table(engine)->policy;
    unsigned int count = 0;

    for (unsigned int i = 0; i < policy->nr_types && count < MOST_SIDS - 1; i++) {
        struct flask_context context = flask_sid_context(policy, XSM_INITIAL_DOMU);

        context.type = (uint16_t)(i + 1);
        context.role = FLASK_OBJECT_R;
        if (!policy->type[i].attribute && flask_context_sid(policy, context, &sids[count]) == 0)
            count++;
    }
    return count;
}

static void make_pairs(unsigned int nr_sids, unsigned int different)
{
    uint64_t random = 88172645463325252u;

    for (unsigned int i = 0; nr_sids > 0 && i < COUNT; i++) {
        struct pair *pair = &pairs[i];

        if (i >= different) {
            *pair = pairs[i % different];
            continue;
        }
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        pair->source = sids[random % nr_sids];
        pair->target = sids[(random >> 32) % nr_sids];
        xsm_start_query(&pair->query, XSM_HOOK_hvm_get_param,
                        (struct xsm_subject){.domid = 1, .sid = pair->source});
        pair->query.sid[XSM_PARTY_target] = pair->target;
    }
}

static double by_one_look(const struct xsm_engine *engine)
{
    double start = now_ns();
    uint32_t sum = 0;

    for (unsigned int i = 0; i < COUNT; i++)
        sum += xsm_quick(engine, &pairs[i].query);
    sink += sum;
    return (now_ns() - start) / COUNT;
}

static double by_cache(struct avc *avc, unsigned int class_value)
{
    double start = now_ns();
    uint32_t sum = 0;

    for (unsigned int i = 0; i < COUNT; i++)
        sum += avc_allows(avc, pairs[i].source, pairs[i].target, class_value, 1u << 3);
    sink += sum;
    return (now_ns() - start) / COUNT;
}

struct result {
    double look, cache;
};

static struct result measure(const struct xsm_engine *engine, struct avc *avc, bool forget)
{
    unsigned int class_value = flask_find_class(xsm_table(engine)->policy, "hvm", 3);
    struct result best = {1e9, 1e9};

    for (unsigned int i = 0; i < RUNS; i++) {
        double look, cache;

        if (forget)
            avc_forget(avc);
        look = by_one_look(engine);
        cache = by_cache(avc, class_value);
        best.look = look < best.look ? look : best.look;
        best.cache = cache < best.cache ? cache : best.cache;
    }
    return best;
}

static void report(const char *path)
{
    struct xsm_engine engine = {0};
    struct result hot, worst;
    double built = build(&engine, path);
    unsigned int nr_sids;
    struct avc *avc;

    avc = avc_make(xsm_table(&engine)->policy);
    nr_sids = list_sids(&engine);
    make_pairs(nr_sids, HOT_PAIRS);
    hot = measure(&engine, avc, false);
    make_pairs(nr_sids, COUNT);
    worst = measure(&engine, avc, true);
    printf("%s: hot %.1f, cache %.1f (%.1f times); worst %.1f, cache %.1f (%.1f times)\n", path,
           hot.look, hot.cache, hot.cache / hot.look, worst.look, worst.cache,
           worst.cache / worst.look);
    printf("%s: tables for what is allowed %zu bytes, built in %.3f ms\n", path,
           xsm_table(&engine)->allow_bytes, built / 1e6);
    avc_free(avc);
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        fprintf(stderr, "usage: %s POLICY...\n", argv[0]);
        return 2;
    }
    for (int i = 1; i < argc; i++)
        report(argv[i]);
    return 0;
}
