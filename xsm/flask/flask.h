/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A policy as it is kept after loading, the tables made of it, and what is asked of them. Both are
 * immutable but for the policy's SIDs and levels, to which new labels add.
 *
 * Values of classes, users, roles, types, booleans, sensitivities and categories are the policy's
 * own and count from 1.
 */
#ifndef XSM_FLASK_FLASK_H
#define XSM_FLASK_FLASK_H

#include "xsm/engine.h"
#include "xsm/flask/set.h"

/*
 * What one policy may have. Debian's reference policy for whole Linux systems, far larger than
 * any for a hypervisor, has 4,408 types and attributes, 134 classes, 312 booleans and 147 roles.
 */
#define FLASK_MAX_TYPES 8192u /* attributes among them */
#define FLASK_MAX_CLASSES 255u
#define FLASK_MAX_USERS 1024u
#define FLASK_MAX_ROLES 255u
#define FLASK_MAX_BOOLEANS 512u
#define FLASK_MAX_SENSITIVITIES 255u
#define FLASK_MAX_CATEGORIES 1024u
#define FLASK_MAX_LEVELS 1024u /* different ones, in the file and in all contexts together */
#define FLASK_MAX_CONDITIONS 4096u
#define FLASK_MAX_SIDS 1024u
#define FLASK_MAX_BOUNDS 8u   /* ancestors of a bounded type */
#define FLASK_MAX_OPERANDS 5u /* stack of a constraint */
#define FLASK_PERMISSIONS 32u /* of a class */
#define FLASK_OBJECT_R 1u     /* the role of objects, which goes with every user and type */

#define FLASK_LABEL_WORDS (FLASK_MAX_SIDS / 64u)
#define FLASK_CATEGORY_WORDS (FLASK_MAX_CATEGORIES / 64u)
#define FLASK_BOOLEAN_WORDS (FLASK_MAX_BOOLEANS / 64u)
#define FLASK_CONDITION_WORDS (FLASK_MAX_CONDITIONS / 64u)

/*
 * user:role:type:low-high. A type of 0 is no context. Levels are indices into the policy's table of
 * levels, where each stands once; 0 in a policy without MLS.
 */
struct flask_context {
    uint16_t user, role, type, low, high;
};

/* A context as one number, which is never 0. */
static inline uint64_t flask_pack(struct flask_context context)
{
    return (uint64_t)context.high << 48 | (uint64_t)context.low << 36 |
           (uint64_t)context.role << 28 | (uint64_t)context.user << 16 | context.type;
}

static inline struct flask_context flask_unpack(uint64_t packed)
{
    return (struct flask_context){.type = (uint16_t)packed,
                                  .user = (uint16_t)(packed >> 16 & 0xfffu),
                                  .role = (uint16_t)(packed >> 28 & 0xffu),
                                  .low = (uint16_t)(packed >> 36 & 0xfffu),
                                  .high = (uint16_t)(packed >> 48 & 0xfffu)};
}

/* A sensitivity and its categories; bit n of `category` is category n + 1. */
struct flask_level {
    uint32_t state; /* levels.c: free, being written, ready */
    uint32_t sensitivity;
    uint64_t category[FLASK_CATEGORY_WORDS];
};

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
    FLASK_STEP_COMPARE, /* the source's attribute with the target's, or two levels */
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
#define FLASK_STEP_TARGET 8u /* names: the target's, */
#define FLASK_STEP_THIRD 16u /* the third context's; neither: the source's */
#define FLASK_STEP_L1L2 32u
#define FLASK_STEP_L1H2 64u
#define FLASK_STEP_H1L2 128u
#define FLASK_STEP_H1H2 256u
#define FLASK_STEP_L1H1 512u
#define FLASK_STEP_L2H2 1024u

struct flask_step {
    uint8_t kind, op;
    uint16_t attribute;
    struct flask_set names;
};

struct flask_constraint {
    uint32_t permissions; /* which need it; 0 for validatetrans */
    uint32_t nr_steps;
    const struct flask_step *step;
};

