/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy has, lacks, and has too much, for people. */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

#include "xsm/hooks.h"
#include "xsm/policy.h"
#include "xsm/text.h"

static const char *const our_sids[] = {
    "bw_kernel", "bw_ramdisk", "bw_device_tree", "bw_microcode", "bw_policy", "bw_config", "bw_lcm",
};
_Static_assert(sizeof(our_sids) / sizeof(our_sids[0]) == XSM_INITIAL_END - XSM_INITIAL_BW_KERNEL,
               "every initial SID of ours needs its name");

static unsigned int count_allow_rules(const struct flask_policy *policy)
{
    unsigned int count = 0;

    for (unsigned int i = 0; i < policy->nr_rules; i++)
        count += policy->rule[i].kind == FLASK_RULE_ALLOW;
    for (unsigned int i = 0; i < policy->nr_conditional_rules; i++)
        count += policy->conditional_rule[i].kind == FLASK_RULE_ALLOW;
    return count;
}

int xsm_describe_policy(const struct xsm_engine *engine, char *text, size_t size)
{
    const struct flask_table *table = xsm_table(engine);
    const struct flask_policy *policy = table != NULL ? table->policy : NULL;
    struct xsm_text out = xsm_text(text, size);
    unsigned int attributes = 0, constraints = 0, roles = 0;

    if (policy == NULL) {
        xsm_append(&out, "no policy: the role engine decides alone");
        return 0;
    }
    for (unsigned int i = 0; i < policy->nr_types; i++)
        attributes += policy->type[i].attribute;
    for (unsigned int i = 0; i < policy->nr_roles; i++)
        roles += policy->role[i].name != NULL;
    for (unsigned int i = 0; i < policy->nr_classes; i++)
        constraints += policy->class[i].nr_constraints;
    xsm_append(&out, "version %u: %u types, %u attributes, %u classes, %u users, %u roles",
               policy->version, policy->nr_types - attributes, attributes, policy->nr_classes,
               policy->nr_users, roles);
    xsm_append(&out, ", %u booleans, %u allow rules, %u constraints, tables of %zu bytes",
               policy->nr_booleans, count_allow_rules(policy), constraints, table->bytes);
    if (policy->mls)
        xsm_append(&out, ", MLS of %u sensitivities and %u categories", policy->nr_sensitivities,
                   policy->nr_categories);
    return 0;
}

/* Counts down to the note that was asked for; writes that one alone. */
struct notes {
    unsigned int skip;
    bool found;
    struct xsm_text out;
};

static bool is_this(struct notes *notes)
{
    if (!notes->found && notes->skip == 0) {
        notes->found = true;
        return true;
    }
    notes->skip -= notes->skip > 0;
    return false;
}

static bool same_question(const struct xsm_question *a, const struct xsm_question *b)
{
    return strcmp(a->class_name, b->class_name) == 0 && strcmp(a->permission, b->permission) == 0;
}

/* Is this the first row that asks this question? One note for each is enough. */
static bool asked_before(unsigned int hook, unsigned int index, const struct xsm_question *question)
{
    for (unsigned int h = 0; h <= hook; h++) {
        const struct xsm_check *row;

        for (unsigned int i = 0; (row = xsm_row_check((enum xsm_hook)h, i)) != NULL; i++) {
            if (h == hook && i == index)
                return false;
            if (same_question(&row->ask, question))
                return true;
        }
    }
    return false;
}

static void note_check(const struct flask_policy *policy, unsigned int hook, unsigned int index,
                       struct notes *notes)
{
    const struct xsm_check *row = xsm_row_check((enum xsm_hook)hook, index);
    unsigned int answer = policy->check[hook][index].answer;
    const struct xsm_question *ask = &row->ask;
    bool class_missing;

    if (answer == FLASK_ANSWER_ASK || asked_before(hook, index, ask) || !is_this(notes))
        return;
    class_missing = flask_find_class(policy, ask->class_name, strlen(ask->class_name)) == 0;
    xsm_append(&notes->out, "no %s %s:%s: %s ", class_missing ? "class" : "permission",
               ask->class_name, ask->permission, xsm_rows[hook].name);
    if (answer == FLASK_ANSWER_SELF)
        xsm_append(&notes->out, "is allowed on the domain itself only");
    else if (answer == FLASK_ANSWER_OTHER)
        xsm_append(&notes->out, "asks %s:%s instead", row->other->class_name,
                   row->other->permission);
    else
        xsm_append(&notes->out, "is denied");
}

static void note_checks(const struct flask_policy *policy, struct notes *notes)
{
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        for (unsigned int i = 0; xsm_row_check((enum xsm_hook)hook, i) != NULL; i++)
            note_check(policy, hook, i, notes);
}

static void note_sids(const struct flask_policy *policy, struct notes *notes)
{
    for (unsigned int sid = XSM_INITIAL_BW_KERNEL; sid < XSM_INITIAL_END; sid++)
        if ((policy->initial_sids >> sid & 1u) == 0 && is_this(notes))
            xsm_append(&notes->out, "no initial SID %u (%s): unlabeled is in its place", sid,
                       our_sids[sid - XSM_INITIAL_BW_KERNEL]);
    for (unsigned int sid = XSM_INITIAL_END; sid < 64; sid++)
        if ((policy->initial_sids >> sid & 1u) != 0 && is_this(notes))
            xsm_append(&notes->out, "initial SID %u is unknown here and labels nothing", sid);
}

#ifdef CONFIG_RELEASE

/* There are no such types: validate.c. */
static void note_permissive(const struct flask_policy *policy, struct notes *notes)
{
    (void)policy;
    (void)notes;
}

#else

static void note_permissive(const struct flask_policy *policy, struct notes *notes)
{
    for (unsigned int i = 0; i < policy->nr_types; i++)
        if (policy->type[i].permissive && is_this(notes))
            xsm_append(&notes->out, "type %s is permissive: what it is denied is done and recorded",
                       policy->type[i].name);
}

#endif

/* Nobody would notice that rules which should forbid something are never looked at. */
static void note_transitions(const struct flask_policy *policy, struct notes *notes)
{
    for (unsigned int i = 0; i < policy->nr_classes; i++)
        if (policy->class[i].nr_transitions != 0 && is_this(notes))
            xsm_append(&notes->out, "validatetrans rules of class %s: no operation asks them",
                       policy->class[i].name);
}

int xsm_policy_note(const struct xsm_engine *engine, unsigned int index, char *text, size_t size)
{
    const struct flask_table *table = xsm_table(engine);
    const struct flask_policy *policy = table != NULL ? table->policy : NULL;
    struct notes notes = {.skip = index, .out = xsm_text(text, size)};

    if (policy == NULL)
        return -ENOENT;
    note_checks(policy, &notes);
    note_sids(policy, &notes);
    note_permissive(policy, &notes);
    note_transitions(policy, &notes);
    if (policy->unknown_allowed && is_this(&notes))
        xsm_append(&notes.out, "handle_unknown=allow is not obeyed: what a policy lacks is denied");
    return notes.found ? 0 : -ENOENT;
}
