/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Checking expectations against a policy and its system, by the code that decides in the
 * hypervisor.
 */
#ifndef BAILIWICK_EXPECT_H
#define BAILIWICK_EXPECT_H

#include "tools/bailiwick/asked.h"
#include "tools/bailiwick/expectations.h"
#include "tools/bailiwick/json.h"
#include "xsm/hooks.h"

/* Who can be a subject or an object: domains, types that none of them has, and named contexts. */
struct expect_party {
    struct flask_context context;
    int domain; /* of the LCM, from 0; -1: none has this label */
    bool certain;
    bool has_channels; /* its ends of event channels have labels of their own */
};

#define EXPECT_MAX_NAMED 256u /* contexts that are no type's own */
#define EXPECT_MAX_PARTIES (FLASK_MAX_TYPES + LCM_MAX_DOMAINS + EXPECT_MAX_NAMED)
struct expect_set {
    uint8_t has[EXPECT_MAX_PARTIES];
};

/* A permission, of the policy or of policy/vocabulary. */
struct expect_word {
    const char *class_name, *permission;
    unsigned int class_value; /* 0: the policy lacks it */
    uint32_t bit;
};
#define EXPECT_MAX_WORDS (FLASK_MAX_CLASSES * FLASK_PERMISSIONS + 512u)

struct expect {
    const struct asked *asked;
    struct expect_party *party;
    unsigned int nr_parties;
    struct expect_word *word;
    unsigned int nr_words;
    unsigned int line_checks, line_failures; /* of the line being looked at */
    unsigned int lines, checks, failures;    /* of all */
    bool tell_all;                           /* each answer, as expected or not */
    json_t *results, *failures_of_line;      /* for programs; NULL: for people */
};

/* 0, or it is said on stderr. */
int expect_open(struct expect *expect, const struct asked *asked, bool json);
void expect_close(struct expect *expect);
/* Add what the line came to to all. */
void expect_end_line(struct expect *expect, const struct expect_file *file,
                     const struct expect_line *line);

/* expect_parties.c: "guest-a (guest_a_t)". Valid until the fourth call after this one. */
const char *expect_party_text(const struct expect *expect, unsigned int party);
/* The domid that the LCM gives a party's domain; XSM_DOMID_NONE: it is none. */
uint16_t expect_domid(const struct expect *expect, const struct expect_party *party);
/* Does the LCM have the policy sealed when the launch is finalised? */
bool expect_launch_seals(const struct expect *expect);
/* The roles that a party holds: all, if no domain has its label. */
uint32_t expect_roles(const struct expect *expect, const struct expect_party *party);
/* expect_roles.c: the role of this name, or 0; those that the LCM asks for a domain. */
uint32_t expect_role(const char *name);
uint32_t expect_lcm_roles(const struct lcm_domain *domain);
/* How many domains lack their label, or a role that the LCM asks for; said on stderr. */
unsigned int expect_check_domains(const struct asked *asked);
int expect_list_parties(struct expect *expect);
/* The party with this context, a new one if there is none. */
unsigned int expect_named_party(struct expect *expect, struct flask_context context);

/* Objects, which depend on the subject. */
struct expect_objects {
    struct expect_set plain, other, channel, except;
    bool self;
};

/* expect_names.c: what names stand for; false: it is said where there is no such. */
bool expect_find_subjects(struct expect *expect, struct expect_file *file,
                          const struct expect_line *line, const struct expect_side *side,
                          struct expect_set *set);
bool expect_find_objects(struct expect *expect, struct expect_file *file,
                         const struct expect_line *line, const struct expect_side *side,
                         struct expect_objects *objects);
/* One label alone: `to LABEL`. */
bool expect_find_label(struct expect *expect, struct expect_file *file,
                       const struct expect_line *line, const struct expect_item *item,
                       unsigned int *party);
/* expect_modules.c: by DOMAIN/TYPE, launch/TYPE, or the name of its file. */
bool expect_is_module(const struct asked *asked, const struct lcm_module *module, const char *name);
struct flask_context expect_module_context(const struct asked *asked,
                                           const struct lcm_module *module);
/* Is it one of them, for this subject? But for ends of channels. */
bool expect_is_object(const struct expect_objects *objects, unsigned int subject,
                      unsigned int object);

/* One thing that somebody may do to somebody, or not. */
struct expect_question {
    unsigned int subject, object;    /* parties */
    bool self;                       /* the object is the subject itself */
    bool channel;                    /* it is the subject's end of a channel to the object */
    const struct expect_word *word;  /* a permission, */
    const struct xsm_row *operation; /* or, if not NULL, an operation */
    int label;                       /* that the operation gives; -1: none */
    unsigned int phase;              /* EXPECT_BEFORE or EXPECT_AFTER */
    unsigned int state;              /* of the booleans: a number of asked->state */
};

/* What the policy was asked for that: one for a permission, one a check for an operation. */
struct expect_asked {
    struct flask_context source, target;
    const char *class_name, *permission;
    bool allowed;
};

struct expect_answer {
    bool allowed;
    bool permissive; /* only because the subject's type is */
    bool gone;       /* the subject is a boot domain, which the end of the launch has ended */
    bool denied_by[3];
    bool audited;
    unsigned int nr_asked;
    struct expect_asked asked[XSM_MAX_CHECKS];
};

/* expect_ask.c, expect_operation.c */
void expect_ask(const struct expect *expect, const struct expect_question *question,
                struct expect_answer *answer);
