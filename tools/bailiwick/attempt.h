/* SPDX-License-Identifier: BSD-2-Clause */
/* One attempt of a domain, as attempts.h lists them: what is asked of the gate. */
#ifndef BAILIWICK_ATTEMPT_H
#define BAILIWICK_ATTEMPT_H

#include "tools/bailiwick/expect.h"

/* When the subject runs: until the launch is finalised, from then on, ... */
enum attempt_time {
    ATTEMPT_BEFORE,
    ATTEMPT_AFTER,
    ATTEMPT_SEALED, /* and after it has sealed the policy, */
    ATTEMPT_FAILED, /* or alone, as the crash domain of a launch that its boot domain has given up
                     */
};

struct attempt {
    unsigned int subject; /* parties */
    int party;            /* the domain that it is about, or -1 */
    bool channel;         /* it is done by the subject's end of a channel to that */
    enum attempt_time time;
    enum xsm_hook hook;
    xsm_sid module, label;     /* XSM_SID_NONE: it names none */
    const char *object;        /* for people */
    int number, index, target; /* as in attempts.h */
    json_t *lines;
};

/* EXPECT_BEFORE or EXPECT_AFTER, and the state of the booleans then. */
unsigned int attempt_phase(const struct attempt *one);
unsigned int attempt_state(const struct expect *expect, const struct attempt *one);

/* What is asked of the gate, with the numbers that labels have here. */
void attempt_query(const struct expect *expect, const struct attempt *one, struct xsm_query *query);

bool attempt_is_allowed(const struct expect *expect, const struct attempt *one);

/* The object of attempts.h. */
json_t *attempt_json(const struct expect *expect, const struct attempt *one);

#endif
