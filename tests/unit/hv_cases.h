/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * For each row of hv/gate/ops.def a call that is good: what it needs is there, and it does
 * something if the operation can do anything. Tests change one thing about it.
 */
#ifndef TESTS_HV_CASES_H
#define TESTS_HV_CASES_H

#include "hv/gate/ops.h"

/* What a call does that succeeds. */
enum effect {
    EFFECT_NONE,  /* it only answers */
    EFFECT_STATE, /* the digest changes */
};

#define CASES_NO_POINTER GATE_ARGUMENTS

struct attempt {
    struct domain *d; /* who calls */
    uint64_t number;
    uint64_t argument[GATE_ARGUMENTS];
    unsigned int pointer; /* which argument is an address; CASES_NO_POINTER: none */
    size_t size;          /* bytes read or written there */
    size_t kept;          /* of those: what says which operation it is, at the start */
    enum effect effect;
    /* Where in guest memory these are named, if they are. */
    uint16_t *domid;
    uint32_t *port;
    uint32_t *count;
    uint64_t *nested; /* another address */
};

struct op_case {
    const char *name;
    enum xsm_hook hook;
    bool writes_back;
    size_t header_size;
    /* The good call, its arguments in the memory of cases_caller(). */
    void (*prepare)(struct attempt *t);
    uint64_t number, sub;
};

extern const struct op_case op_cases[];
extern const unsigned int nr_op_cases;

/*
 * A machine with two domains and channels between them. The caller's label is a type of
 * SCENE_POLICY; NULL: there is no policy. The pages at 0 and at ARGUMENTS_END can't be reached.
 */
void cases_stage(const char *label);
struct domain *cases_caller(void);
struct domain *cases_peer(void);
/* Where a nested address of a good call points. */
#define CASES_NESTED (ARGUMENTS + 0x1000)

void cases_prepare(const struct op_case *c, struct attempt *t);
int64_t cases_call(const struct attempt *t);

#endif
