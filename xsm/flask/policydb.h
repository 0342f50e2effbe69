/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading a policy: policydb.c and its sections. A section is checked while it is read as far as
 * what stands before it allows; validate.c checks the rest.
 */
#ifndef XSM_FLASK_POLICYDB_H
#define XSM_FLASK_POLICYDB_H

#include "xsm/flask/reader.h"

#define FLASK_VERSION_24 24u
#define FLASK_VERSION_30 30u
#define FLASK_MAX_RULES (1u << 20)
#define FLASK_MAX_MEMBERSHIPS (1u << 18)  /* of types in attributes, all together */
#define FLASK_MAX_EXPANSION (1u << 28)    /* cells that the rules of a policy write */
#define FLASK_INITIAL_SIDS_READ 64u       /* those after ours are noted, not kept */
#define FLASK_MAX_TABLE_BYTES (64u << 20) /* that one table may need while it is built */

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
    struct flask_set permissive; /* bit n is type n: this one map counts from 0 */
    size_t permissive_at, classes_at, roles_at, types_at, users_at, levels_at, sids_at;
    unsigned int type_set_end; /* the highest type in any constraint's type set */
};

/* symbols.c: commons and classes. */
void flask_read_commons(struct flask_load *load);
void flask_read_classes(struct flask_load *load);
/* constraints.c: those of one class; `transition`: its validatetrans rules. */
void flask_read_constraints(struct flask_load *load, struct flask_class *class, uint32_t count,
                            bool transition);
/* identities.c: roles, types, users, booleans. */
void flask_read_roles(struct flask_load *load);
void flask_read_types(struct flask_load *load);
void flask_read_users(struct flask_load *load);
void flask_read_booleans(struct flask_load *load);
/* mls.c: sensitivities and categories; a range, which is empty without MLS. */
void flask_read_sensitivities(struct flask_load *load);
void flask_read_categories(struct flask_load *load);
void flask_read_range(struct flask_load *load, uint16_t *low, uint16_t *high);
void flask_read_level(struct flask_load *load, uint16_t *level);
/* rules.c: the rules; conditions.c: those under conditions. */
void flask_read_rules(struct flask_load *load);
void flask_read_conditions(struct flask_load *load);
/* rules.c: one rule. `ignored_kind`: bits of its kind that say nothing here. */
struct flask_rule flask_read_rule(struct flask_load *load, unsigned int ignored_kind);
/* By place, and rules of the same place as they stand in the file. */
void flask_sort_rules(struct flask_load *load, struct flask_rule *rule, unsigned int count);
/* special_rules.c: role transitions, role allows, and transitions by file name and of ranges. */
void flask_read_role_transitions(struct flask_load *load);
void flask_read_role_allows(struct flask_load *load);
void flask_read_name_transitions(struct flask_load *load);
void flask_read_range_transitions(struct flask_load *load);
/* ocontexts.c: initial SIDs and the labels of devices. */
void flask_read_ocontexts(struct flask_load *load);
/* members.c: which types have which attributes. */
void flask_read_attribute_map(struct flask_load *load);
/* policydb.c: a context, which must be valid. */
struct flask_context flask_read_context(struct flask_load *load);

/* Check what could not be checked while reading. */
void flask_validate_symbols(struct flask_load *load);
void flask_validate_sids(struct flask_load *load);

/* compile.c: how much memory building a table can take, in any state of the booleans. */
void flask_measure(struct flask_load *load);

/* A fault if two of `count` names are equal. The names are `stride` bytes apart; NULL is none. */
void flask_check_unique(struct flask_reader *reader, size_t at, const void *names, size_t count,
                        size_t stride);

/* sort.c: ascending, in place. */
void flask_sort(uint64_t *key, size_t count);

#endif
