/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy as it is kept after loading, and what is asked of it. Immutable but for the table of
 * SIDs, to which labels of new domains add.
 *
 * Values of classes, users, roles and types are the policy's own and count from 1.
 */
#ifndef XSM_FLASK_FLASK_H
#define XSM_FLASK_FLASK_H

#include "xsm/engine.h"

/* What one policy may have; all are far above any real system's. */
#define FLASK_MAX_VALUES 1024u /* types and attributes, users: what a flask_set can hold */
#define FLASK_MAX_CLASSES 64u
#define FLASK_MAX_ROLES 64u
#define FLASK_MAX_SIDS 1024u
#define FLASK_MAX_BOUNDS 8u   /* ancestors of a bounded type */
#define FLASK_MAX_OPERANDS 5u /* stack of a constraint */
#define FLASK_PERMISSIONS 32u /* of a class */
#define FLASK_OBJECT_R 1u     /* the role of objects, which goes with every user and type */

#define FLASK_LABEL_WORDS (FLASK_MAX_SIDS / 64u)
#define FLASK_SET_WORDS (FLASK_MAX_VALUES / 64u)

/* A set of values; bit n is value n + 1. */
struct flask_set {
    uint64_t word[FLASK_SET_WORDS];
};

static inline bool flask_in(const struct flask_set *set, unsigned int bit)
{
    return ((set->word[bit / 64] >> (bit % 64)) & 1u) != 0;
}

static inline void flask_add(struct flask_set *set, unsigned int bit)
{
    set->word[bit / 64] |= (uint64_t)1 << (bit % 64);
}

/* user:role:type. A type of 0 is no context. */
struct flask_context {
    uint16_t user, role, type;
};

/* A context as one number, which is never 0. */
static inline uint64_t flask_pack(struct flask_context context)
{
    return (uint64_t)context.user << 32 | (uint64_t)context.role << 16 | context.type;
}

static inline struct flask_context flask_unpack(uint64_t packed)
{
    return (struct flask_context){.user = (uint16_t)(packed >> 32),
                                  .role = (uint16_t)(packed >> 16),
                                  .type = (uint16_t)packed};
}

/* An access vector decision. */
struct flask_av {
    uint32_t allowed;
    uint32_t auditallow;
    uint32_t auditdeny;
};

/* One step of a constraint, in postfix order, as in the binary policy. */
enum flask_step_kind {
    FLASK_STEP_NOT = 1,
    FLASK_STEP_AND,
    FLASK_STEP_OR,
    FLASK_STEP_COMPARE, /* the source's attribute with the target's */
    FLASK_STEP_NAMES,   /* one side's attribute with a set */
};
enum flask_step_operator {
    FLASK_STEP_EQ = 1,
    FLASK_STEP_NEQ,
    FLASK_STEP_DOM,
    FLASK_STEP_DOMBY,
    FLASK_STEP_INCOMP,
};
#define FLASK_STEP_USER 1u
#define FLASK_STEP_ROLE 2u
#define FLASK_STEP_TYPE 4u
#define FLASK_STEP_TARGET 8u

struct flask_step {
    uint8_t kind, attribute, op;
    const struct flask_set *names;
};

struct flask_constraint {
    uint32_t permissions; /* which need it */
    unsigned int nr_steps;
    const struct flask_step *step;
};

struct flask_class {
    const char *name; /* NULL: no class has this value */
    uint32_t permissions;
    const char *permission[FLASK_PERMISSIONS];
    bool is_domain;       /* class domain: new objects are subjects */
    uint32_t role_change; /* permissions that a change of role must be allowed for */
    uint8_t default_user, default_role, default_type;
    unsigned int nr_constraints;
    struct flask_constraint *constraint;

    /* cell[row[source] * nr_columns + column[target]], by type value - 1 */
    const uint16_t *row, *column;
    unsigned int nr_rows, nr_columns;
    const struct flask_av *cell;
};

struct flask_role {
    const char *name; /* NULL: no role has this value */
    struct flask_set types;
    struct flask_set dominates;
    struct flask_set may_become; /* roles, by `allow ROLE ROLE` */
};

struct flask_user {
    const char *name;
    struct flask_set roles;
};

struct flask_type {
    const char *name; /* not the aliases */
    uint16_t bounds;  /* its parent, or 0 */
    bool attribute;
    bool permissive;
};

struct flask_alias {
    const char *name;
    uint16_t type;
};

struct flask_transition {
    uint16_t source, target, class_value, result;
};

struct flask_role_transition {
    uint16_t role, type, class_value, result;
};

