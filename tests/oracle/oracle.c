/* SPDX-License-Identifier: BSD-2-Clause */
#include "oracle.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sepol/debug.h>
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/policydb.h>
#include <sepol/policydb/services.h>

#include "labels.h"
#include "xsm/engine.h"
#include "xsm/flask/flask.h"
#include "xsm/policy.h"

#define MAX_TEXT 4096u
#define MAX_FOUND 65536u
#define MAX_LEVELS 12u  /* of which ranges are made */
#define MAX_TRIED 8000u /* contexts, valid or not */

struct pair {
    struct flask_context ours;
    sepol_security_id_t theirs;
    char text[MAX_TEXT];
};

struct oracle {
    policydb_t policydb;
    sidtab_t sids;
    struct flask_policy *policy;
    struct flask_table *table;
    void *policy_memory, *table_memory;
    uint64_t booleans[XSM_BOOLEAN_WORDS];
    struct pair context[ORACLE_MAX_CONTEXTS];
    unsigned int nr_contexts;
    struct oracle_result *result;
};

/* The first difference counts: what comes after it may follow from it. */
static void differ(struct oracle *oracle, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void differ(struct oracle *oracle, const char *format, ...)
{
    struct oracle_result *result = oracle->result;
    size_t used;
    va_list arguments;

    if (result->difference[0] != '\0')
        return;
    va_start(arguments, format);
    vsnprintf(result->difference, sizeof(result->difference), format, arguments);
    va_end(arguments);
    used = strlen(result->difference);
    for (unsigned int i = 0; oracle->policy != NULL && i < oracle->policy->nr_booleans; i++)
        used += (size_t)snprintf(result->difference + used, sizeof(result->difference) - used,
                                 "%s%s=%d", i == 0 ? "; booleans " : " ",
                                 oracle->policy->boolean[i].name,
                                 (int)(oracle->booleans[i / 64] >> (i % 64) & 1u));
}

static int same_so_far(const struct oracle *oracle)
{
    return oracle->result->difference[0] == '\0';
}

static void *memory(size_t size)
{
    void *block = aligned_alloc(16, (size + 15) & ~(size_t)15);

    if (block == NULL)
        abort();
    return block;
}

/* 0: libsepol takes the policy. */
static int load_theirs(struct oracle *oracle, const void *image, size_t size)
{
    struct policy_file file;
    char *copy = malloc(size);
    int status;

    memcpy(copy, image, size);
    policy_file_init(&file);
    file.type = PF_USE_MEMORY;
    file.data = copy;
    file.len = size;
    status = policydb_init(&oracle->policydb);
    if (status == 0)
        status = policydb_read(&oracle->policydb, &file, 0);
    free(copy);
    if (status == 0)
        status = policydb_load_isids(&oracle->policydb, &oracle->sids);
    if (status != 0)
        return -1;
    sepol_set_policydb(&oracle->policydb);
    sepol_set_sidtab(&oracle->sids);
    return 0;
}

static int load_ours(struct oracle *oracle, const void *image, size_t size)
{
    size_t room = xsm_policy_room(size);
    struct xsm_error error;
    int status;

    oracle->policy_memory = memory(room);
    status = xsm_read_policy(image, size, oracle->policy_memory, room, &oracle->policy, &error);
    if (status != 0)
        snprintf(oracle->result->refusal, sizeof(oracle->result->refusal), "%s", error.text);
    else
        oracle->table_memory = memory(xsm_table_room(oracle->policy));
    return status;
}

/*
 * State number n of the booleans, in both. The file's copy of what conditions come to could be
 * forged, and libsepol goes by it until it is told to evaluate them anew.
 */
static void set_state(struct oracle *oracle, unsigned int state)
{
    struct xsm_error error;

    memset(oracle->booleans, 0, sizeof(oracle->booleans));
    for (unsigned int i = 0; i < oracle->policy->nr_booleans; i++) {
        unsigned int value = (i < 5 ? state >> i : (state * 2654435761u) >> (i % 32)) & 1u;

        oracle->policydb.bool_val_to_struct[i]->state = value != 0;
        oracle->booleans[i / 64] |= (uint64_t)value << (i % 64);
    }
    for (cond_node_t *node = oracle->policydb.cond_list; node != NULL; node = node->next)
        node->cur_state = -1;
    if (evaluate_conds(&oracle->policydb) != 0)
        differ(oracle, "libsepol can't evaluate the conditions");
    if (xsm_build_table(oracle->policy, oracle->booleans, oracle->table_memory,
                        xsm_table_room(oracle->policy), &oracle->table, &error) != 0)
        differ(oracle, "no table: %s", error.text);
}

/* Names and bits of a class's permissions, its common's among them. */
static void compare_permissions(struct oracle *oracle, unsigned int class_value)
{
    const struct flask_class *class = &oracle->policy->class[class_value - 1];
    unsigned int highest = oracle->policydb.class_val_to_struct[class_value - 1]->permissions.nprim;

    for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++) {
        sepol_access_vector_t theirs = 0;

        if ((class->permission[bit] != NULL) != (bit < highest) ||
            (class->permissions >> bit & 1u) != (bit < highest))
            differ(oracle, "class %s has %u permissions", class->name, highest);
        else if (bit < highest && (sepol_string_to_av_perm((sepol_security_class_t)class_value,
                                                           class->permission[bit], &theirs) != 0 ||
                                   theirs != 1u << bit))
            differ(oracle, "permission %s:%s is 0x%x for libsepol", class->name,
                   class->permission[bit], theirs);
    }
}

