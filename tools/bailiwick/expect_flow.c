/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * never flow: can information get from one to another, over as many as it takes?
 *
 * A node is a party and a store in it (flow.def). Who may write a store puts into it what he has
 * in `self`, and who may read it gets it there. The search goes from all nodes on the left at once,
 * through everybody but the trusted, and remembers by which step it got to each.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/expect.h"

#define EXPECT_MAX_STEPS 64u

enum way { NONE, WRITE, READ, BOTH, SIGNAL, ALL };
enum store { self, console, time, trace, machine, policy, launch, NR_STORES };

static const struct flow {
    const char *class_name, *permission;
    enum way way;
    enum store store;
} flows[] = {
#define FLOW(class, permission, way, store) {#class, #permission, way, store},
#include "tools/bailiwick/flow.def"
#undef FLOW
};
#define NR_FLOWS (sizeof(flows) / sizeof(flows[0]))

/* How the search got to a node. */
struct node {
    bool reached;
    unsigned int from; /* node; itself where it began */
    struct expect_question asked;
};

struct search {
    struct expect *expect;
    struct expect_set from, trusted;
    unsigned int phase;
    uint64_t states;
    const struct expect_word *word[NR_FLOWS]; /* of each flow */
    struct node *node;
    unsigned int *queue, head, tail;
};

static unsigned int node_of(unsigned int party, enum store store)
{
    return party * NR_STORES + store;
}

static void reach(struct search *search, unsigned int from, unsigned int to,
                  const struct expect_question *asked)
{
    struct node *node = &search->node[to];

    if (node->reached)
        return;
    *node = (struct node){.reached = true, .from = from, .asked = *asked};
    if (!search->trusted.has[to / NR_STORES] || from == to)
        search->queue[search->tail++] = to;
}

static bool goes(const struct search *search, const struct flow *flow,
                 struct expect_question *asked)
{
    if (flow->way == SIGNAL)
        return expect_may_signal(search->expect, search->states, asked);
    return expect_is_possible(search->expect, search->states, asked);
}

/* What the party has gets to `other`'s store, or is taken from there by it. */
static void try_flow(struct search *search, unsigned int flow, unsigned int at, unsigned int other)
{
    const struct flow *how = &flows[flow];
    unsigned int party = at / NR_STORES, to;
    struct expect_question asked = {
        .word = search->word[flow], .label = -1, .phase = search->phase};

    if (!asked.word || party == other)
        return;
    to = node_of(other, how->store);
    asked.subject = party;
    asked.object = other;
    if (at == node_of(party, self) && !search->node[to].reached &&
        (how->way == WRITE || how->way == BOTH || how->way == SIGNAL) && goes(search, how, &asked))
        reach(search, at, to, &asked);
    to = node_of(other, self);
    asked.subject = other;
    asked.object = party;
    if (at == node_of(party, how->store) && !search->node[to].reached &&
        (how->way == READ || how->way == BOTH) && goes(search, how, &asked))
        reach(search, at, to, &asked);
}

/* Who may see what everybody does, whatever it asks that of. */
static void try_all(struct search *search, unsigned int flow, unsigned int at)
{
    const struct expect *expect = search->expect;
    struct expect_question asked = {
        .word = search->word[flow], .label = -1, .phase = search->phase};

    if (!asked.word || expect->party[at / NR_STORES].domain < 0 || at % NR_STORES != self)
        return;
    for (unsigned int i = 0; i < expect->nr_parties * expect->nr_parties; i++) {
        asked.subject = i / expect->nr_parties;
        asked.object = i % expect->nr_parties;
        if (asked.subject != at / NR_STORES &&
            !search->node[node_of(asked.subject, self)].reached &&
            expect_is_possible(search->expect, search->states, &asked))
            reach(search, at, node_of(asked.subject, self), &asked);
    }
}

static void spread(struct search *search)
{
    while (search->head < search->tail) {
        unsigned int at = search->queue[search->head++];

        for (unsigned int flow = 0; flow < NR_FLOWS; flow++) {
            if (flows[flow].way == ALL)
                try_all(search, flow, at);
            else if (flows[flow].way != NONE)
                for (unsigned int i = 0; i < search->expect->nr_parties; i++)
                    try_flow(search, flow, at, i);
        }
    }
}

/* The steps to a node, the first one first. */
static void report(struct search *search, struct expect_file *file, const struct expect_line *line,
                   unsigned int node)
{
    static struct expect_step step[EXPECT_MAX_STEPS];
    unsigned int steps = 0;

    while (search->node[node].from != node && steps < EXPECT_MAX_STEPS) {
        struct expect_step *next = &step[EXPECT_MAX_STEPS - ++steps];

        next->from = search->node[node].from / NR_STORES;
        next->to = node / NR_STORES;
        next->asked = search->node[node].asked;
        node = search->node[node].from;
    }
    expect_report_flow(search->expect, file, line, &step[EXPECT_MAX_STEPS - steps], steps);
    search->expect->line_failures++;
}

/* From one of the left side to all of the right side. */
static void search_from(struct search *search, struct expect_file *file,
                        const struct expect_line *line, const struct expect_objects *objects,
                        unsigned int subject)
{
    const struct expect *expect = search->expect;
    const struct expect_question nothing = {0};
    unsigned int start = node_of(subject, self);

    memset(search->node, 0, (size_t)expect->nr_parties * NR_STORES * sizeof(*search->node));
    search->head = search->tail = 0;
    reach(search, start, start, &nothing);
    spread(search);
    for (unsigned int i = 0; i < expect->nr_parties; i++) {
        if (i == subject || !expect_is_object(objects, subject, i))
            continue;
        search->expect->line_checks++;
        for (unsigned int store = 0; store < NR_STORES; store++)
            if (search->node[node_of(i, store)].reached) {
                report(search, file, line, node_of(i, store));
                break;
            }
    }
}

static bool prepare(struct search *search)
{
    size_t nodes = (size_t)search->expect->nr_parties * NR_STORES;

    search->node = calloc(nodes, sizeof(*search->node));
    search->queue = calloc(nodes, sizeof(*search->queue));
    for (unsigned int i = 0; i < NR_FLOWS; i++)
        search->word[i] =
            expect_find_word(search->expect, flows[i].class_name, flows[i].permission);
    if (!search->node || !search->queue)
        fprintf(stderr, "bailiwick: not enough memory\n");
    return search->node && search->queue;
}

static bool run(struct search *search, struct expect_file *file, const struct expect_line *line,
                const struct expect_objects *objects)
{
    for (unsigned int phase = EXPECT_BEFORE; phase <= EXPECT_AFTER; phase <<= 1) {
        if ((line->phases & phase) == 0)
            continue;
        search->phase = phase;
        search->states = expect_states(search->expect, file, line, phase);
        if (search->states == 0)
            return false;
        for (unsigned int i = 0; i < search->expect->nr_parties; i++)
            if (search->from.has[i])
                search_from(search, file, line, objects, i);
    }
    return true;
}

bool expect_check_flow(struct expect *expect, struct expect_file *file,
                       const struct expect_line *line)
{
    static struct expect_objects objects;
    static struct search search;
    bool done;

    memset(&search, 0, sizeof(search));
    search.expect = expect;
    if (!expect_find_subjects(expect, file, line, &line->subject, &search.from) ||
        !expect_find_objects(expect, file, line, &line->object, &objects) ||
        !expect_find_subjects(expect, file, line, &line->trusting, &search.trusted))
        return false;
    done = prepare(&search) && run(&search, file, line, &objects);
    free(search.node);
    free(search.queue);
    return done;
}