/* How a check of hooks.def is answered under this policy. */
enum flask_answer { FLASK_ANSWER_DENY, FLASK_ANSWER_SELF, FLASK_ANSWER_ASK, FLASK_ANSWER_OTHER };

struct flask_check {
    uint8_t answer;      /* enum flask_answer */
    uint8_t class_value; /* of ASK and OTHER */
    uint32_t permission; /* its bit */
};

struct flask_policy {
    uint32_t version;
    bool unknown_allowed; /* handle_unknown=allow, which is noted and not obeyed */
    unsigned int nr_users, nr_roles, nr_types, nr_classes, nr_aliases;
    unsigned int nr_transitions, nr_role_transitions;
    unsigned int nr_allow_rules, nr_booleans;
    struct flask_user *user;
    struct flask_role *role;
    struct flask_type *type;
    struct flask_alias *alias;
    struct flask_class *class;
    const struct flask_transition *transition; /* unconditional ones first */
    struct flask_role_transition *role_transition;
    uint64_t initial_sids;                       /* which the policy has: bit n is SID n */
    struct flask_check (*check)[XSM_MAX_CHECKS]; /* by enum xsm_hook */
    size_t table_bytes;                          /* of rows, columns and cells */
    size_t arena_kept;                           /* bytes of the arena that stay in use */

    /*
     * SID n is number n - 1, a packed context, 0 where none is yet. Slots fill up in order and
     * never change again, each by one compare-and-exchange: no lock, and no SID twice.
     */
    uint64_t *sid;
    /* Bit n of these words: SID n + 1 is a domain's label. Bits are only ever set. */
    uint64_t *domain_label;
};

/* Read, validate and compile; see xsm_load_policy(). */
int flask_load(const void *image, size_t size, void *arena, size_t arena_size,
               const struct flask_policy **policy, struct xsm_error *error);

/* Those permissions of a class that a constraint or a change of role withholds. */
uint32_t flask_constrained(const struct flask_policy *policy, const struct flask_class *class,
                           struct flask_context source, struct flask_context target);

/* What the policy says of two contexts and a class value, constraints and bounds included. */
static inline struct flask_av flask_decide(const struct flask_policy *policy,
                                           struct flask_context source, struct flask_context target,
                                           unsigned int class_value)
{
    const struct flask_class *class = &policy->class[class_value - 1];
    struct flask_av av = class->cell[(size_t) class->row[source.type - 1] * class->nr_columns +
                                     class->column[target.type - 1]];

    if (class->nr_constraints != 0 || class->role_change != 0)
        av.allowed &= ~flask_constrained(policy, class, source, target);
    return av;
}

bool flask_context_valid(const struct flask_policy *policy, struct flask_context context);

/* The context of a SID; that of `unlabeled` for a SID that nobody has been given. */
static inline struct flask_context flask_sid_context(const struct flask_policy *policy, xsm_sid sid)
{
    uint64_t packed = 0;

    if (sid >= 1 && sid <= FLASK_MAX_SIDS)
        packed = __atomic_load_n(&policy->sid[sid - 1], __ATOMIC_ACQUIRE);
    return flask_unpack(packed != 0 ? packed : policy->sid[XSM_INITIAL_UNLABELED - 1]);
}
/* The SID of a context, a new one if needed. -ENOSPC: all are taken. */
int flask_context_sid(const struct flask_policy *policy, struct flask_context context,
                      xsm_sid *sid);

/* The SID of a context that has one; XSM_SID_NONE: it has none. */
xsm_sid flask_find_sid(const struct flask_policy *policy, struct flask_context context);

/* Note that a SID is a domain's label; is it? */
void flask_add_domain_label(const struct flask_policy *policy, xsm_sid sid);
bool flask_is_domain_label(const struct flask_policy *policy, xsm_sid sid);

/* The context of a new object of a class. -EINVAL: the policy leads to no valid context. */
int flask_transition(const struct flask_policy *policy, struct flask_context source,
                     struct flask_context target, unsigned int class_value,
                     struct flask_context *result);

/* Values by name; 0: the policy has no such name. Aliases are names of their types. */
unsigned int flask_find_class(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_user(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_role(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_type(const struct flask_policy *policy, const char *name, size_t length);
/* The bit of a permission; 0: the class has none of that name. */
uint32_t flask_find_permission(const struct flask_class *class, const char *name);

/* A context as text, at most XSM_MAX_CONTEXT bytes with its NUL. */
int flask_context_text(const struct flask_policy *policy, struct flask_context context, char *text,
                       size_t size);

/* Match the checks of hooks.def with the policy's classes and permissions by name. */
void flask_map_checks(struct flask_policy *policy);

#endif
