/* SPDX-License-Identifier: BSD-2-Clause */
/* Can an operation be done: asked of its row as the hypervisor's gate asks. */
#include "tools/bailiwick/expect.h"

static enum xsm_hook hook_of(const struct xsm_row *row)
{
    return (enum xsm_hook)(row - xsm_rows);
}

bool expect_has_party(const struct xsm_row *row, enum xsm_party party)
{
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(hook_of(row), i)) != NULL; i++) {
        if (check->ask.subject == party || check->ask.object == party ||
            (check->fallback == XSM_OR_OTHER &&
             (check->other->subject == party || check->other->object == party)))
            return true;
    }
    return false;
}

static bool has_object(const struct xsm_row *row)
{
    return expect_has_party(row, XSM_PARTY_target) || expect_has_party(row, XSM_PARTY_peer) ||
           expect_has_party(row, XSM_PARTY_module) || expect_has_party(row, XSM_PARTY_channel) ||
           expect_has_party(row, XSM_PARTY_far_channel) || expect_has_party(row, XSM_PARTY_label);
}

enum xsm_party expect_fixed_object(const struct xsm_row *row)
{
    if (has_object(row))
        return XSM_NR_PARTIES;
    if (expect_has_party(row, XSM_PARTY_security))
        return XSM_PARTY_security;
    return expect_has_party(row, XSM_PARTY_xen) ? XSM_PARTY_xen : XSM_NR_PARTIES;
}

bool expect_needs_label(const struct xsm_row *row)
{
    return expect_has_party(row, XSM_PARTY_label) &&
           (expect_has_party(row, XSM_PARTY_target) || expect_has_party(row, XSM_PARTY_module));
}

static xsm_sid sid_of(const struct expect *expect, struct flask_context context)
{
    xsm_sid sid = XSM_SID_NONE;

    /* Without one it is asked as unlabeled, as the hypervisor does. */
    if (context.type != 0)
        flask_context_sid(expect->asked->policy, context, &sid);
    return sid;
}

static void fill_parties(const struct expect *expect, const struct expect_question *question,
                         struct xsm_query *query)
{
    const struct xsm_row *row = question->operation;
    const struct expect_party *subject = &expect->party[question->subject];
    const struct expect_party *object = &expect->party[question->object];
    struct asked_label own = {subject->context, subject->certain};
    xsm_sid sid = sid_of(expect, object->context);

    query->self = question->self;
    query->sid[XSM_PARTY_peer] = sid;
    query->sid[XSM_PARTY_module] = sid;
    query->sid[XSM_PARTY_target] =
        question->self ? sid_of(expect, asked_self(expect->asked, &own).context) : sid;
    query->sid[XSM_PARTY_label] =
        question->label >= 0 ? sid_of(expect, expect->party[question->label].context) : sid;
    if (expect_has_party(row, XSM_PARTY_channel))
        query->sid[XSM_PARTY_channel] =
            sid_of(expect, expect_channel(expect, question->state, subject, object));
    if (expect_has_party(row, XSM_PARTY_far_channel))
        query->sid[XSM_PARTY_far_channel] =
            sid_of(expect, expect_channel(expect, question->state, object, subject));
}

static struct flask_context context_of(const struct expect *expect, const struct xsm_query *query,
                                       enum xsm_party party)
{
    xsm_sid sid = party == XSM_PARTY_caller ? query->caller.sid : query->sid[party];

    return flask_sid_context(expect->asked->policy,
                             sid != XSM_SID_NONE ? sid : XSM_INITIAL_UNLABELED);
}

void expect_list_checks(const struct expect *expect, const struct xsm_query *query,
                        unsigned int state, struct expect_answer *answer)
{
    const struct flask_table *table = expect->asked->state[state].table;
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(query->hook, i)) != NULL; i++) {
        const struct flask_check *map = &table->policy->check[query->hook][i];
        const struct xsm_question *question =
            map->answer == FLASK_ANSWER_OTHER ? check->other : &check->ask;
        struct expect_asked *asked = &answer->asked[answer->nr_asked++];

        *asked = (struct expect_asked){.source = context_of(expect, query, question->subject),
                                       .target = context_of(expect, query, question->object),
                                       .class_name = question->class_name,
                                       .permission = question->permission,
                                       .allowed = map->answer == FLASK_ANSWER_SELF && query->self};
        if (map->answer == FLASK_ANSWER_ASK || map->answer == FLASK_ANSWER_OTHER)
            asked->allowed =
                (flask_decide(table, asked->source, asked->target, map->class_value).allowed &
                 map->permission) != 0;
    }
}

void expect_ask_operation(const struct expect *expect, const struct expect_question *question,
                          struct expect_answer *answer)
{
    const struct expect_party *subject = &expect->party[question->subject];
    struct xsm_engine engine = {.flask = expect->asked->state[question->state].table};
    struct xsm_subject caller = {.domid = expect_domid(expect, subject),
                                 .sid = sid_of(expect, subject->context),
                                 .roles = expect_roles(expect, subject)};
    struct xsm_verdict verdict;
    struct xsm_query query;

    *answer = (struct expect_answer){0};
    xsm_start_query(&query, hook_of(question->operation), caller);
    fill_parties(expect, question, &query);
    query.finalised = question->phase == EXPECT_AFTER;
    query.sealed = query.finalised && expect_launch_seals(expect);
    answer->gone = expect_is_gone(expect, question);
    answer->allowed = xsm_ask(&engine, &query, &verdict) == 0 && !answer->gone;
    for (unsigned int key = 0; key < 3; key++)
        answer->denied_by[key] = verdict.denied_by[key];
    answer->denied_by[XSM_KEY_PHASE] |= answer->gone;
    for (unsigned int i = 0; i < verdict.nr_records; i++) {
        answer->audited |= verdict.record[i].denied == !answer->allowed;
        answer->permissive |= verdict.record[i].permissive;
    }
    expect_list_checks(expect, &query, question->state, answer);
}