/* default_user, default_role, default_type */
enum flask_default { FLASK_DEFAULT_UNSET, FLASK_DEFAULT_SOURCE, FLASK_DEFAULT_TARGET };
/* default_range */
enum flask_default_range {
    FLASK_RANGE_UNSET,
    FLASK_RANGE_SOURCE_LOW,
    FLASK_RANGE_SOURCE_HIGH,
    FLASK_RANGE_SOURCE_LOW_HIGH,
    FLASK_RANGE_TARGET_LOW,
    FLASK_RANGE_TARGET_HIGH,
    FLASK_RANGE_TARGET_LOW_HIGH,
};

struct flask_class {
    const char *name;
    const char *common; /* whose permissions it has beside its own, or NULL */
    uint32_t permissions;
    const char *permission[FLASK_PERMISSIONS];
    bool is_domain;       /* class domain: new objects are subjects */
    uint32_t role_change; /* permissions that a change of role must be allowed for */
    uint32_t constrained; /* those that a constraint or a change of role could withhold */
    uint8_t default_user, default_role, default_type, default_range;
    uint32_t nr_constraints, nr_transitions;
    const struct flask_constraint *constraint, *transition; /* constrain, validatetrans */
};

struct flask_role {
    const char *name; /* NULL: no role has this value */
    struct flask_set types, dominates;
};

struct flask_user {
    const char *name;
    struct flask_set roles;
    uint16_t low, high; /* the range it is cleared for */
    uint16_t level;     /* where it starts, which only login programs ask */
};

struct flask_type {
    const char *name; /* not the aliases */
    uint16_t bounds;  /* its parent, or 0 */
    bool attribute;
    bool permissive;
};

/* Another name of a type, a sensitivity or a category. */
struct flask_alias {
    const char *name;
    uint16_t value;
};

struct flask_boolean {
    const char *name;
    bool initial; /* as in the file */
};

struct flask_sensitivity {
    const char *name; /* NULL: none has this value */
    uint16_t level;   /* it with all categories that it may have */
};

/* Kinds of rule, as in the binary policy. */
#define FLASK_RULE_ALLOW 0x0001u
#define FLASK_RULE_AUDITALLOW 0x0002u
#define FLASK_RULE_AUDITDENY 0x0004u
#define FLASK_RULE_TRANSITION 0x0010u
#define FLASK_RULE_MEMBER 0x0020u
#define FLASK_RULE_CHANGE 0x0040u
#define FLASK_RULE_VECTOR (FLASK_RULE_ALLOW | FLASK_RULE_AUDITALLOW | FLASK_RULE_AUDITDENY)
#define FLASK_RULE_NEW_TYPE (FLASK_RULE_TRANSITION | FLASK_RULE_MEMBER | FLASK_RULE_CHANGE)

/* Source and target are types or attributes; data is a permission vector or a type. */
struct flask_rule {
    uint16_t source, target;
    uint8_t class_value, kind;
    uint16_t condition; /* of nodes that count from 1; 0: none */
    uint32_t data;
    bool otherwise; /* under `else` */
};

/*
 * Where rules of a class, a kind, a source and a target stand among others: 8 bits of class, 3 of
 * the kind's bit, 13 each of source and target, which are 8192 at most.
 */
static inline uint64_t flask_place(unsigned int class_value, unsigned int kind, unsigned int source,
                                   unsigned int target)
{
    return (uint64_t)class_value << 29 | (uint64_t)__builtin_ctz(kind | 0x80u) << 26 |
           (uint64_t)(source - 1u) << 13 | (target - 1u);
}

static inline uint64_t flask_rule_place(const struct flask_rule *rule)
{
    return flask_place(rule->class_value, rule->kind, rule->source, rule->target);
}

/* The first rule of a place, or NULL. */
const struct flask_rule *flask_find_rule(const struct flask_rule *rule, unsigned int count,
                                         uint64_t place);

/* The postfix expression of one `if`; a step is op << 16 | boolean. */
struct flask_condition {
    const uint32_t *step;
    uint32_t nr_steps;
};

/* Bit n of `booleans` is boolean n + 1. */
bool flask_condition_holds(const struct flask_condition *condition, const uint64_t *booleans);

struct flask_role_transition {
    uint16_t role, type, class_value, result;
};

struct flask_name_transition {
    const char *name;
    uint16_t source, target, class_value, result;
};

