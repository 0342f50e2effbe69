/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loading a policy: read (policydb.c and its sections), validate, compile. A section is checked
 * while it is read as far as what stands before it allows; validate.c checks the rest.
 */
#ifndef XSM_FLASK_POLICYDB_H
#define XSM_FLASK_POLICYDB_H

#include "xsm/flask/reader.h"

#define FLASK_VERSION_24 24u
#define FLASK_VERSION_30 30u
#define FLASK_MAX_BOOLEANS 64u
#define FLASK_MAX_RULES 16384u
#define FLASK_INITIAL_SIDS_READ 64u /* those after ours are noted, not kept */

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
    uint16_t source, target, class_value, kind;
    uint32_t data;
};

/* A set of permissions that several classes have in common. */
struct flask_common {
    const char *name;
    unsigned int nr_permissions;
    uint32_t permissions;
    const char *permission[FLASK_PERMISSIONS];
};

/* What is known during loading only. */
struct flask_load {
    struct flask_reader reader;
    struct flask_arena arena;
    struct flask_policy *policy;
    unsigned int nr_commons;
    struct flask_common *common;
    bool boolean[FLASK_MAX_BOOLEANS];
    bool boolean_known[FLASK_MAX_BOOLEANS];
    struct flask_set permissive; /* bit n is type n: this one map counts from 0 */
    size_t permissive_at, classes_at, roles_at, types_at, users_at, booleans_at, sids_at;
    unsigned int nr_rules, max_rules;
    struct flask_rule *rule;
    struct flask_set *attributes; /* of each type, itself among them */
};

/* symbols.c: commons and classes. */
void flask_read_commons(struct flask_load *load);
void flask_read_classes(struct flask_load *load);
/* constraints.c: those of one class. */
void flask_read_constraints(struct flask_load *load, struct flask_class *class, uint32_t count);
/* identities.c: roles, types, users, booleans. */
void flask_read_roles(struct flask_load *load);
void flask_read_types(struct flask_load *load);
void flask_read_users(struct flask_load *load);
void flask_read_booleans(struct flask_load *load);
/* rules.c: the rules, and those under conditions, by the state that booleans have in the file. */
void flask_read_rules(struct flask_load *load);
void flask_read_conditionals(struct flask_load *load);
/* role_rules.c */
void flask_read_role_transitions(struct flask_load *load);
void flask_read_role_allows(struct flask_load *load);
/* ocontexts.c: initial SIDs and the labels of devices. */
void flask_read_ocontexts(struct flask_load *load);
/* policydb.c: a context, which must be valid. */
struct flask_context flask_read_context(struct flask_load *load);

/* Check what could not be checked while reading. */
void flask_validate_symbols(struct flask_load *load);
void flask_validate_sids(struct flask_load *load);

/* Make the tables of every class. */
void flask_compile(struct flask_load *load);

/* A fault if two of `count` names are equal. The names are `stride` bytes apart; NULL is none. */
void flask_check_unique(struct flask_reader *reader, size_t at, const void *names, size_t count,
                        size_t stride);

#endif
