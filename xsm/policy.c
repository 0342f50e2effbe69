/* SPDX-License-Identifier: BSD-2-Clause */
/* What an engine's policy is and does beside deciding: policy.h has the words. */
#include "xsm/policy.h"

#include <errno.h>
#include <string.h>

#include "xsm/flask/flask.h"
#include "xsm/text.h"

_Static_assert(XSM_BOOLEAN_WORDS == FLASK_BOOLEAN_WORDS, "every boolean needs its bit");

size_t xsm_policy_kept(const struct flask_policy *policy)
{
    return policy->kept;
}

size_t xsm_table_room(const struct flask_policy *policy)
{
    return policy->table_room;
}

size_t xsm_table_kept(const struct flask_table *table)
{
    return table->kept;
}

void xsm_publish(struct xsm_engine *engine, struct flask_table *table)
{
    __atomic_store_n(&engine->flask, table, __ATOMIC_RELEASE);
}

void xsm_ask_in_full(struct flask_table *table)
{
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        table->glance[hook].bit = FLASK_GLANCE_NONE;
}

struct flask_policy *xsm_table_policy(const struct flask_table *table)
{
    return table->policy;
}

bool xsm_has_mls(const struct xsm_engine *engine)
{
    const struct flask_table *table = xsm_table(engine);

    return table != NULL && table->policy->mls;
}

unsigned int xsm_nr_booleans(const struct xsm_engine *engine)
{
    const struct flask_table *table = xsm_table(engine);

    return table != NULL ? table->policy->nr_booleans : 0;
}

const char *xsm_boolean_name(const struct xsm_engine *engine, unsigned int boolean)
{
    return boolean < xsm_nr_booleans(engine) ? xsm_table(engine)->policy->boolean[boolean].name
                                             : "";
}

bool xsm_boolean(const struct xsm_engine *engine, unsigned int boolean)
{
    return boolean < xsm_nr_booleans(engine) &&
           (xsm_table(engine)->boolean[boolean / 64] >> (boolean % 64) & 1u) != 0;
}

int xsm_find_boolean(const struct xsm_engine *engine, const char *name, unsigned int *boolean)
{
    const struct flask_table *table = xsm_table(engine);
    unsigned int value = table != NULL ? flask_find_boolean(table->policy, name, strlen(name)) : 0;

    *boolean = value - 1u;
    return value != 0 ? 0 : -ENOENT;
}

void xsm_get_booleans(const struct xsm_engine *engine, uint64_t *booleans)
{
    const struct flask_table *table = xsm_table(engine);

    memset(booleans, 0, XSM_BOOLEAN_WORDS * sizeof(*booleans));
    if (table != NULL)
        memcpy(booleans, table->boolean, sizeof(table->boolean));
}

/* The same level, by the names that it is made of. false: the new policy lacks one of them. */
static bool translate_level(const struct flask_policy *from, const struct flask_policy *to,
                            unsigned int index, uint16_t *result)
{
    const struct flask_level *level = &from->level[index];
    struct flask_level translated = {0};
    const char *name = from->sensitivity[level->sensitivity - 1].name;

    translated.sensitivity = flask_find_sensitivity(to, name, strlen(name));
    for (unsigned int bit = 0; bit < from->nr_categories; bit++) {
        unsigned int value;

        if ((level->category[bit / 64] >> (bit % 64) & 1u) == 0)
            continue;
        name = from->category[bit];
        value = flask_find_category(to, name, strlen(name));
        if (value == 0)
            return false;
        translated.category[(value - 1) / 64] |= (uint64_t)1 << ((value - 1) % 64);
    }
    return translated.sensitivity != 0 && flask_level_index(to, &translated, result) == 0;
}

/* The same context, by the names that it is made of, if it is valid under the new policy. */
static bool translate(const struct flask_policy *from, const struct flask_policy *to,
                      struct flask_context context, struct flask_context *result)
{
    const char *user = from->user[context.user - 1].name;
    const char *role = from->role[context.role - 1].name;
    const char *type = from->type[context.type - 1].name;

    *result = (struct flask_context){.user = (uint16_t)flask_find_user(to, user, strlen(user)),
                                     .role = (uint16_t)flask_find_role(to, role, strlen(role)),
                                     .type = (uint16_t)flask_find_type(to, type, strlen(type))};
    if (from->mls != to->mls)
        return false;
    if (to->mls && (!translate_level(from, to, context.low, &result->low) ||
                    !translate_level(from, to, context.high, &result->high)))
        return false;
    return flask_context_valid(to, *result);
}

static int refuse_label(const struct flask_policy *from, struct flask_context context,
                        struct xsm_error *error)
{
    struct xsm_text text = xsm_text(error->text, sizeof(error->text));
    char label[XSM_MAX_CONTEXT];

    flask_context_text(from, context, label, sizeof(label));
    xsm_append(&text, "a domain has the label %s, which the new policy does not allow", label);
    error->offset = SIZE_MAX;
    return -EINVAL;
}

void xsm_forget_domain_labels(const struct xsm_engine *engine)
{
    const struct flask_table *table = xsm_table(engine);

    for (unsigned int i = 0; table != NULL && i < FLASK_LABEL_WORDS; i++)
        __atomic_store_n(&table->policy->domain_label[i], 0, __ATOMIC_SEQ_CST);
}

void xsm_note_domain_label(const struct xsm_engine *engine, xsm_sid sid)
{
    const struct flask_table *table = xsm_table(engine);

    if (table != NULL)
        flask_add_domain_label(table->policy, sid);
}

int xsm_keep_sids(const struct xsm_engine *engine, struct flask_policy *policy,
                  struct xsm_error *error)
{
    const struct flask_table *table = xsm_table(engine);
    const struct flask_policy *old = table != NULL ? table->policy : policy;

    for (xsm_sid sid = 1; old != policy && sid <= FLASK_MAX_SIDS; sid++) {
        bool live = flask_is_domain_label(old, sid);
        struct flask_context context = flask_sid_context(old, sid), translated;
        bool valid = translate(old, policy, context, &translated);

        /* A label that is an initial SID's must stay that one's: numbers are what domains have. */
        if (live &&
            (!valid || (sid < XSM_INITIAL_END && flask_pack(translated) != policy->sid[sid - 1])))
            return refuse_label(old, context, error);
        if (live)
            flask_add_domain_label(policy, sid);
        if (sid < XSM_INITIAL_END || old->sid[sid - 1] == 0)
            continue;
        if (!valid)
            translated = flask_sid_context(policy, XSM_INITIAL_UNLABELED);
        flask_set_sid(policy, sid, translated);
    }
    return 0;
}
