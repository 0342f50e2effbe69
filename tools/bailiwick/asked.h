/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What query, why, table and dump are asked about: a compiled policy, alone or in its system, and
 * the names by which people speak of its labels.
 *
 * Functions that return an error have said on stderr what is wrong.
 */
#ifndef BAILIWICK_ASKED_H
#define BAILIWICK_ASKED_H

#include <limits.h>

#include "tools/bailiwick/system.h"
#include "xsm/flask/flask.h"

/* States of the booleans that are looked at together, and the booleans that make as many. */
#define ASKED_MAX_FREE 6u
#define ASKED_MAX_STATES (1u << ASKED_MAX_FREE)

/* A policy compiled for one state of its booleans. */
struct asked_state {
    struct flask_table *table;
    struct bytes memory;
};

struct asked_type {
    struct flask_context context;
    bool certain; /* the only context of this type that the policy or the system has */
};

struct asked {
    struct options options;
    struct system *system; /* NULL: a policy alone */
    char path[PATH_MAX];   /* of the policy */
    uint8_t digest[LCM_DIGEST_SIZE];
    struct xsm_engine own; /* of a policy alone, and its memory */
    struct policy_memory memory;
    struct xsm_engine *engine;
    const struct flask_policy *policy;
    struct asked_type *type; /* by value, less one */

    uint64_t boolean[FLASK_BOOLEAN_WORDS]; /* bit n: boolean n + 1 is true, */
    uint64_t chosen[FLASK_BOOLEAN_WORDS];  /* because the command line says so */
    unsigned int nr_states, nr_free;       /* 2^nr_free */
    unsigned int free[ASKED_MAX_FREE];     /* booleans, from 0, that differ from state to state */
    struct asked_state state[ASKED_MAX_STATES];
};

/*
 * SUBJECT is the name of a system, its source or blob, or a compiled policy. `booleans` (or NULL)
 * is "NAME=on,OTHER=off"; the others are as the policy has them or, with `all_states`, in every
 * state that makes a difference to any rule. Negative: it can't be asked.
 */
int asked_open(struct asked *asked, const char *subject, const char *root, const char *booleans,
               bool all_states);
/* The same, with everything that can be said of a system. */
int asked_open_as(struct asked *asked, const struct options *options, const char *booleans,
                  bool all_states);
void asked_close(struct asked *asked);

/* asked_states.c: the tables for the states above. */
int asked_open_states(struct asked *asked, const char *booleans, bool all_states);
/*
 * What these states (bit n is state n) have in common: "a=on, b=off"; with "in 3 of 8 states" if
 * that doesn't tell them from the others; "" for all of them. Valid until the next call.
 */
const char *asked_states_text(const struct asked *asked, uint64_t states);
/* The bits of all states. */
uint64_t asked_all_states(const struct asked *asked);

/* A label that a question is about. */
struct asked_label {
    struct flask_context context;
    bool certain;
};

struct asked_labels {
    struct asked_label *label;
    unsigned int count;
};

/*
 * What a name stands for (asked_names.c): a domain of the system, a context, a type, an attribute,
 * an initial SID (xen, security, ...), or any. Negative: the policy has no such name, or is out of
 * memory; lists what comes near.
 */
int asked_labels(const struct asked *asked, const char *name, struct asked_labels *labels);
/* The same for one label alone: not an attribute, and not any. */
int asked_label(const struct asked *asked, const char *name, struct asked_label *label);
/* A type, by its value. */
struct asked_label asked_type_label(const struct asked *asked, unsigned int type);
/* By what label one is asked about itself: that of a domain's transition to itself, or its own. */
struct asked_label asked_self(const struct asked *asked, const struct asked_label *label);

/* A class and permissions of it: CLASS, CLASS:PERMISSION, CLASS:PERMISSION,PERMISSION or any. */
struct asked_class {
    unsigned int value;   /* 0: all classes */
    uint32_t permissions; /* that are asked about */
};
int asked_class(const struct asked *asked, const char *name, struct asked_class *class);

/* xen, security, ...; XSM_SID_NONE: there is none of this name. */
xsm_sid asked_initial_sid(const char *name);

/* The number of a domain of the system, from 0; -1: none has this name. */
int asked_domain(const struct asked *asked, const char *name);

/* A context as text. Valid until the fourth call after this one. */
const char *asked_text(const struct asked *asked, struct flask_context context);

#endif
