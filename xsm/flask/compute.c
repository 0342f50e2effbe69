/* SPDX-License-Identifier: BSD-2-Clause */
/* What one may ask of the policy itself; compute.h has the words. */
#include "xsm/compute.h"

#include <errno.h>

#include "xsm/flask/flask.h"
#include "xsm/policy.h"

static bool is_known(const struct flask_policy *policy, xsm_sid sid)
{
    return sid >= 1 && sid <= FLASK_MAX_SIDS &&
           __atomic_load_n(&policy->sid[sid - 1], __ATOMIC_ACQUIRE) != 0;
}

bool xsm_sid_is_known(const struct xsm_engine *engine, xsm_sid sid)
{
    const struct flask_table *table = xsm_table(engine);

    return table != NULL && is_known(table->policy, sid);
}

/* The SID that it has, or a new one if there may be one more. */
static int number_context(const struct flask_policy *policy, struct flask_context context,
                          uint32_t *left, xsm_sid *sid)
{
    *sid = flask_find_sid(policy, context);
    if (*sid != XSM_SID_NONE)
        return 0;
    if (*left == 0)
        return -ENOSPC;
    --*left;
    return flask_context_sid(policy, context, sid);
}

int xsm_context_to_sid(struct xsm_engine *engine, const char *context, size_t length,
                       uint32_t *left, xsm_sid *sid)
{
    const struct flask_table *table = xsm_table(engine);
    struct flask_context parsed;
    int error;

    *sid = XSM_SID_NONE;
    if (table == NULL)
        return -ENOENT;
    error = flask_parse_context(table->policy, context, length, *left > 0, &parsed);
    return error != 0 ? error : number_context(table->policy, parsed, left, sid);
}

static int check_arguments(const struct flask_table *table, xsm_sid source, xsm_sid target,
                           uint32_t class_value)
{
    if (table == NULL)
        return -ENOENT;
    if (!is_known(table->policy, source) || !is_known(table->policy, target) || class_value == 0 ||
        class_value > table->policy->nr_classes)
        return -EINVAL;
    return 0;
}

int xsm_compute_access(const struct xsm_engine *engine, xsm_sid source, xsm_sid target,
                       uint32_t class_value, struct xsm_access *access)
{
    const struct flask_table *table = xsm_table(engine);
    int error = check_arguments(table, source, target, class_value);
    struct flask_av av;

    *access = (struct xsm_access){0};
    if (error != 0)
        return error;
    av = flask_decide(table, flask_sid_context(table->policy, source),
                      flask_sid_context(table->policy, target), class_value);
    *access = (struct xsm_access){av.allowed, av.auditallow, av.auditdeny};
    return 0;
}

int xsm_compute_new(struct xsm_engine *engine, enum xsm_new kind, xsm_sid source, xsm_sid target,
                    uint32_t class_value, uint32_t *left, xsm_sid *sid)
{
    static const enum flask_new kinds[] = {[XSM_NEW_TRANSITION] = FLASK_NEW_TRANSITION,
                                           [XSM_NEW_MEMBER] = FLASK_NEW_MEMBER,
                                           [XSM_NEW_CHANGE] = FLASK_NEW_CHANGE};
    const struct flask_table *table = xsm_table(engine);
    int error = check_arguments(table, source, target, class_value);
    struct flask_context context;

    *sid = XSM_SID_NONE;
    if (error == 0)
        error = flask_new_context(table, kinds[kind], flask_sid_context(table->policy, source),
                                  flask_sid_context(table->policy, target), class_value, NULL,
                                  &context);
    return error != 0 ? error : number_context(table->policy, context, left, sid);
}
