/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/attempt.h"

#define DOMID_INVALID 0x7ff4u /* Xen's public xen.h */

unsigned int attempt_phase(const struct attempt *one)
{
    return one->time == ATTEMPT_BEFORE ? EXPECT_BEFORE : EXPECT_AFTER;
}

static uint32_t roles_of(const struct expect *expect, const struct attempt *one)
{
    return one->time == ATTEMPT_FAILED ? XSM_ROLE_CRASH
                                       : expect_roles(expect, &expect->party[one->subject]);
}

unsigned int attempt_state(const struct expect *expect, const struct attempt *one)
{
    return expect_initial_state(expect, attempt_phase(one));
}

static xsm_sid sid_of(const struct expect *expect, struct flask_context context)
{
    xsm_sid sid = XSM_INITIAL_UNLABELED;

    if (context.type != 0)
        flask_context_sid(expect->asked->policy, context, &sid);
    return sid;
}

static xsm_sid self_sid(const struct expect *expect, unsigned int party)
{
    struct asked_label label = {expect->party[party].context, true};

    return sid_of(expect, asked_self(expect->asked, &label).context);
}

/* A boot domain ends with the launch, and a launch that fails leaves nobody but the crash domain.
 */
static bool is_gone(const struct expect *expect, const struct attempt *one, unsigned int party)
{
    if (one->time == ATTEMPT_FAILED)
        return party != one->subject;
    return one->time != ATTEMPT_BEFORE &&
           (expect_roles(expect, &expect->party[party]) & XSM_ROLE_BOOT) != 0;
}

static xsm_sid domain_sid(const struct expect *expect, const struct attempt *one,
                          unsigned int party)
{
    return is_gone(expect, one, party) ? XSM_INITIAL_UNLABELED
                                       : sid_of(expect, expect->party[party].context);
}

static void name_self(const struct expect *expect, const struct attempt *one,
                      struct xsm_query *query)
{
    query->sid[XSM_PARTY_target] = self_sid(expect, one->subject);
    query->target_domid = expect_domid(expect, &expect->party[one->subject]);
    query->self = true;
}

static void name_domain(const struct expect *expect, const struct attempt *one,
                        struct xsm_query *query)
{
    unsigned int party = (unsigned int)one->party;

    query->sid[XSM_PARTY_target] = query->sid[XSM_PARTY_peer] = domain_sid(expect, one, party);
    query->target_domid = expect_domid(expect, &expect->party[party]);
    /* This one finds it by its place in the LCM, where it isn't any more. */
    if (one->hook == XSM_HOOK_staged_stat && is_gone(expect, one, party))
        query->target_domid = DOMID_INVALID;
    query->self = party == one->subject;
    if (query->self)
        query->sid[XSM_PARTY_target] = self_sid(expect, party);
}

/* Of a port that isn't there, it is unlabeled. */
static xsm_sid channel_sid(const struct expect *expect, const struct attempt *one)
{
    struct expect_party peer;

    if (one->party < 0)
        return XSM_INITIAL_UNLABELED;
    peer = expect->party[one->party];
    if (is_gone(expect, one, (unsigned int)one->party))
        peer.context = flask_sid_context(expect->asked->policy, XSM_INITIAL_UNLABELED);
    return sid_of(expect, expect_channel(expect, attempt_state(expect, one),
                                         &expect->party[one->subject], &peer));
}

/* As the hypervisor's functions that decode a call do it (hv/ops/). */
static void fill(const struct expect *expect, const struct attempt *one, struct xsm_query *query)
{
    const struct xsm_row *row = &xsm_rows[one->hook];
    bool channel = expect_has_party(row, XSM_PARTY_channel);

    if (channel && !expect_has_party(row, XSM_PARTY_peer))
        query->self = true;
    else if (one->party >= 0)
        name_domain(expect, one, query);
    else if (one->module == XSM_SID_NONE)
        name_self(expect, one, query);
    if (channel)
        query->sid[XSM_PARTY_channel] = channel_sid(expect, one);
    if (expect_has_party(row, XSM_PARTY_far_channel))
        query->sid[XSM_PARTY_far_channel] = XSM_INITIAL_UNLABELED; /* it isn't there either */
    query->sid[XSM_PARTY_module] = one->module;
    query->sid[XSM_PARTY_label] = one->label;
    query->finalised = attempt_phase(one) == EXPECT_AFTER;
    query->sealed = one->time == ATTEMPT_SEALED || one->time == ATTEMPT_FAILED ||
                    (query->finalised && expect_launch_seals(expect));
}

