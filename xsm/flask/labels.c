/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels as people write them, and contexts as people read them. */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

#include "xsm/text.h"

#define MAX_LABEL (XSM_MAX_CONTEXT - 1)

int flask_context_text(const struct flask_policy *policy, struct flask_context context, char *text,
                       size_t size)
{
    struct xsm_text out = xsm_text(text, size);

    xsm_append(&out, "%s:%s:%s", policy->user[context.user - 1].name,
               policy->role[context.role - 1].name, policy->type[context.type - 1].name);
    return 0;
}

int xsm_sid_to_context(const struct xsm_engine *engine, xsm_sid sid, char *text, size_t size)
{
    if (engine->flask != NULL)
        return flask_context_text(engine->flask, flask_sid_context(engine->flask, sid), text, size);
    if (size > 0)
        text[0] = '\0';
    return 0;
}

/* Every user and role that the type goes with, as full contexts. */
static void list_completions(const struct flask_policy *policy, unsigned int type,
                             struct xsm_text *out)
{
    const char *before = "";

    for (unsigned int user = 1; user <= policy->nr_users; user++) {
        for (unsigned int role = FLASK_OBJECT_R + 1; role <= policy->nr_roles; role++) {
            struct flask_context context = {
                .user = (uint16_t)user, .role = (uint16_t)role, .type = (uint16_t)type};
            char text[XSM_MAX_CONTEXT];

            if (!flask_context_valid(policy, context))
                continue;
            flask_context_text(policy, context, text, sizeof(text));
            xsm_append(out, "%s%s", before, text);
            before = ", ";
        }
    }
    if (before[0] == '\0')
        xsm_append(out, "%s:object_r:%s if it labels an object; no role has this type",
                   policy->user[0].name, policy->type[type - 1].name);
}

/* The types that domU's user and role go with: what a domain's label could be. */
static void list_types(const struct flask_policy *policy, struct xsm_text *out)
{
    struct flask_context context = flask_sid_context(policy, XSM_INITIAL_DOMU);
    const char *before = "";

    if (context.role == FLASK_OBJECT_R)
        return;
    xsm_append(out, "; types of role %s: ", policy->role[context.role - 1].name);
    for (unsigned int type = 1; type <= policy->nr_types; type++) {
        context.type = (uint16_t)type;
        if (!flask_context_valid(policy, context))
            continue;
        xsm_append(out, "%s%s", before, policy->type[type - 1].name);
        before = ", ";
    }
}

static int type_to_context(const struct flask_policy *policy, const char *label, size_t length,
                           struct flask_context *context, struct xsm_text *why)
{
    static const xsm_sid model[] = {XSM_INITIAL_DOMU, XSM_INITIAL_DOM0};
    unsigned int type = flask_find_type(policy, label, length);

    if (type == 0) {
        xsm_append(why, "the policy has no type %s", label);
        list_types(policy, why);
        return -EINVAL;
    }
    for (unsigned int i = 0; i < sizeof(model) / sizeof(model[0]); i++) {
        *context = flask_sid_context(policy, model[i]);
        context->type = (uint16_t)type;
        if (context->role != FLASK_OBJECT_R && flask_context_valid(policy, *context))
            return 0;
    }
    xsm_append(why, "type %s goes neither with domU's user and role nor with dom0's; write ",
               label);
    list_completions(policy, type, why);
    return -EINVAL;
}

static int full_to_context(const struct flask_policy *policy, const char *label,
                           struct flask_context *context, struct xsm_text *why)
{
    const char *role = strchr(label, ':') + 1;
    const char *type = strchr(role, ':');

    if (type == NULL || strchr(type + 1, ':') != NULL) {
        xsm_append(why, "%s is neither a type nor user:role:type%s", label,
                   type != NULL ? " (this policy has no MLS: no range)" : "");
        return -EINVAL;
    }
    type++;
    context->user = (uint16_t)flask_find_user(policy, label, (size_t)(role - 1 - label));
    context->role = (uint16_t)flask_find_role(policy, role, (size_t)(type - 1 - role));
    context->type = (uint16_t)flask_find_type(policy, type, strlen(type));
    if (flask_context_valid(policy, *context))
        return 0;
    if (context->type == 0) {
        xsm_append(why, "the policy has no type %s", type);
        list_types(policy, why);
        return -EINVAL;
    }
    xsm_append(why, "%s is no valid context (no such user or role, or they don't go together); ",
               label);
    xsm_append(why, "write ");
    list_completions(policy, context->type, why);
    return -EINVAL;
}

int xsm_label_to_sid(struct xsm_engine *engine, const char *label, xsm_sid *sid,
                     struct xsm_error *error)
{
    struct xsm_text why = xsm_text(error->text, sizeof(error->text));
    size_t length = strnlen(label, MAX_LABEL + 1);
    struct flask_context context;
    int status;

    error->offset = SIZE_MAX;
    if (engine->flask == NULL) {
        xsm_append(&why, "a label means nothing without a policy");
        return -ENOENT;
    }
    if (length == 0 || length > MAX_LABEL) {
        xsm_append(&why, "a label has 1 to %u characters", MAX_LABEL);
        return -EINVAL;
    }
    if (strchr(label, ':') != NULL)
        status = full_to_context(engine->flask, label, &context, &why);
    else
        status = type_to_context(engine->flask, label, length, &context, &why);
    if (status != 0)
        return status;
    status = flask_context_sid(engine->flask, context, sid);
    if (status != 0)
        xsm_append(&why, "all %u SIDs are in use", FLASK_MAX_SIDS);
    return status;
}

int xsm_default_domain_sid(struct xsm_engine *engine, xsm_sid *sid, struct xsm_error *error)
{
    static const char type[] = "domu_t";

    if (engine->flask != NULL && flask_find_type(engine->flask, type, strlen(type)) == 0) {
        *sid = XSM_INITIAL_DOMU;
        return 0;
    }
    return xsm_label_to_sid(engine, type, sid, error);
}
