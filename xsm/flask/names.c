/* SPDX-License-Identifier: BSD-2-Clause */
/* Values by name, and the checks of hooks.def matched with a policy's classes and permissions. */
#include "xsm/flask/flask.h"

#include <string.h>

#include "xsm/hooks.h"

static bool is_named(const char *name, const char *wanted, size_t length)
{
    return name != NULL && strlen(name) == length && memcmp(name, wanted, length) == 0;
}

unsigned int flask_find_class(const struct flask_policy *policy, const char *name, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_classes; i++)
        if (is_named(policy->class[i].name, name, length))
            return i + 1;
    return 0;
}

unsigned int flask_find_user(const struct flask_policy *policy, const char *name, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_users; i++)
        if (is_named(policy->user[i].name, name, length))
            return i + 1;
    return 0;
}

unsigned int flask_find_role(const struct flask_policy *policy, const char *name, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_roles; i++)
        if (is_named(policy->role[i].name, name, length))
            return i + 1;
    return 0;
}

static unsigned int find_alias(const struct flask_alias *alias, unsigned int count,
                               const char *name, size_t length)
{
    for (unsigned int i = 0; i < count; i++)
        if (is_named(alias[i].name, name, length))
            return alias[i].value;
    return 0;
}

unsigned int flask_find_type(const struct flask_policy *policy, const char *name, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_types; i++)
        if (!policy->type[i].attribute && is_named(policy->type[i].name, name, length))
            return i + 1;
    return find_alias(policy->type_alias, policy->nr_type_aliases, name, length);
}

unsigned int flask_find_attribute(const struct flask_policy *policy, const char *name,
                                  size_t length)
{
    for (unsigned int i = 0; i < policy->nr_types; i++)
        if (policy->type[i].attribute && is_named(policy->type[i].name, name, length))
            return i + 1;
    return 0;
}

unsigned int flask_find_boolean(const struct flask_policy *policy, const char *name, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_booleans; i++)
        if (is_named(policy->boolean[i].name, name, length))
            return i + 1;
    return 0;
}

unsigned int flask_find_sensitivity(const struct flask_policy *policy, const char *name,
                                    size_t length)
{
    for (unsigned int i = 0; i < policy->nr_sensitivities; i++)
        if (is_named(policy->sensitivity[i].name, name, length))
            return i + 1;
    return find_alias(policy->sensitivity_alias, policy->nr_sensitivity_aliases, name, length);
}

unsigned int flask_find_category(const struct flask_policy *policy, const char *name, size_t length)
{
    for (unsigned int i = 0; i < policy->nr_categories; i++)
        if (is_named(policy->category[i], name, length))
            return i + 1;
    return find_alias(policy->category_alias, policy->nr_category_aliases, name, length);
}

uint32_t flask_find_permission(const struct flask_class *class, const char *name)
{
    for (unsigned int i = 0; i < FLASK_PERMISSIONS; i++)
        if (class->permission[i] != NULL && strcmp(class->permission[i], name) == 0)
            return 1u << i;
    return 0;
}

/* Can the policy answer this question? Then `check` says by which class and permission. */
static bool find_question(const struct flask_policy *policy, const struct xsm_question *question,
                          struct flask_check *check)
{
    const char *name = question->class_name;
    unsigned int value = flask_find_class(policy, name, strlen(name));

    if (value == 0)
        return false;
    check->class_value = (uint8_t)value;
    check->permission = flask_find_permission(&policy->class[value - 1], question -> permission);
    return check->permission != 0;
}

static struct flask_check map_check(const struct flask_policy *policy, const struct xsm_check *row)
{
    struct flask_check check = {0};

    if (find_question(policy, &row->ask, &check))
        check.answer = FLASK_ANSWER_ASK;
    else if (row->fallback == XSM_OR_SELF)
        check.answer = FLASK_ANSWER_SELF;
    else if (row->fallback == XSM_OR_OTHER && find_question(policy, row->other, &check))
        check.answer = FLASK_ANSWER_OTHER;
    else
        check.answer = FLASK_ANSWER_DENY;
    return check;
}

void flask_map_checks(struct flask_policy *policy)
{
    policy->event_class = flask_find_class(policy, "event", strlen("event"));
    policy->domain_class = flask_find_class(policy, "domain", strlen("domain"));
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++) {
        const struct xsm_check *row;

        for (unsigned int i = 0; (row = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++)
            policy->check[hook][i] = map_check(policy, row);
    }
}
