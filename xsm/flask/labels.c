/* SPDX-License-Identifier: BSD-2-Clause */
/* Labels as people write them, and contexts as people read them. */
#include "xsm/flask/flask.h"

#include <errno.h>
#include <string.h>

#include "xsm/policy.h"
#include "xsm/text.h"

#define MAX_LABEL (XSM_MAX_CONTEXT - 1)

int xsm_sid_to_context(const struct xsm_engine *engine, xsm_sid sid, char *text, size_t size)
{
    const struct flask_table *table = xsm_table(engine);

    if (table != NULL)
        flask_context_text(table->policy, flask_sid_context(table->policy, sid), text, size);
    else if (size > 0)
        text[0] = '\0';
    return 0;
}

/* The context of these with the least range that the user has. */
static struct flask_context least(const struct flask_policy *policy, unsigned int user,
                                  unsigned int role, unsigned int type)
{
    uint16_t low = policy->user[user - 1].low;

    return (struct flask_context){.user = (uint16_t)user,
                                  .role = (uint16_t)role,
                                  .type = (uint16_t)type,
                                  .low = low,
                                  .high = low};
}

/* Every user and role that the type goes with, as full contexts. */
static void list_completions(const struct flask_policy *policy, unsigned int type,
                             struct xsm_text *out)
{
    const char *before = "";
    char text[XSM_MAX_CONTEXT];

    for (unsigned int user = 1; user <= policy->nr_users; user++) {
        for (unsigned int role = FLASK_OBJECT_R + 1; role <= policy->nr_roles; role++) {
            struct flask_context context = least(policy, user, role, type);

            if (!flask_context_valid(policy, context))
                continue;
            flask_context_text(policy, context, text, sizeof(text));
            xsm_append(out, "%s%s", before, text);
            before = ", ";
        }
    }
    if (before[0] != '\0')
        return;
    flask_context_text(policy, least(policy, 1, FLASK_OBJECT_R, type), text, sizeof(text));
    xsm_append(out, "%s if it labels an object; no role has this type", text);
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

/* Why a full context is none, as far as its parts tell. */
static void explain_context(const struct flask_policy *policy, const char *label,
                            struct xsm_text *why)
{
    const char *role = strchr(label, ':') + 1;
    const char *type = strchr(role, ':');
    size_t length;
    unsigned int value;

    if (type == NULL || (strchr(type + 1, ':') != NULL) != policy->mls) {
        xsm_append(why, "%s is neither a type nor user:role:type%s", label,
                   policy->mls    ? ":range"
                   : type != NULL ? " (this policy has no MLS: no range)"
                                  : "");
        return;
    }
    type++;
    length = policy->mls ? (size_t)(strchr(type, ':') - type) : strlen(type);
    value = flask_find_type(policy, type, length);
    if (value == 0) {
        xsm_append(why, "the policy has no type %.*s", (int)length, type);
        list_types(policy, why);
        return;
    }
    xsm_append(why, "%s is no valid context (no such user or role%s, or they don't go together); ",
               label, policy->mls ? " or range" : "");
    xsm_append(why, "write ");
    list_completions(policy, value, why);
}

static int full_to_context(const struct flask_policy *policy, const char *label,
                           struct flask_context *context, struct xsm_text *why)
{
    int status = flask_parse_context(policy, label, strlen(label), true, context);

    if (status == -ENOSPC)
        xsm_append(why, "%u different levels of sensitivity are in use, and no more can be",
                   FLASK_MAX_LEVELS);
    else if (status != 0)
        explain_context(policy, label, why);
    return status;
}

int xsm_label_to_sid(struct xsm_engine *engine, const char *label, xsm_sid *sid,
                     struct xsm_error *error)
{
    struct xsm_text why = xsm_text(error->text, sizeof(error->text));
    size_t length = strnlen(label, MAX_LABEL + 1);
    const struct flask_table *table = xsm_table(engine);
    struct flask_context context;
    int status;

    error->offset = SIZE_MAX;
    if (table == NULL) {
        xsm_append(&why, "a label means nothing without a policy");
        return -ENOENT;
    }
    if (length == 0 || length > MAX_LABEL) {
        xsm_append(&why, "a label has 1 to %u characters", MAX_LABEL);
        return -EINVAL;
    }
    if (strchr(label, ':') != NULL)
        status = full_to_context(table->policy, label, &context, &why);
    else
        status = type_to_context(table->policy, label, length, &context, &why);
    if (status != 0)
        return status;
    status = flask_context_sid(table->policy, context, sid);
    if (status != 0)
        xsm_append(&why, "all %u SIDs are in use", FLASK_MAX_SIDS);
    return status;
}

int xsm_default_domain_sid(struct xsm_engine *engine, xsm_sid *sid, struct xsm_error *error)
{
    static const char type[] = "domu_t";

    const struct flask_table *table = xsm_table(engine);

    if (table != NULL && flask_find_type(table->policy, type, strlen(type)) == 0) {
        *sid = XSM_INITIAL_DOMU;
        return 0;
    }
    return xsm_label_to_sid(engine, type, sid, error);
}
