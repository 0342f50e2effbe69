/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Every decision of a policy against libsepol: all valid contexts as source and as target, all
 * classes, the whole vector; which contexts are valid; and the label of every new object.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sepol/debug.h>
#include <sepol/policydb/conditional.h>
#include <sepol/policydb/policydb.h>
#include <sepol/policydb/services.h>

#include "xsm/engine.h"
#include "xsm/flask/flask.h"

#define MAX_IMAGE (1u << 20)
#define MAX_CONTEXTS 1024u

/* For a longer search: -DMUTANT_STEP=1u, and each MUTANT_TURN from 0 to 7. */
#ifndef MUTANT_STEP
#define MUTANT_STEP 17u /* bytes between those that are changed */
#endif
#ifndef MUTANT_TURN
#define MUTANT_TURN 0u
#endif

struct pair {
    struct flask_context ours;
    sepol_security_id_t theirs;
};

struct oracle {
    policydb_t policydb;
    sidtab_t sids;
    struct xsm_engine engine;
    void *arena;
    struct pair context[MAX_CONTEXTS];
    unsigned int nr_contexts;
    size_t mutated; /* the byte that was changed, for messages */
};

static unsigned char image[MAX_IMAGE];

static size_t read_image(const char *path)
{
    FILE *file = fopen(path, "rb");
    size_t size;

    if (file == NULL)
        fail_msg("%s is missing", path);
    size = fread(image, 1, sizeof(image), file);
    fclose(file);
    return size;
}

/* The file's copy of what conditions come to could be forged: have it worked out anew, as we do. */
static int evaluate_theirs(policydb_t *policydb)
{
    for (cond_node_t *node = policydb->cond_list; node != NULL; node = node->next)
        node->cur_state = -1;
    return evaluate_conds(policydb);
}

/* 0: libsepol takes the policy. */
static int load_theirs(struct oracle *oracle, size_t size)
{
    struct policy_file file;

    policy_file_init(&file);
    file.type = PF_USE_MEMORY;
    file.data = (char *)image;
    file.len = size;
    assert_int_equal(policydb_init(&oracle->policydb), 0);
    if (policydb_read(&oracle->policydb, &file, 0) != 0 ||
        evaluate_theirs(&oracle->policydb) != 0 ||
        policydb_load_isids(&oracle->policydb, &oracle->sids) != 0)
        return -1;
    sepol_set_policydb(&oracle->policydb);
    sepol_set_sidtab(&oracle->sids);
    return 0;
}

static int load_ours(struct oracle *oracle, size_t size, struct xsm_error *error)
{
    size_t arena_size = (xsm_arena_size(size) + 15) & ~(size_t)15;

    oracle->arena = aligned_alloc(16, arena_size);
    assert_non_null(oracle->arena);
    xsm_init_roles_engine(&oracle->engine);
    return xsm_load_policy(&oracle->engine, image, size, oracle->arena, arena_size, error);
}

/* Names and bits of a class's permissions, its common's among them. */
static void compare_permissions(const struct oracle *oracle, unsigned int class_value)
{
    const struct flask_class *class = &oracle->engine.flask->class[class_value - 1];
    unsigned int highest = oracle->policydb.class_val_to_struct[class_value - 1]->permissions.nprim;

    for (unsigned int bit = 0; bit < FLASK_PERMISSIONS; bit++) {
        sepol_access_vector_t theirs = 0;

        assert_int_equal(class->permission[bit] != NULL, bit < highest);
        assert_int_equal(class->permissions >> bit & 1u, bit < highest);
        if (bit >= highest)
            continue;
        assert_int_equal(sepol_string_to_av_perm((sepol_security_class_t)class_value,
                                                 class->permission[bit], &theirs),
                         0);
        assert_int_equal(theirs, 1u << bit);
    }
}

/* The numbers of things must be libsepol's: what our reader lost would not be compared. */
static void compare_symbols(const struct oracle *oracle)
{
    const struct flask_policy *ours = oracle->engine.flask;
    const policydb_t *theirs = &oracle->policydb;

    assert_int_equal(ours->nr_classes, theirs->p_classes.nprim);
    assert_int_equal(ours->nr_users, theirs->p_users.nprim);
    assert_int_equal(ours->nr_roles, theirs->p_roles.nprim);
    assert_int_equal(ours->nr_types, theirs->p_types.nprim);
    for (unsigned int i = 0; i < ours->nr_types; i++)
        assert_string_equal(ours->type[i].name, theirs->p_type_val_to_name[i]);
    for (unsigned int i = 0; i < ours->nr_classes; i++)
        assert_string_equal(ours->class[i].name, theirs->p_class_val_to_name[i]);
    for (unsigned int i = 1; i <= ours->nr_classes; i++)
        compare_permissions(oracle, i);
}

static const char *role_name(const struct oracle *oracle, unsigned int value)
{
    const char *name = oracle->policydb.p_role_val_to_name[value - 1];

    return name != NULL ? name : "missing_r";
}

static void add_context(struct oracle *oracle, struct flask_context context)
{
    const struct flask_policy *ours = oracle->engine.flask;
    sepol_security_id_t sid = 0;
    char text[XSM_MAX_CONTEXT];
    bool valid;

    snprintf(text, sizeof(text), "%s:%s:%s", ours->user[context.user - 1].name,
             role_name(oracle, context.role), ours->type[context.type - 1].name);
    valid = sepol_context_to_sid(text, strlen(text) + 1, &sid) == 0;
    if (valid != flask_context_valid(ours, context))
        fail_msg("%s: libsepol says valid=%d", text, valid);
    if (!valid)
        return;
    assert_true(oracle->nr_contexts < MAX_CONTEXTS);
    oracle->context[oracle->nr_contexts++] = (struct pair){.ours = context, .theirs = sid};
}