static void compare_count(struct oracle *oracle, const char *what, unsigned int ours,
                          unsigned int theirs)
{
    if (ours != theirs)
        differ(oracle, "%u %s, libsepol has %u", ours, what, theirs);
}

/* Those that there are: values may be nothing. */
static unsigned int count_sensitivities(const struct flask_policy *policy)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < policy->nr_sensitivities; i++)
        count += policy->sensitivity[i].name != NULL;
    return count;
}

static unsigned int count_categories(const struct flask_policy *policy)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < policy->nr_categories; i++)
        count += policy->category[i] != NULL;
    return count;
}

/* The numbers of things must be libsepol's: what our reader lost would not be compared. */
static void compare_symbols(struct oracle *oracle)
{
    const struct flask_policy *ours = oracle->policy;
    const policydb_t *theirs = &oracle->policydb;

    compare_count(oracle, "classes", ours->nr_classes, theirs->p_classes.nprim);
    compare_count(oracle, "users", ours->nr_users, theirs->p_users.nprim);
    compare_count(oracle, "roles", ours->nr_roles, theirs->p_roles.nprim);
    compare_count(oracle, "types", ours->nr_types, theirs->p_types.nprim);
    compare_count(oracle, "booleans", ours->nr_booleans, theirs->p_bools.nprim);
    compare_count(oracle, "sensitivities", ours->nr_sensitivities, theirs->p_levels.nprim);
    compare_count(oracle, "categories", ours->nr_categories, theirs->p_cats.nprim);
    compare_count(oracle, "types with their aliases", ours->nr_types + ours->nr_type_aliases,
                  theirs->p_types.table->nel);
    compare_count(oracle, "sensitivities with their aliases",
                  count_sensitivities(ours) + ours->nr_sensitivity_aliases,
                  theirs->p_levels.table->nel);
    compare_count(oracle, "categories with their aliases",
                  count_categories(ours) + ours->nr_category_aliases, theirs->p_cats.table->nel);
    for (unsigned int i = 0; i < ours->nr_types && same_so_far(oracle); i++) {
        if (strcmp(ours->type[i].name, theirs->p_type_val_to_name[i]) != 0)
            differ(oracle, "type %u is %s for libsepol", i + 1, theirs->p_type_val_to_name[i]);
        if (ours->type[i].permissive != (ebitmap_get_bit(&theirs->permissive_map, i + 1) != 0))
            differ(oracle, "type %s is permissive for one of both", ours->type[i].name);
    }
    for (unsigned int i = 1; i <= ours->nr_classes && same_so_far(oracle); i++)
        compare_permissions(oracle, i);
}