/* Does the policy alone allow a permission, and is the subject still there? */
bool expect_policy_allows(const struct expect *expect, const struct expect_question *question);
/* Has the subject ended with the launch? */
bool expect_is_gone(const struct expect *expect, const struct expect_question *question);
void expect_ask_operation(const struct expect *expect, const struct expect_question *question,
                          struct expect_answer *answer);
/* Is a party part of any check of the row? */
bool expect_has_party(const struct xsm_row *row, enum xsm_party party);
/* What the policy is asked for a query, check by check, and what it says: added to the answer. */
void expect_list_checks(const struct expect *expect, const struct xsm_query *query,
                        unsigned int state, struct expect_answer *answer);
/* The label of an end of a channel; its type is 0 if the policy leads to no valid one. */
struct flask_context expect_channel(const struct expect *expect, unsigned int state,
                                    const struct expect_party *owner,
                                    const struct expect_party *peer);
/* Has the row's object to be this one? XSM_NR_PARTIES: no. */
enum xsm_party expect_fixed_object(const struct xsm_row *row);
/* Can a row be given a label beside its object: does it need `to LABEL`? */
bool expect_needs_label(const struct xsm_row *row);

/* expect_states.c: "open=on"; valid until the next call. The hypervisor's own boolean is left out.
 */
const char *expect_states_text(const struct expect *expect, uint64_t states);
/* The state that the booleans have at first, at that time. */
unsigned int expect_initial_state(const struct expect *expect, unsigned int phase);
/* The states of the booleans in which a line is to hold; 0: it is said why. */
uint64_t expect_states(const struct expect *expect, struct expect_file *file,
                       const struct expect_line *line, unsigned int phase);

/* expect_check.c: check a line; false: it can't be, and it is said why. */
bool expect_check(struct expect *expect, struct expect_file *file, const struct expect_line *line);
/* expect_flow.c: the same of `never flow`. */
bool expect_check_flow(struct expect *expect, struct expect_file *file,
                       const struct expect_line *line);

/* expect_signal.c: does the policy allow it in any of the states, which is then the question's? */
bool expect_is_possible(const struct expect *expect, uint64_t states,
                        struct expect_question *asked);
/* Events from subject to object: each has an end, both may be bound, and the subject may send. */
bool expect_may_signal(const struct expect *expect, uint64_t states, struct expect_question *asked);
const struct expect_word *expect_find_word(const struct expect *expect, const char *class_name,
                                           const char *permission);

/* Why an answer isn't as expected. */
enum expect_fault {
    EXPECT_IS_ALLOWED, /* an operation; a permission: by the policy, whatever the other keys say */
    EXPECT_IS_DENIED,
    EXPECT_OTHER_KEY, /* denied, but not by the key that is named */
    EXPECT_NO_EPERM,  /* denied, but what is named isn't what the caller gets */
    EXPECT_NOT_AUDITED,
    EXPECT_NOT_SILENT,
};

/* One step by which information goes from a party to another. */
struct expect_step {
    unsigned int from, to;        /* parties */
    struct expect_question asked; /* by which permission */
};

struct why_reason;
/*
 * expect_reasons.c: for each thing that the policy was asked and that matters here, and for each
 * reason of that, `tell`.
 */
struct expect_teller {
    void (*asked)(struct expect_teller *teller, const struct expect_asked *asked);
    void (*reason)(struct expect_teller *teller, const struct why_reason *reason);
};
void expect_tell_reasons(const struct expect *expect, const struct expect_question *question,
                         const struct expect_answer *answer, struct expect_teller *teller);
/* "event:bind", or the operation's name. Valid until the next call. */
const char *expect_right_text(const struct expect_question *question);

/* expect_json.c: results of lines, for programs; `json` of struct expect is an array of them. */
void expect_json_failure(struct expect *expect, const struct expect_question *question,
                         const struct expect_answer *answer, const char *problem);
void expect_json_flow(struct expect *expect, const struct expect_step *step, unsigned int steps);
void expect_json_line(struct expect *expect, const struct expect_file *file,
                      const struct expect_line *line);
void expect_json_print(struct expect *expect);

/* expect_problem.c: the same in words. */
#define EXPECT_MAX_TEXT 1280u
void expect_problem_text(const struct expect *expect, const struct expect_line *line,
                         const struct expect_question *question, const struct expect_answer *answer,
                         enum expect_fault fault, uint64_t states, char text[EXPECT_MAX_TEXT]);
/* "guest-a (guest_a_t) to guest-b (guest_b_t), event:bind", and which keys deny it. */
void expect_answer_text(const struct expect *expect, const struct expect_line *line,
                        const struct expect_question *question, const struct expect_answer *answer,
                        char text[EXPECT_MAX_TEXT]);
/* " before the launch is finalised"; "" where that needn't be said. */
const char *expect_time_text(const struct expect_line *line,
                             const struct expect_question *question);

/* expect_report.c. The states are those in which it fails. */
void expect_report(struct expect *expect, const struct expect_file *file,
                   const struct expect_line *line, const struct expect_question *question,
                   const struct expect_answer *answer, enum expect_fault fault, uint64_t states);

/* With tell_all: an answer, and why. */
void expect_report_answer(struct expect *expect, const struct expect_line *line,
                          const struct expect_question *question,
                          const struct expect_answer *answer);
/* Failures of the line that weren't reported, since there were too many. */
void expect_report_rest(const struct expect *expect);
void expect_report_flow(struct expect *expect, const struct expect_file *file,
                        const struct expect_line *line, const struct expect_step *step,
                        unsigned int steps);

#endif
