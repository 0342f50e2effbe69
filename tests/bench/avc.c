/* SPDX-License-Identifier: BSD-2-Clause */
#include "avc.h"

#include <stdlib.h>

#define BUCKETS 512u
#define MOST_NODES 512u
#define RECLAIMED 16u

/* Functions of several files there: they call each other. */
#define STEP static __attribute__((noinline))

struct vectors {
    uint32_t allowed, auditallow, auditdeny, sequence, flags;
};

struct node {
    xsm_sid source, target;
    unsigned int class_value;
    struct vectors vectors;
    bool used;
    struct node *next;
};

/* Rules by source, target and class, chained. */
struct rule_node {
    const struct flask_rule *rule;
    struct rule_node *next;
};

struct avc {
    const struct flask_policy *policy;
    struct node *bucket[BUCKETS];
    unsigned int nodes, hand;
    volatile uint32_t readers; /* of this CPU */
    uint64_t lookups, hits, nr_audited;
    uint32_t rule_mask;
    struct rule_node **rules, **conditional, *rule_nodes;
    /* The values that type t has: value[start[t - 1]] up to the next start. */
    uint32_t *start;
    uint16_t *value;
};

static uint32_t hash_rule(unsigned int source, unsigned int target, unsigned int class_value,
                          uint32_t mask)
{
    return (class_value + (target << 2) + (source << 9)) & mask;
}

static void hash_rules(struct avc *avc)
{
    const struct flask_policy *policy = avc->policy;
    uint32_t size = 64;

    while (size < policy->nr_rules)
        size *= 2;
    avc->rule_mask = size - 1;
    /* NOLINTBEGIN(bugprone-sizeof-expression): arrays of pointers */
    avc->rules = calloc(size, sizeof(*avc->rules));
    avc->conditional = calloc(size, sizeof(*avc->conditional)); /* no rule has a condition */
    /* NOLINTEND(bugprone-sizeof-expression) */
    avc->rule_nodes = calloc(policy->nr_rules + 1u, sizeof(*avc->rule_nodes));
    for (unsigned int i = 0; i < policy->nr_rules; i++) {
        const struct flask_rule *rule = &policy->rule[i];
        uint32_t at = hash_rule(rule->source, rule->target, rule->class_value, avc->rule_mask);

        if (rule->kind != FLASK_RULE_ALLOW)
            continue;
        avc->rule_nodes[i] = (struct rule_node){rule, avc->rules[at]};
        avc->rules[at] = &avc->rule_nodes[i];
    }
}

/* From each value's types to each type's values. */
static void list_values(struct avc *avc)
{
    const struct flask_policy *policy = avc->policy;
    uint32_t total = policy->member_start[policy->nr_types], at = 0;

    avc->start = calloc(policy->nr_types + 1u, sizeof(*avc->start));
    avc->value = calloc(total + 1u, sizeof(*avc->value));
    for (unsigned int type = 1; type <= policy->nr_types; type++) {
        avc->start[type - 1] = at;
        for (unsigned int value = 1; value <= policy->nr_types; value++)
            for (uint32_t i = policy->member_start[value - 1]; i < policy->member_start[value]; i++)
                if (policy->member[i] == type)
                    avc->value[at++] = (uint16_t)value;
    }
    avc->start[policy->nr_types] = at;
}

struct avc *avc_make(const struct flask_policy *policy)
{
    struct avc *avc = calloc(1, sizeof(*avc));

    avc->policy = policy;
    hash_rules(avc);
    list_values(avc);
    return avc;
}

static uint32_t look_up(struct rule_node *const *rules, uint32_t mask, unsigned int source,
                        unsigned int target, unsigned int class_value)
{
    const struct rule_node *node = rules[hash_rule(source, target, class_value, mask)];
    uint32_t allowed = 0;

    for (; node != NULL; node = node->next)
        if (node->rule->source == source && node->rule->target == target &&
            node->rule->class_value == class_value)
            allowed |= node->rule->data;
    return allowed;
}