static void compare_labels(struct oracle *oracle)
{
    unsigned int number;
    const char *list = oracle_compare_labels(oracle->policy, &oracle->policydb, &number);

    if (list != NULL)
        differ(oracle, "%s number %u, from 0 in the file's order, is not the same", list, number);
}

static void forget(sepol_security_context_t context)
{
    free(context);
}

/* Is this text a context for both, and do both write it alike? */
static int compare_text(struct oracle *oracle, const char *text, struct pair *pair)
{
    char again[MAX_TEXT];
    sepol_security_context_t theirs = NULL;
    size_t length;
    int ours = flask_parse_context(oracle->policy, text, strlen(text), true, &pair->ours);
    int valid = sepol_context_to_sid(text, strlen(text) + 1, &pair->theirs) == 0;

    if (valid != (ours == 0))
        differ(oracle, "%s: libsepol says valid=%d", text, valid);
    if (!valid || ours != 0)
        return 0;
    flask_context_text(oracle->policy, pair->ours, again, sizeof(again));
    if (sepol_sid_to_context(pair->theirs, &theirs, &length) != 0)
        return 0;
    if (strcmp(again, theirs) != 0)
        differ(oracle, "%s is %s, libsepol writes %s", text, again, theirs);
    forget(theirs);
    memcpy(pair->text, again, sizeof(again));
    return 1;
}

/* Level number n of the policy as text, through a context that has it. */
static unsigned int level_texts(const struct oracle *oracle, char text[][MAX_TEXT])
{
    const struct flask_policy *policy = oracle->policy;
    unsigned int found = 0;

    for (unsigned int i = 0; i < FLASK_MAX_LEVELS && found < MAX_LEVELS; i++) {
        struct flask_context context = {
            .user = 1, .role = 1, .type = 1, .low = (uint16_t)i, .high = (uint16_t)i};
        char whole[MAX_TEXT];

        if (policy->level[i].state == 0)
            break;
        if (!flask_level_valid(policy, i))
            continue;
        flask_context_text(policy, context, whole, sizeof(whole));
        snprintf(text[found++], MAX_TEXT, "%s",
                 strchr(strchr(strchr(whole, ':') + 1, ':') + 1, ':') + 1);
    }
    return found;
}

static unsigned int add_range(char (*range)[MAX_TEXT], unsigned int count, const char *low,
                              const char *high)
{
    int length = low == high ? snprintf(range[count], MAX_TEXT, ":%s", low)
                             : snprintf(range[count], MAX_TEXT, ":%s-%s", low, high);

    return length < (int)MAX_TEXT ? count + 1 : count;
}

static unsigned int find_ranges(const struct oracle *oracle, char (*range)[MAX_TEXT])
{
    static char level[MAX_LEVELS][MAX_TEXT];
    unsigned int count = 0, levels;

    if (!oracle->policy->mls) {
        range[0][0] = '\0';
        return 1;
    }
    levels = level_texts(oracle, level);
    for (unsigned int i = 0; i < levels; i++)
        for (unsigned int j = 0; j < levels; j++)
            count = add_range(range, count, level[i], level[j]);
    return count;
}

static const char *role_name(const struct oracle *oracle, unsigned int value)
{
    const char *name = oracle->policy->role[value - 1].name;

    return name != NULL ? name : "missing_r";
}

/* An object's context with this type and this level, which may not exist. */
static void compare_spelling(struct oracle *oracle, const char *type, const char *level)
{
    const struct flask_policy *policy = oracle->policy;
    char text[2 * MAX_TEXT];
    struct pair ignored;

    snprintf(text, sizeof(text), "%s:%s:%s%s%s", policy->user[0].name, role_name(oracle, 1), type,
             policy->mls ? ":" : "", policy->mls ? level : "");
    compare_text(oracle, text, &ignored);
}

