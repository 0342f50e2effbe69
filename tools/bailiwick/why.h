/* SPDX-License-Identifier: BSD-2-Clause */
/* Why a policy allows something, or doesn't. */
#ifndef BAILIWICK_WHY_H
#define BAILIWICK_WHY_H

#include "tools/bailiwick/asked.h"
#include "tools/bailiwick/lines.h"

enum why_kind {
    WHY_RULE,       /* a rule that allows it */
    WHY_MISSING,    /* the rule that would */
    WHY_CONDITION,  /* a rule that would, under other booleans */
    WHY_BOUND,      /* a type that bounds the source and isn't allowed it */
    WHY_CONSTRAINT, /* a constraint that doesn't hold */
    WHY_ROLE,       /* a change of role that isn't allowed */
    WHY_VOCABULARY, /* the policy lacks the class or the permission */
    WHY_KEY,        /* an operation that needs a role that the domain doesn't hold */
    WHY_NOTE,       /* what else one should know */
};

struct why_reason {
    enum why_kind kind;
    char *text;        /* from malloc */
    const char *place; /* FILE:LINE; NULL: not known */
};

#define WHY_MAX_REASONS 128u

struct why {
    const struct asked *asked;
    struct asked_label source, target;
    int domain; /* the source, as a domain of the system; -1: it isn't one */
    const char *class_name, *permission;
    struct lines lines;
    bool allowed; /* by the policy; false also if nothing that asks for it could be done */
    unsigned int nr_reasons;
    unsigned int nr_more; /* reasons that didn't fit */
    struct why_reason reason[WHY_MAX_REASONS];
};

/* Fill in `allowed` and the reasons. why_free() gives them back. */
void why_ask(struct why *why);
void why_free(struct why *why);

/* "missing rule", or "missing_rule" for programs. */
const char *why_kind_name(enum why_kind kind, bool for_programs);

/* printf() to a reason; what doesn't fit is counted. */
void why_add(struct why *why, enum why_kind kind, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* why_rules.c: allow rules, conditions and bounds. Is it allowed so far? */
bool why_rules(struct why *why, unsigned int class_value, uint32_t permission);
/* why_keys.c: what each operation that asks for it needs beside the policy's word. */
void why_keys(struct why *why);
void why_vocabulary(struct why *why, bool has_class);

#endif