struct flask_range_transition {
    uint16_t source, target, class_value, low, high;
};

/* Where range transitions stand among others. */
static inline uint64_t flask_range_place(unsigned int source, unsigned int target,
                                         unsigned int class_value)
{
    return (uint64_t)source << 24 | (uint64_t)target << 8 | class_value;
}

/* Kinds of object contexts, in the file's order. */
enum flask_object {
    FLASK_OBJECT_IRQ,
    FLASK_OBJECT_IOPORT,
    FLASK_OBJECT_IOMEM,  /* page frame numbers */
    FLASK_OBJECT_DEVICE, /* segment << 16 | bus << 8 | device << 3 | function */
    FLASK_NR_OBJECTS,
};

struct flask_object_label {
    uint64_t low, high; /* inclusive */
    uint64_t context;   /* packed; 0: it was taken away */
};

struct flask_path_label {
    const char *path;
    uint64_t context;
};

/* What was labelled after loading. */
#define FLASK_MAX_ADDED 128u
#define FLASK_MAX_ADDED_PATHS 16u
#define FLASK_MAX_PATH 256u /* with the NUL */

/*
 * The slot of a label that was taken away is used again, while others read: `writes` is odd while
 * that goes on, and another number afterwards.
 */
struct flask_added_label {
    uint32_t writes;
    uint32_t object; /* enum flask_object */
    struct flask_object_label label;
};

struct flask_added_path {
    char path[FLASK_MAX_PATH];
    uint64_t context;
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
    bool mls;
    bool old_target;      /* "SE Linux" in place of "XenFlask" */
    bool unknown_allowed; /* handle_unknown=allow, which is noted and not obeyed */
    bool unknown_refused; /* handle_unknown=reject */
    unsigned int nr_users, nr_roles, nr_types, nr_classes, nr_booleans;
    unsigned int nr_sensitivities, nr_categories;
    unsigned int nr_type_aliases, nr_sensitivity_aliases, nr_category_aliases;
    unsigned int nr_rules, nr_conditional_rules, nr_conditions;
    unsigned int nr_role_transitions, nr_role_allows, nr_name_transitions, nr_range_transitions;
    struct flask_class *class;
    struct flask_role *role;
    struct flask_type *type;
    struct flask_user *user;
    struct flask_boolean *boolean;
    struct flask_sensitivity *sensitivity;
    const char **category; /* NULL: none has this value */
    struct flask_alias *type_alias, *sensitivity_alias, *category_alias;
    struct flask_set capabilities;

    /* The types that have value v, be it a type or an attribute: member[member_start[v - 1]] up to
     * the next start, in ascending order. */
    uint32_t *member_start;
    uint16_t *member;

    /* By class, kind, source, target, each once; the conditional ones may stand twice. */
    struct flask_rule *rule, *conditional_rule;
    struct flask_condition *condition;
    struct flask_role_transition *role_transition;   /* in the file's order: the first counts */
    uint64_t *role_allow;                            /* role << 16 | new role, ascending */
    struct flask_name_transition *name_transition;   /* in the file's order */
    struct flask_range_transition *range_transition; /* by source, target, class */
    unsigned int nr_object_labels[FLASK_NR_OBJECTS], nr_path_labels;
    struct flask_object_label *object_label[FLASK_NR_OBJECTS]; /* ascending */
    struct flask_path_label *path_label;

    uint64_t initial_sids;                       /* which the policy has: bit n is SID n */
    struct flask_check (*check)[XSM_MAX_CHECKS]; /* by enum xsm_hook */
    unsigned int event_class, domain_class;      /* 0: the policy has none */
    size_t kept;                                 /* bytes of its memory that stay in use */
    size_t table_room;                           /* bytes that building any table takes at most */

    /*
     * SID n is number n - 1, a packed context, 0 where none is yet. Slots fill up in order and
     * never change again, each by one compare-and-exchange: no lock, and no SID twice.
     */
    uint64_t *sid;
    /* The type of SID n's context is number n: that of `unlabeled` while there is none. */
    uint16_t *sid_type;
    /* Bit n of these words: SID n + 1 is a domain's label. xsm_forget_domain_labels() alone clears
     * any. */
    uint64_t *domain_label;
    struct flask_level *level; /* FLASK_MAX_LEVELS of them; 1 without MLS */
    /* Filled up in order by one CPU at a time; the count is raised when an entry is whole. */
    struct flask_added_label *added;
    struct flask_added_path *added_path;
    uint32_t nr_added, nr_added_paths;
};