/* Each sensitivity with the categories of each level, whether they go together or not. */
static void compare_levels(struct oracle *oracle, const char *type)
{
    static char level[MAX_LEVELS][MAX_TEXT];
    const struct flask_policy *policy = oracle->policy;
    unsigned int levels = level_texts(oracle, level);
    char text[MAX_TEXT + 512];

    for (unsigned int i = 0; i < levels; i++) {
        const char *categories = strchr(level[i], ':') != NULL ? strchr(level[i], ':') : "";

        for (unsigned int j = 0; j < policy->nr_sensitivities; j++) {
            if (policy->sensitivity[j].name == NULL)
                continue;
            snprintf(text, sizeof(text), "%s%s", policy->sensitivity[j].name, categories);
            compare_spelling(oracle, type, text);
        }
        for (unsigned int j = 0; j < policy->nr_sensitivity_aliases; j++) {
            snprintf(text, sizeof(text), "%s%s", policy->sensitivity_alias[j].name, categories);
            compare_spelling(oracle, type, text);
        }
    }
    for (unsigned int i = 0; i < policy->nr_category_aliases && levels > 0; i++) {
        snprintf(text, sizeof(text), "%.*s:%s", (int)strcspn(level[0], ":"), level[0],
                 policy->category_alias[i].name);
        compare_spelling(oracle, type, text);
    }
}

/* Aliases, and levels that no context of the policy has. */
static void compare_spellings(struct oracle *oracle)
{
    static char level[MAX_LEVELS][MAX_TEXT];
    const struct flask_policy *policy = oracle->policy;
    unsigned int type = 0;

    while (type + 1 < policy->nr_types && policy->type[type].attribute)
        type++;
    if (policy->mls) {
        if (level_texts(oracle, level) == 0)
            return;
        compare_levels(oracle, policy->type[type].name);
    }
    for (unsigned int i = 0; i < policy->nr_type_aliases; i++)
        compare_spelling(oracle, policy->type_alias[i].name, level[0]);
}

static unsigned int next_random(unsigned long *random)
{
    *random = *random * 6364136223846793005ul + 1442695040888963407ul;
    return (unsigned int)(*random >> 33);
}

static void keep_context(struct oracle *oracle, const struct pair *pair, unsigned int most,
                         unsigned int found, unsigned int random)
{
    if (oracle->nr_contexts < most)
        oracle->context[oracle->nr_contexts++] = *pair;
    else if (random % found < most)
        oracle->context[random % most] = *pair;
}

/*
 * Contexts are tried for validity: all of them, or one of so many, for libsepol looks through all
 * that it knows for each. Of the valid ones a part is kept. `seed` chooses.
 */
static void find_contexts(struct oracle *oracle, unsigned int most, unsigned int seed)
{
    static char range[MAX_LEVELS * MAX_LEVELS][MAX_TEXT];
    const struct flask_policy *policy = oracle->policy;
    unsigned int ranges = find_ranges(oracle, range), found = 0;
    unsigned int one_of =
        policy->nr_users * policy->nr_roles * policy->nr_types * ranges / MAX_TRIED + 1;
    unsigned long random = seed * 2654435761ul + 1;
    struct pair pair;

    for (unsigned int user = 0; user < policy->nr_users; user++)
        for (unsigned int role = 1; role <= policy->nr_roles; role++)
            for (unsigned int type = 0; type < policy->nr_types; type++)
                for (unsigned int i = 0; i < ranges && same_so_far(oracle); i++) {
                    char text[2 * MAX_TEXT];

                    if (next_random(&random) % one_of != 0)
                        continue;
                    snprintf(text, sizeof(text), "%s:%s:%s%.*s", policy->user[user].name,
                             role_name(oracle, role), policy->type[type].name, (int)MAX_TEXT - 1,
                             range[i]);
                    if (compare_text(oracle, text, &pair))
                        keep_context(oracle, &pair, most, ++found, next_random(&random));
                }
    oracle->result->contexts = oracle->nr_contexts;
}