static void find_contexts(struct oracle *oracle)
{
    const struct flask_policy *ours = oracle->engine.flask;

    for (unsigned int user = 1; user <= ours->nr_users; user++)
        for (unsigned int role = 1; role <= ours->nr_roles; role++)
            for (unsigned int type = 1; type <= ours->nr_types; type++)
                add_context(oracle, (struct flask_context){.user = (uint16_t)user,
                                                           .role = (uint16_t)role,
                                                           .type = (uint16_t)type});
}

static void compare_decision(const struct oracle *oracle, const struct pair *source,
                             const struct pair *target, unsigned int class_value)
{
    struct flask_av ours =
        flask_decide(oracle->engine.flask, source->ours, target->ours, class_value);
    struct sepol_av_decision theirs;

    assert_int_equal(sepol_compute_av(source->theirs, target->theirs,
                                      (sepol_security_class_t)class_value, 0, &theirs),
                     0);
    if (ours.allowed == theirs.allowed && ours.auditallow == theirs.auditallow &&
        ours.auditdeny == theirs.auditdeny)
        return;
    fail_msg("%u:%u:%u -> %u:%u:%u class %u: %08x %08x %08x, libsepol says %08x %08x %08x",
             source->ours.user, source->ours.role, source->ours.type, target->ours.user,
             target->ours.role, target->ours.type, class_value, ours.allowed, ours.auditallow,
             ours.auditdeny, theirs.allowed, theirs.auditallow, theirs.auditdeny);
}

static void compare_transition(const struct oracle *oracle, const struct pair *source,
                               const struct pair *target, unsigned int class_value)
{
    struct flask_context ours = {0};
    int status =
        flask_transition(oracle->engine.flask, source->ours, target->ours, class_value, &ours);
    sepol_security_context_t theirs = NULL;
    sepol_security_id_t sid = 0;
    char text[XSM_MAX_CONTEXT];
    size_t length;

    if (sepol_transition_sid(source->theirs, target->theirs, (sepol_security_class_t)class_value,
                             &sid) != 0) {
        assert_int_not_equal(status, 0);
        return;
    }
    assert_int_equal(status, 0);
    assert_int_equal(sepol_sid_to_context(sid, &theirs, &length), 0);
    flask_context_text(oracle->engine.flask, ours, text, sizeof(text));
    assert_string_equal(text, theirs);
    free(theirs);
}

/* Load the image into both, and compare all they say. Returns the number of decisions. */
static unsigned long compare_all(struct oracle *oracle, size_t size)
{
    unsigned long decisions = 0;

    if (load_theirs(oracle, size) != 0)
        fail_msg("libsepol refuses what we take (byte %zu was changed)", oracle->mutated);
    compare_symbols(oracle);
    oracle->nr_contexts = 0;
    find_contexts(oracle);
    for (unsigned int s = 0; s < oracle->nr_contexts; s++)
        for (unsigned int t = 0; t < oracle->nr_contexts; t++)
            for (unsigned int c = 1; c <= oracle->engine.flask->nr_classes; c++, decisions++) {
                compare_decision(oracle, &oracle->context[s], &oracle->context[t], c);
                compare_transition(oracle, &oracle->context[s], &oracle->context[t], c);
            }
    sepol_sidtab_destroy(&oracle->sids);
    policydb_destroy(&oracle->policydb);
    return decisions;
}

static void compare(void **state)
{
    const char *path = *state;
    struct oracle *oracle = calloc(1, sizeof(*oracle));
    size_t size = read_image(path);
    struct xsm_error error;

    assert_non_null(oracle);
    if (load_ours(oracle, size, &error) != 0)
        fail_msg("%s", error.text);
    assert_true(compare_all(oracle, size) > 1000);
    free(oracle->arena);
    free(oracle);
}

/*
 * One byte changed makes most files none, and some another policy, often one that no compiler would
 * make. Whatever we take libsepol takes too, and both say the same of it.
 */
static void compare_mutants(void **state)
{
    const char *path = *state;
    struct oracle *oracle = calloc(1, sizeof(*oracle));
    size_t size = read_image(path);
    unsigned int taken = 0;
    struct xsm_error error;

    assert_non_null(oracle);
    for (size_t i = 0; i < size; i += MUTANT_STEP) {
        unsigned char flip = (unsigned char)(1u << ((i / MUTANT_STEP + MUTANT_TURN) % 8));

        image[i] ^= flip;
        if (load_ours(oracle, size, &error) == 0) {
            taken++;
            oracle->mutated = i;
            compare_all(oracle, size);
        }
        free(oracle->arena);
        image[i] ^= flip;
    }
    assert_true(taken > 10);
    free(oracle);
}

int main(void)
{
    static char paths[][128] = {ORACLE_POLICIES}; /* by tests/xsm.mk */
    enum { NR_POLICIES = sizeof(paths) / sizeof(paths[0]) };
    static struct CMUnitTest tests[2 * NR_POLICIES];
    static char names[NR_POLICIES][sizeof(paths[0]) + 16];

    /* Invalid contexts are tried on purpose; libsepol would print a line for each. */
    sepol_debug(0);
    for (size_t i = 0; i < NR_POLICIES; i++) {
        snprintf(names[i], sizeof(names[i]), "mutants of %.*s", (int)sizeof(paths[0]), paths[i]);
        tests[2 * i] =
            (struct CMUnitTest){.name = paths[i], .test_func = compare, .initial_state = paths[i]};
        tests[2 * i + 1] = (struct CMUnitTest){
            .name = names[i], .test_func = compare_mutants, .initial_state = paths[i]};
    }
    return cmocka_run_group_tests_name("flask against libsepol", tests, NULL, NULL);
}