/* cell[row[source type - 1] * columns + column[target type - 1]]: a vector of permissions. */
struct flask_matrix {
    const uint32_t *cell;
    const uint16_t *row, *column;
    uint32_t rows, columns;
};

enum flask_plane { FLASK_PLANE_ALLOWED, FLASK_PLANE_AUDITALLOW, FLASK_PLANE_SILENT };
#define FLASK_NR_PLANES 3u

struct flask_class_table {
    struct flask_matrix plane[FLASK_NR_PLANES]; /* SILENT: what dontaudit names */
};

/*
 * What is allowed without anything more to be looked at, for the rows of hooks.def of which that
 * can be said (glance.c): cell[place[subject type].row + place[object type].column] has a bit for
 * each. The subject is the caller.
 */
struct flask_place {
    uint16_t row, column;
};
#define FLASK_GLANCE_CELLS 2048u
#define FLASK_GLANCE_NONE 63u /* the bit of rows without one, which is never set */

struct flask_glance {
    uint8_t bit;
    uint8_t object; /* enum xsm_party */
};

/* A policy compiled for one state of its booleans. */
struct flask_table {
    struct flask_policy *policy;
    struct flask_class_table *class;
    uint64_t boolean[FLASK_BOOLEAN_WORDS];     /* bit n: boolean n + 1 is true */
    uint64_t condition[FLASK_CONDITION_WORDS]; /* bit n: condition n + 1 holds */
    const uint16_t *sid_type;                  /* the policy's */
    const struct flask_place *place;
    const uint64_t *cell;
    struct flask_glance glance[XSM_NR_HOOKS];
    size_t kept;        /* bytes of its memory that stay in use */
    size_t allow_bytes; /* of those: rows, columns and cells of what is allowed */
    size_t bytes;       /* and of everything that a decision looks at */
};

static inline uint32_t flask_look_up(const struct flask_matrix *matrix, unsigned int source,
                                     unsigned int target)
{
    return matrix
        ->cell[(size_t)matrix->row[source - 1] * matrix->columns + matrix->column[target - 1]];
}

/* Those permissions of a class that a constraint or a change of role withholds. */
uint32_t flask_constrained(const struct flask_policy *policy, const struct flask_class *class,
                           struct flask_context source, struct flask_context target);

/* What the policy says of two contexts and a class value, constraints and bounds included. */
static inline struct flask_av flask_decide(const struct flask_table *table,
                                           struct flask_context source, struct flask_context target,
                                           unsigned int class_value)
{
    const struct flask_class *class = &table->policy->class[class_value - 1];
    const struct flask_matrix *plane = table->class[class_value - 1].plane;
    struct flask_av av = {
        .allowed = flask_look_up(&plane[FLASK_PLANE_ALLOWED], source.type, target.type),
        .auditallow = flask_look_up(&plane[FLASK_PLANE_AUDITALLOW], source.type, target.type),
        .auditdeny = ~flask_look_up(&plane[FLASK_PLANE_SILENT], source.type, target.type)};

    if ((class->constrained & av.allowed) != 0)
        av.allowed &= ~flask_constrained(table->policy, class, source, target);
    return av;
}

/* Does one constraint hold? `third` is used by validatetrans alone. */
bool flask_satisfied(const struct flask_policy *policy, const struct flask_constraint *constraint,
                     struct flask_context source, struct flask_context target,
                     struct flask_context third);
/* May a domain of `role` become one of `new_role`? */
bool flask_role_allowed(const struct flask_policy *policy, unsigned int role,
                        unsigned int new_role);
/*
 * May `task` change an object's context from one to the other (validatetrans)? 0 or -EPERM.
 */
int flask_check_transition(const struct flask_policy *policy, struct flask_context from,
                           struct flask_context to, struct flask_context task,
                           unsigned int class_value);