static struct vectors compute(const struct avc *avc, xsm_sid source, xsm_sid target,
                              unsigned int class_value)
{
    unsigned int s = flask_sid_context(avc->policy, source).type;
    unsigned int t = flask_sid_context(avc->policy, target).type;
    struct vectors vectors = {.auditdeny = UINT32_MAX};

    for (uint32_t i = avc->start[s - 1]; i < avc->start[s]; i++)
        for (uint32_t j = avc->start[t - 1]; j < avc->start[t]; j++) {
            unsigned int from = avc->value[i], to = avc->value[j];

            vectors.allowed |= look_up(avc->rules, avc->rule_mask, from, to, class_value);
            vectors.allowed |= look_up(avc->conditional, avc->rule_mask, from, to, class_value);
        }
    return vectors;
}

static struct node **bucket_of(struct avc *avc, xsm_sid source, xsm_sid target,
                               unsigned int class_value)
{
    return &avc->bucket[(source ^ (target << 2) ^ (class_value << 4)) & (BUCKETS - 1)];
}

/* From some bucket on, what comes first. */
static void reclaim(struct avc *avc)
{
    for (unsigned int done = 0; done < RECLAIMED;) {
        struct node **at = &avc->bucket[avc->hand++ % BUCKETS];

        while (*at != NULL && done < RECLAIMED) {
            struct node *gone = *at;

            *at = gone->next;
            free(gone);
            avc->nodes--;
            done++;
        }
    }
}

static struct node *insert(struct avc *avc, xsm_sid source, xsm_sid target,
                           unsigned int class_value, const struct vectors *vectors)
{
    struct node **bucket = bucket_of(avc, source, target, class_value);
    struct node *node = calloc(1, sizeof(*node));

    *node = (struct node){.source = source,
                          .target = target,
                          .class_value = class_value,
                          .vectors = *vectors,
                          .next = *bucket};
    *bucket = node;
    if (++avc->nodes > MOST_NODES)
        reclaim(avc);
    return node;
}

STEP struct node *search(struct avc *avc, xsm_sid source, xsm_sid target, unsigned int class_value)
{
    struct node *node = *bucket_of(avc, source, target, class_value);

    while (node != NULL &&
           (node->source != source || node->target != target || node->class_value != class_value))
        node = node->next;
    if (node != NULL && !node->used)
        node->used = true;
    return node;
}

STEP bool decide(struct avc *avc, xsm_sid source, xsm_sid target, unsigned int class_value,
                 uint32_t requested, struct vectors *vectors)
{
    const struct node *node;

    avc->readers++;
    avc->lookups++;
    node = search(avc, source, target, class_value);
    if (node != NULL) {
        avc->hits++;
        *vectors = node->vectors;
    } else {
        *vectors = compute(avc, source, target, class_value);
        (void)insert(avc, source, target, class_value, vectors);
    }
    avc->readers--;
    return (requested & ~vectors->allowed) == 0;
}

/* Is there something to be written down? */
STEP bool audits(const struct vectors *vectors, uint32_t requested)
{
    uint32_t denied = requested & ~vectors->allowed;

    return denied != 0 ? (denied & vectors->auditdeny) != 0
                       : (requested & vectors->auditallow) != 0;
}

bool avc_allows(struct avc *avc, xsm_sid source, xsm_sid target, unsigned int class_value,
                uint32_t requested)
{
    struct vectors vectors;
    bool allowed = decide(avc, source, target, class_value, requested, &vectors);

    avc->nr_audited += audits(&vectors, requested);
    return allowed;
}

void avc_forget(struct avc *avc)
{
    for (unsigned int i = 0; i < BUCKETS; i++)
        while (avc->bucket[i] != NULL) {
            struct node *gone = avc->bucket[i];

            avc->bucket[i] = gone->next;
            free(gone);
        }
    avc->nodes = 0;
}

void avc_free(struct avc *avc)
{
    avc_forget(avc);
    free(avc->rules);
    free(avc->conditional);
    free(avc->rule_nodes);
    free(avc->start);
    free(avc->value);
    free(avc);
}