void attempt_query(const struct expect *expect, const struct attempt *one, struct xsm_query *query)
{
    const struct expect_party *subject = &expect->party[one->subject];

    xsm_start_query(
        query, one->hook,
        (struct xsm_subject){.domid = expect_domid(expect, &expect->party[one->subject]),
                             .sid = sid_of(expect, subject->context),
                             .roles = roles_of(expect, one)});
    fill(expect, one, query);
}

static json_t *keys_json(const struct xsm_verdict *verdict)
{
    static const char *const names[] = {"flask", "role", "phase"};
    json_t *keys = json_must(json_array());

    for (unsigned int key = 0; key < 3; key++)
        if (verdict->denied_by[key])
            json_array_append_new(keys, json_must(json_string(names[key])));
    return keys;
}

static json_t *records_json(const struct xsm_engine *engine, const struct xsm_verdict *verdict)
{
    json_t *records = json_must(json_array());
    char text[XSM_MAX_AUDIT];

    for (unsigned int i = 0; i < verdict->nr_records; i++) {
        xsm_format_record(engine, &verdict->record[i], text, sizeof(text));
        json_array_append_new(records, json_must(json_string(text)));
    }
    return records;
}

static json_t *checks_json(const struct expect *expect, const struct xsm_query *query,
                           unsigned int state)
{
    const struct asked *asked = expect->asked;
    struct expect_answer answer = {0};
    json_t *checks = json_must(json_array());

    expect_list_checks(expect, query, state, &answer);
    for (unsigned int i = 0; i < answer.nr_asked; i++) {
        const struct expect_asked *check = &answer.asked[i];

        json_array_append_new(
            checks, json_must(json_pack(
                        "{s:s, s:s, s:s, s:s, s:b}", "source", asked_text(asked, check->source),
                        "target", asked_text(asked, check->target), "class", check->class_name,
                        "permission", check->permission, "allowed", check->allowed)));
    }
    return checks;
}

/* What it is about, where the operation names nothing. */
static const char *fixed_item(const struct attempt *one)
{
    switch (expect_fixed_object(&xsm_rows[one->hook])) {
    case XSM_PARTY_xen:
        return "xen";
    case XSM_PARTY_security:
        return "security";
    default:
        return "self";
    }
}

/* The object as an item of the language of expectations. */
static json_t *item_json(const struct attempt *one)
{
    if (one->number < 0)
        return json_must(json_string(fixed_item(one)));
    if (one->channel)
        return json_must(json_sprintf("channel(%s)", one->object));
    if (one->module != XSM_SID_NONE)
        return json_must(json_sprintf("module(%s)", one->object));
    return json_must(json_string(one->object));
}

bool attempt_is_allowed(const struct expect *expect, const struct attempt *one)
{
    struct xsm_engine engine = {.flask = expect->asked->state[attempt_state(expect, one)].table};
    struct xsm_verdict verdict;
    struct xsm_query query;

    attempt_query(expect, one, &query);
    return xsm_ask(&engine, &query, &verdict) == 0;
}

json_t *attempt_json(const struct expect *expect, const struct attempt *one)
{
    static const char *const times[] = {"before", "after", "sealed", "failed"};
    const struct asked *asked = expect->asked;
    unsigned int state = attempt_state(expect, one);
    struct xsm_engine engine = {.flask = asked->state[state].table};
    const char *subject = asked->system->lcm.domain[expect->party[one->subject].domain].name;
    struct xsm_verdict verdict;
    struct xsm_query query;
    bool allowed;

    attempt_query(expect, one, &query);
    allowed = xsm_ask(&engine, &query, &verdict) == 0;
    return json_must(json_pack(
        "{s:s, s:i, s:s, s:b, s:s, s:s, s:o, s:i, s:i, s:i, s:b, s:b, s:b, s:o, s:o, s:o, s:O}",
        "subject", subject, "domid", (int)query.caller.domid, "when", times[one->time], "sealed",
        query.sealed, "operation", xsm_rows[one->hook].name, "object", one->object, "item",
        item_json(one), "number", one->number, "index", one->index, "target", one->target,
        "channel", one->channel, "gone",
        one->party >= 0 && is_gone(expect, one, (unsigned int)one->party), "allowed", allowed,
        "keys", keys_json(&verdict), "records", records_json(&engine, &verdict), "checks",
        checks_json(expect, &query, state), "lines", one->lines));
}