bool flask_context_valid(const struct flask_policy *policy, struct flask_context context);
/* But for the range: are there such a user, role and type, and do they go together? */
bool flask_parts_valid(const struct flask_policy *policy, struct flask_context context);
/* May a context of these parts have this range? */
bool flask_range_valid(const struct flask_policy *policy, struct flask_context context,
                       const struct flask_level *low, const struct flask_level *high);

/* The context of a new object: made by `source`, in or for `target`. */
enum flask_new {
    FLASK_NEW_TRANSITION = FLASK_RULE_TRANSITION,
    FLASK_NEW_MEMBER = FLASK_RULE_MEMBER,
    FLASK_NEW_CHANGE = FLASK_RULE_CHANGE, /* of an existing object that is to be relabelled */
};
/*
 * The context of a new object of a class; `name` (or NULL) is for file name transitions. -EINVAL:
 * the policy leads to no valid context.
 */
int flask_new_context(const struct flask_table *table, enum flask_new kind,
                      struct flask_context source, struct flask_context target,
                      unsigned int class_value, const char *name, struct flask_context *result);

/* Levels; see levels.c. The index of one with this content, -ENOSPC: there are too many. */
int flask_level_index(const struct flask_policy *policy, const struct flask_level *wanted,
                      uint16_t *index);
/* The same of one that is there; -ENOSPC: it isn't. */
int flask_find_level(const struct flask_policy *policy, const struct flask_level *wanted,
                     uint16_t *index);
bool flask_level_dominates(const struct flask_policy *policy, unsigned int a, unsigned int b);
bool flask_level_valid(const struct flask_policy *policy, unsigned int index);

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

/* Number `sid`, which is free, or an initial one, is this context's. While loading alone. */
void flask_set_sid(const struct flask_policy *policy, xsm_sid sid, struct flask_context context);

/* The SID of a context that has one; XSM_SID_NONE: it has none. */
xsm_sid flask_find_sid(const struct flask_policy *policy, struct flask_context context);

/* Note that a SID is a domain's label; is it? */
void flask_add_domain_label(const struct flask_policy *policy, xsm_sid sid);
bool flask_is_domain_label(const struct flask_policy *policy, xsm_sid sid);

/* Values by name; 0: the policy has no such name. Aliases are names of what they stand for. */
unsigned int flask_find_class(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_user(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_role(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_type(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_attribute(const struct flask_policy *policy, const char *name,
                                  size_t length);
unsigned int flask_find_boolean(const struct flask_policy *policy, const char *name, size_t length);
unsigned int flask_find_sensitivity(const struct flask_policy *policy, const char *name,
                                    size_t length);
unsigned int flask_find_category(const struct flask_policy *policy, const char *name,
                                 size_t length);
/* The bit of a permission; 0: the class has none of that name. */
uint32_t flask_find_permission(const struct flask_class *class, const char *name);

/* Has a type this value, which is its own or an attribute's? */
bool flask_has(const struct flask_policy *policy, unsigned int type, unsigned int value);

/* Is a rule in force, given what the conditions come to? */
static inline bool flask_in_force(const struct flask_table *table, const struct flask_rule *rule)
{
    unsigned int bit = rule->condition - 1u;

    return rule->condition == 0 ||
           ((table->condition[bit / 64] >> (bit % 64)) & 1u) != rule->otherwise;
}

/*
 * A context as text, which is cut off if `size` bytes don't hold it: XSM_MAX_CONTEXT do, unless
 * its range names many categories one by one. Returns the length of what was written, without the
 * NUL.
 */
size_t flask_context_text(const struct flask_policy *policy, struct flask_context context,
                          char *text, size_t size);
/*
 * A context from text: user:role:type, with :range if and only if the policy has MLS. -EINVAL: it
 * isn't a valid one; -ENOSPC: its range has a level that nobody has had before, and no more can be
 * or `may_add` says that none is to be.
 */
int flask_parse_context(const struct flask_policy *policy, const char *text, size_t length,
                        bool may_add, struct flask_context *context);

/* Match the checks of hooks.def with the policy's classes and permissions by name. */
void flask_map_checks(struct flask_policy *policy);

#endif