static void compare_decision(struct oracle *oracle, const struct pair *source,
                             const struct pair *target, unsigned int class_value)
{
    struct flask_av ours = flask_decide(oracle->table, source->ours, target->ours, class_value);
    struct sepol_av_decision theirs;

    if (sepol_compute_av(source->theirs, target->theirs, (sepol_security_class_t)class_value, 0,
                         &theirs) != 0)
        differ(oracle, "libsepol can't decide");
    if (ours.allowed != theirs.allowed || ours.auditallow != theirs.auditallow ||
        ours.auditdeny != theirs.auditdeny)
        differ(oracle,
               "%s -> %s:%s: allowed 0x%08x auditallow 0x%08x auditdeny 0x%08x, libsepol says "
               "0x%08x 0x%08x 0x%08x",
               source->text, target->text, oracle->policy->class[class_value - 1].name,
               ours.allowed, ours.auditallow, ours.auditdeny, theirs.allowed, theirs.auditallow,
               theirs.auditdeny);
}

static int new_sid(enum flask_new kind, const struct pair *source, const struct pair *target,
                   unsigned int class_value, sepol_security_id_t *sid)
{
    sepol_security_class_t class = (sepol_security_class_t)class_value;

    if (kind == FLASK_NEW_TRANSITION)
        return sepol_transition_sid(source->theirs, target->theirs, class, sid);
    if (kind == FLASK_NEW_MEMBER)
        return sepol_member_sid(source->theirs, target->theirs, class, sid);
    return sepol_change_sid(source->theirs, target->theirs, class, sid);
}

static void compare_new(struct oracle *oracle, enum flask_new kind, const struct pair *source,
                        const struct pair *target, unsigned int class_value)
{
    struct flask_context ours = {0};
    int status = flask_new_context(oracle->table, kind, source->ours, target->ours, class_value,
                                   NULL, &ours);
    sepol_security_context_t theirs = NULL;
    sepol_security_id_t sid = 0;
    char text[MAX_TEXT] = "none";
    size_t length;

    if (status == 0)
        flask_context_text(oracle->policy, ours, text, sizeof(text));
    if (new_sid(kind, source, target, class_value, &sid) == 0 &&
        sepol_sid_to_context(sid, &theirs, &length) != 0)
        differ(oracle, "libsepol lost a SID");
    if (strcmp(text, theirs != NULL ? theirs : "none") != 0)
        differ(oracle, "new context (0x%x) of %s, %s:%s is %s, libsepol says %s", (unsigned)kind,
               source->text, target->text, oracle->policy->class[class_value - 1].name, text,
               theirs != NULL ? theirs : "none");
    forget(theirs);
}

static void compare_pair(struct oracle *oracle, const struct pair *source,
                         const struct pair *target)
{
    for (unsigned int c = 1; c <= oracle->policy->nr_classes; c++) {
        compare_decision(oracle, source, target, c);
        compare_new(oracle, FLASK_NEW_TRANSITION, source, target, c);
        compare_new(oracle, FLASK_NEW_MEMBER, source, target, c);
        compare_new(oracle, FLASK_NEW_CHANGE, source, target, c);
        oracle->result->decisions++;
    }
}

