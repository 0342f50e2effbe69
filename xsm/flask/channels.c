/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Labels of event channels. A label costs a SID, so all that domains can make are made when a
 * domain gets its label: naming a channel changes nothing, whoever names it and whether he may or
 * not.
 */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

/* 0: every check of a channel is denied, whatever its label. */
static unsigned int event_class(const struct flask_policy *policy)
{
    return flask_find_class(policy, "event", strlen("event"));
}

static int channel_context(const struct flask_policy *policy, unsigned int event, xsm_sid owner,
                           xsm_sid peer, struct flask_context *context)
{
    return flask_transition(policy, flask_sid_context(policy, owner),
                            flask_sid_context(policy, peer), event, context);
}

/* A pair without a valid label isn't this domain's mistake: xsm_channel_sid() says so if asked. */
static int prepare_channel(const struct flask_policy *policy, unsigned int event, xsm_sid owner,
                           xsm_sid peer)
{
    struct flask_context context;
    xsm_sid sid;

    if (channel_context(policy, event, owner, peer, &context) != 0)
        return 0;
    return flask_context_sid(policy, context, &sid);
}

static int prepare_pair(const struct flask_policy *policy, unsigned int event, xsm_sid sid,
                        xsm_sid other)
{
    int error = prepare_channel(policy, event, sid, other);

    return error != 0 ? error : prepare_channel(policy, event, other, sid);
}

int xsm_prepare_domain(struct xsm_engine *engine, xsm_sid sid)
{
    const struct flask_policy *policy = engine->flask;
    unsigned int event = policy != NULL ? event_class(policy) : 0;
    int error;

    if (policy == NULL)
        return 0;
    flask_add_domain_label(policy, sid);
    if (event == 0)
        return 0;
    /* Who isn't there has this label. */
    error = prepare_pair(policy, event, sid, XSM_INITIAL_UNLABELED);
    for (xsm_sid other = 1; error == 0 && other <= FLASK_MAX_SIDS; other++) {
        if (flask_is_domain_label(policy, other))
            error = prepare_pair(policy, event, sid, other);
    }
    return error;
}

int xsm_channel_sid(const struct xsm_engine *engine, xsm_sid owner, xsm_sid peer, xsm_sid *sid)
{
    const struct flask_policy *policy = engine->flask;
    struct flask_context context;
    unsigned int event;

    *sid = XSM_SID_NONE;
    if (policy == NULL)
        return 0;
    event = event_class(policy);
    if (event == 0)
        return 0;
    if (channel_context(policy, event, owner, peer, &context) != 0)
        return -EINVAL;
    *sid = flask_find_sid(policy, context);
    if (*sid == XSM_SID_NONE)
        *sid = XSM_INITIAL_UNLABELED;
    return 0;
}
