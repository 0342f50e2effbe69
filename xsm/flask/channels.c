/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Labels of event channels, and of domains to themselves. A label costs a SID, so all that domains
 * can make are made when a domain gets its label: naming a channel changes nothing, whoever names
 * it and whether he may or not.
 */
#include "xsm/flask/flask.h"

#include <errno.h>

#include "xsm/policy.h"

static int channel_context(const struct flask_table *table, xsm_sid owner, xsm_sid peer,
                           struct flask_context *context)
{
    const struct flask_policy *policy = table->policy;

    return flask_new_context(table, FLASK_NEW_TRANSITION, flask_sid_context(policy, owner),
                             flask_sid_context(policy, peer), policy->event_class, NULL, context);
}

/* A pair without a valid label isn't this domain's mistake: xsm_channel_sid() says so if asked. */
static int prepare_channel(const struct flask_table *table, xsm_sid owner, xsm_sid peer)
{
    struct flask_context context;
    xsm_sid sid;

    if (channel_context(table, owner, peer, &context) != 0)
        return 0;
    return flask_context_sid(table->policy, context, &sid);
}

static int prepare_pair(const struct flask_table *table, xsm_sid sid, xsm_sid other)
{
    int error = prepare_channel(table, sid, other);

    return error != 0 ? error : prepare_channel(table, other, sid);
}

static int self_context(const struct flask_table *table, xsm_sid sid, struct flask_context *context)
{
    struct flask_context own = flask_sid_context(table->policy, sid);

    *context = own;
    return table->policy->domain_class == 0
               ? 0
               : flask_new_context(table, FLASK_NEW_TRANSITION, own, own,
                                   table->policy->domain_class, NULL, context);
}

/* Leads the transition nowhere, the domain is unlabeled to itself, and may do nothing. */
static int prepare_self(const struct flask_table *table, xsm_sid sid)
{
    struct flask_context context;
    xsm_sid self;

    return self_context(table, sid, &context) != 0
               ? 0
               : flask_context_sid(table->policy, context, &self);
}

xsm_sid xsm_self_sid(const struct xsm_engine *engine, xsm_sid sid)
{
    const struct flask_table *table = xsm_table(engine);
    struct flask_context context;
    xsm_sid self = XSM_SID_NONE;

    if (table == NULL)
        return XSM_SID_NONE;
    if (self_context(table, sid, &context) == 0)
        self = flask_find_sid(table->policy, context);
    return self != XSM_SID_NONE ? self : XSM_INITIAL_UNLABELED;
}

int xsm_prepare_domain(struct xsm_engine *engine, xsm_sid sid)
{
    const struct flask_table *table = xsm_table(engine);
    int error;

    if (table == NULL)
        return 0;
    flask_add_domain_label(table->policy, sid);
    error = prepare_self(table, sid);
    /* Without class event every check of a channel is denied, whatever its label. */
    if (error != 0 || table->policy->event_class == 0)
        return error;
    /* Who isn't there has this label. */
    error = prepare_pair(table, sid, XSM_INITIAL_UNLABELED);
    for (xsm_sid other = 1; error == 0 && other <= FLASK_MAX_SIDS; other++) {
        if (flask_is_domain_label(table->policy, other))
            error = prepare_pair(table, sid, other);
    }
    return error;
}

int xsm_prepare_domains(struct xsm_engine *engine)
{
    const struct flask_table *table = xsm_table(engine);
    int error = 0;

    for (xsm_sid sid = 1; table != NULL && error == 0 && sid <= FLASK_MAX_SIDS; sid++)
        if (flask_is_domain_label(table->policy, sid))
            error = xsm_prepare_domain(engine, sid);
    return error;
}

int xsm_channel_sid(const struct xsm_engine *engine, xsm_sid owner, xsm_sid peer, xsm_sid *sid)
{
    const struct flask_table *table = xsm_table(engine);
    struct flask_context context;

    *sid = XSM_SID_NONE;
    if (table == NULL || table->policy->event_class == 0)
        return 0;
    if (channel_context(table, owner, peer, &context) != 0)
        return -EINVAL;
    *sid = flask_find_sid(table->policy, context);
    if (*sid == XSM_SID_NONE)
        *sid = XSM_INITIAL_UNLABELED;
    return 0;
}