/* validatetrans, for some triples. */
static void compare_changes(struct oracle *oracle)
{
    unsigned int n = oracle->nr_contexts;

    for (unsigned int i = 0; i < 3000 && n > 0 && same_so_far(oracle); i++) {
        const struct pair *from = &oracle->context[i * 7 % n];
        const struct pair *to = &oracle->context[(i * 13 + i / n) % n];
        const struct pair *task = &oracle->context[(i * 5 + i / 11) % n];

        for (unsigned int c = 1; c <= oracle->policy->nr_classes; c++) {
            int ours = flask_check_transition(oracle->policy, from->ours, to->ours, task->ours, c);
            char *reason = NULL;
            int theirs = sepol_validate_transition_reason_buffer(
                from->theirs, to->theirs, task->theirs, (sepol_security_class_t)c, &reason, 0);

            free(reason);
            if ((ours == 0) != (theirs == 0))
                differ(oracle, "%s to %s by %s, class %s: %d, libsepol says %d", from->text,
                       to->text, task->text, oracle->policy->class[c - 1].name, ours, theirs);
        }
    }
}

/* libsepol has no call for these: the rules that it read are looked up one by one. */
/* NOLINTNEXTLINE(readability-non-const-parameter): libsepol calls it */
static int compare_name(hashtab_key_t key, hashtab_datum_t datum, void *argument)
{
    const filename_trans_key_t *rule = (const filename_trans_key_t *)(const void *)key;
    const filename_trans_datum_t *result = datum;
    struct oracle *oracle = argument;

    for (; result != NULL; result = result->next)
        for (unsigned int type = 0; type < oracle->policy->nr_types; type++) {
            unsigned int found = 0;

            if (!ebitmap_get_bit(&result->stypes, type))
                continue;
            for (unsigned int i = 0; i < oracle->policy->nr_name_transitions; i++) {
                const struct flask_name_transition *ours = &oracle->policy->name_transition[i];

                found += ours->source == type + 1 && ours->target == rule->ttype &&
                         ours->class_value == rule->tclass && ours->result == result->otype &&
                         strcmp(ours->name, rule->name) == 0;
            }
            if (found != 1)
                differ(oracle, "the transition for the name %s is there %u times", rule->name,
                       found);
        }
    return 0;
}

static void compare_state(struct oracle *oracle, unsigned int state)
{
    set_state(oracle, state);
    for (unsigned int s = 0; s < oracle->nr_contexts; s++)
        for (unsigned int t = 0; t < oracle->nr_contexts && same_so_far(oracle); t++)
            compare_pair(oracle, &oracle->context[s], &oracle->context[t]);
    oracle->result->states++;
}

static void compare_all(struct oracle *oracle, unsigned int contexts, unsigned int seed)
{
    unsigned int booleans = oracle->policy->nr_booleans;
    unsigned int states = booleans < 5 ? 1u << booleans : ORACLE_MAX_STATES;

    compare_symbols(oracle);
    compare_labels(oracle);
    if (!same_so_far(oracle))
        return;
    compare_spellings(oracle);
    find_contexts(oracle, contexts, seed);
    compare_changes(oracle);
    hashtab_map(oracle->policydb.filename_trans, compare_name, oracle);
    for (unsigned int state = 0; state < states && same_so_far(oracle); state++)
        compare_state(oracle, state);
}

void oracle_compare(const void *image, size_t size, unsigned int contexts, unsigned int seed,
                    struct oracle_result *result)
{
    struct oracle *oracle = calloc(1, sizeof(*oracle));

    memset(result, 0, sizeof(*result));
    if (oracle == NULL)
        abort();
    /* Invalid contexts are tried on purpose; libsepol would print a line for each. */
    sepol_debug(0);
    oracle->result = result;
    if (contexts > ORACLE_MAX_CONTEXTS)
        contexts = ORACLE_MAX_CONTEXTS;
    if (load_ours(oracle, image, size) == 0) {
        result->taken = 1;
        if (load_theirs(oracle, image, size) != 0) {
            oracle->policy = NULL;
            differ(oracle, "libsepol refuses what we take");
        } else {
            compare_all(oracle, contexts, seed);
            sepol_sidtab_destroy(&oracle->sids);
        }
        policydb_destroy(&oracle->policydb);
    }
    free(oracle->policy_memory);
    free(oracle->table_memory);
    free(oracle);
}
