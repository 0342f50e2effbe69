/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Asking. Phase, role key and every check of the row are evaluated, whatever the others said, so
 * that one attempt shows all that stands in its way.
 */
#include "xsm/engine.h"

#include <errno.h>

#include "xsm/coverage.h"
#include "xsm/flask/flask.h"
#include "xsm/hooks.h"
#include "xsm/policy.h"
#include "xsm/roles_engine.h"

/* What the tables of a file of this size need, unless the file is about little but attributes. */
static size_t table_room(size_t size)
{
    const size_t fixed = (size_t)64 << 10, most = SIZE_MAX / 64;

    return fixed + 8 * (size < most ? size : most);
}

size_t xsm_arena_size(size_t size)
{
    return ((xsm_policy_room(size) + 15) & ~(size_t)15) + table_room(size);
}

int xsm_load_policy(struct xsm_engine *engine, const void *image, size_t size, void *arena,
                    size_t arena_size, struct xsm_error *error)
{
    struct flask_policy *policy;
    struct flask_table *table;
    size_t kept;
    int status = xsm_read_policy(image, size, arena, arena_size, &policy, error);

    if (status != 0)
        return status;
    kept = (xsm_policy_kept(policy) + 15) & ~(size_t)15;
    status = xsm_build_table(policy, NULL, (unsigned char *)arena + kept, arena_size - kept, &table,
                             error);
    if (status == 0)
        xsm_publish(engine, table);
    return status;
}

size_t xsm_arena_kept(const struct xsm_engine *engine)
{
    const struct flask_table *table = xsm_table(engine);

    return ((xsm_policy_kept(table->policy) + 15) & ~(size_t)15) + xsm_table_kept(table);
}

#ifdef CONFIG_RELEASE

int xsm_enforce(struct xsm_engine *engine, bool enforce)
{
    (void)engine;
    return enforce ? 0 : -EOPNOTSUPP;
}

bool xsm_enforces(const struct xsm_engine *engine)
{
    (void)engine;
    return true;
}

/* Policies with permissive types are refused (validate.c). */
static bool is_permissive(const struct xsm_engine *engine, const struct flask_policy *policy,
                          unsigned int type)
{
    (void)engine;
    (void)policy;
    (void)type;
    return false;
}

#else

int xsm_enforce(struct xsm_engine *engine, bool enforce)
{
    __atomic_store_n(&engine->permissive, !enforce, __ATOMIC_SEQ_CST);
    return 0;
}

bool xsm_enforces(const struct xsm_engine *engine)
{
    return !__atomic_load_n(&engine->permissive, __ATOMIC_RELAXED);
}

static bool is_permissive(const struct xsm_engine *engine, const struct flask_policy *policy,
                          unsigned int type)
{
    return policy->type[type - 1].permissive || !xsm_enforces(engine);
}

#endif

bool xsm_refuses_all(const struct xsm_engine *engine)
{
    const struct flask_table *table = xsm_table(engine);

    for (unsigned int type = 1; table != NULL && type <= table->policy->nr_types; type++)
        if (is_permissive(engine, table->policy, type))
            return false;
    return table != NULL;
}

static xsm_sid party_sid(const struct xsm_query *query, enum xsm_party party)
{
    xsm_sid sid = query->sid[party];

    if (party == XSM_PARTY_caller)
        sid = query->caller.sid;
    else if (party == XSM_PARTY_xen)
        sid = XSM_INITIAL_XEN;
    else if (party == XSM_PARTY_security)
        sid = XSM_INITIAL_SECURITY;
    return sid != XSM_SID_NONE ? sid : XSM_INITIAL_UNLABELED;
}

static struct xsm_record *add_record(struct xsm_verdict *verdict, const struct xsm_query *query,
                                     enum xsm_key key)
{
    struct xsm_record *record = &verdict->record[verdict->nr_records++];

    *record = (struct xsm_record){.hook = query->hook,
                                  .key = key,
                                  .denied = true,
                                  .domid = query->caller.domid,
                                  .target_domid = query->target_domid,
                                  .roles = query->caller.roles,
                                  .subject = party_sid(query, XSM_PARTY_caller)};
    return record;
}

static void ask_phase(const struct xsm_query *query, struct xsm_verdict *verdict)
{
    enum xsm_phase phase = xsm_rows[query->hook].phase;

    if ((phase != XSM_PHASE_LAUNCH || !query->finalised) &&
        (phase != XSM_PHASE_UNSEALED || !query->sealed))
        return;
    verdict->denied_by[XSM_KEY_PHASE] = true;
    add_record(verdict, query, XSM_KEY_PHASE);
}

static void ask_roles(bool policy, const struct xsm_query *query, struct xsm_verdict *verdict)
{
    if (xsm_roles_allow(policy, query))
        return;
    verdict->denied_by[XSM_KEY_ROLE] = true;
    add_record(verdict, query, XSM_KEY_ROLE);
}

/* What the policy says of one check. */
struct answer {
    bool allowed, permissive, audited;
};

static struct answer ask_policy(const struct xsm_engine *engine, const struct flask_table *table,
                                const struct flask_check *check, xsm_sid subject, xsm_sid object)
{
    const struct flask_policy *policy = table->policy;
    struct flask_context source = flask_sid_context(policy, subject);
    struct flask_context target = flask_sid_context(policy, object);
    struct flask_av av = flask_decide(table, source, target, check->class_value);
    bool allowed = (av.allowed & check->permission) != 0;

    return (struct answer){.allowed = allowed,
                           .permissive = is_permissive(engine, policy, source.type),
                           .audited =
                               ((allowed ? av.auditallow : av.auditdeny) & check->permission) != 0};
}

static struct answer answer_check(const struct xsm_engine *engine, const struct flask_table *table,
                                  const struct xsm_query *query, const struct flask_check *check,
                                  xsm_sid subject, xsm_sid object)
{
    switch ((enum flask_answer)check->answer) {
    case FLASK_ANSWER_ASK:
    case FLASK_ANSWER_OTHER:
        return ask_policy(engine, table, check, subject, object);
    case FLASK_ANSWER_SELF:
        return (struct answer){.allowed = query->self, .audited = !query->self};
    case FLASK_ANSWER_DENY:
    default:
        return (struct answer){.audited = true};
    }
}

static void cover(const struct xsm_engine *engine, const struct xsm_query *query,
                  unsigned int index, xsm_sid subject, xsm_sid object, struct answer answer)
{
    struct xsm_coverage *coverage = __atomic_load_n(&engine->coverage, __ATOMIC_ACQUIRE);

    if (coverage != NULL)
        (void)xsm_cover(
            coverage, &(struct xsm_covered){.hook = query->hook,
                                            .check = index,
                                            .subject = subject,
                                            .object = object,
                                            .verdict = answer.allowed      ? XSM_COVERED_ALLOWED
                                                       : answer.permissive ? XSM_COVERED_PERMISSIVE
                                                                           : XSM_COVERED_DENIED});
}

static void ask_check(const struct xsm_engine *engine, const struct flask_table *table,
                      const struct xsm_query *query, unsigned int index,
                      struct xsm_verdict *verdict)
{
    const struct flask_check *check = &table->policy->check[query->hook][index];
    const struct xsm_check *row = &xsm_rows[query->hook].check[index];
    const struct xsm_question *question =
        check->answer == FLASK_ANSWER_OTHER ? row->other : &row->ask;
    xsm_sid subject = party_sid(query, question->subject);
    xsm_sid object = party_sid(query, question->object);
    struct answer answer = answer_check(engine, table, query, check, subject, object);
    struct xsm_record *record;

    cover(engine, query, index, subject, object, answer);
    if (!answer.allowed && !answer.permissive)
        verdict->denied_by[XSM_KEY_FLASK] = true;
    if (!answer.audited)
        return;
    record = add_record(verdict, query, XSM_KEY_FLASK);
    record->denied = !answer.allowed;
    record->permissive = !answer.allowed && answer.permissive;
    record->subject = subject;
    record->object = object;
    record->check = (uint8_t)index;
}

int xsm_ask(const struct xsm_engine *engine, const struct xsm_query *query,
            struct xsm_verdict *verdict)
{
    const struct flask_table *table = xsm_table(engine);

    /* Records are written where they are needed: clearing all would take longer than asking. */
    verdict->allowed = false;
    verdict->nr_records = 0;
    verdict->denied_by[XSM_KEY_FLASK] = false;
    verdict->denied_by[XSM_KEY_ROLE] = false;
    verdict->denied_by[XSM_KEY_PHASE] = false;
    if ((unsigned int)query->hook >= XSM_NR_HOOKS)
        return -EPERM;
    ask_phase(query, verdict);
    ask_roles(table != NULL, query, verdict);
    if (table != NULL)
        for (unsigned int i = 0; xsm_row_check(query->hook, i) != NULL; i++)
            ask_check(engine, table, query, i, verdict);
    verdict->allowed = !verdict->denied_by[XSM_KEY_FLASK] && !verdict->denied_by[XSM_KEY_ROLE] &&
                       !verdict->denied_by[XSM_KEY_PHASE];
    return verdict->allowed ? 0 : -EPERM;
}
