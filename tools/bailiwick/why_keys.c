/* SPDX-License-Identifier: BSD-2-Clause */
/* What operations need beside the policy's word, and what they do where it has no word. */
#include <string.h>

#include "tools/bailiwick/operations.h"
#include "tools/bailiwick/why.h"

static bool is_asked(const struct why *why, const struct xsm_question *question)
{
    return strcmp(question->class_name, why->class_name) == 0 &&
           strcmp(question->permission, why->permission) == 0;
}

/* Is the permission asked for, given what the policy has words for? */
static bool asks(const struct why *why, enum xsm_hook operation)
{
    const struct xsm_check *check;

    for (unsigned int i = 0; (check = xsm_row_check(operation, i)) != NULL; i++) {
        unsigned int answer = why->asked->policy->check[operation][i].answer;

        if ((answer == FLASK_ANSWER_ASK && is_asked(why, &check->ask)) ||
            (answer == FLASK_ANSWER_OTHER && is_asked(why, check->other)))
            return true;
    }
    return false;
}

static uint32_t roles_of(const struct why *why)
{
    return why->domain >= 0 ? why->asked->system->assignment[why->domain].roles : 0;
}

static void add_role(struct why *why, const struct xsm_row *row, bool *lacking)
{
    if (row->roles == XSM_WHO_ANYONE || row->roles == XSM_ROLE_HYPERVISOR)
        return;
    if (why->domain < 0)
        why_add(why, WHY_NOTE, NULL, "%s needs the role %s, too", row->name, who_words(row->roles));
    else if ((roles_of(why) & row->roles) == 0) {
        *lacking = true;
        why_add(why, WHY_KEY, NULL, "%s needs the role %s, which %s doesn't hold", row->name,
                who_words(row->roles), why->asked->system->lcm.domain[why->domain].name);
    }
}

static void add_phase(struct why *why, const struct xsm_row *row)
{
    if (row->phase == XSM_PHASE_LAUNCH)
        why_add(why, WHY_NOTE, NULL, "%s: only until the launch is finalised", row->name);
    if (row->phase == XSM_PHASE_UNSEALED)
        why_add(why, WHY_NOTE, NULL, "%s: only until the policy is sealed", row->name);
}

void why_keys(struct why *why)
{
    unsigned int operations = 0, kept = 0;

    for (unsigned int i = 0; i < XSM_NR_HOOKS; i++) {
        bool lacking = false;

        if (!asks(why, (enum xsm_hook)i))
            continue;
        add_role(why, &xsm_rows[i], &lacking);
        add_phase(why, &xsm_rows[i]);
        operations++;
        kept += lacking;
    }
    if (operations == 0)
        why_add(why, WHY_NOTE, NULL, "no operation of this version asks for %s:%s", why->class_name,
                why->permission);
    else if (kept == operations)
        why->allowed = false;
}

/* What each operation does that would ask for what the policy has no word for. */
static void add_fallback(struct why *why, enum xsm_hook operation, unsigned int index)
{
    const struct xsm_check *check = xsm_row_check(operation, index);
    const char *name = xsm_rows[operation].name;

    switch ((enum flask_answer)why->asked->policy->check[operation][index].answer) {
    case FLASK_ANSWER_OTHER:
        why_add(why, WHY_NOTE, NULL, "%s asks for %s:%s in its place", name,
                check->other->class_name, check->other->permission);
        break;
    case FLASK_ANSWER_SELF:
        why_add(why, WHY_NOTE, NULL, "%s is allowed to each domain about itself", name);
        break;
    case FLASK_ANSWER_ASK:
    case FLASK_ANSWER_DENY:
    default:
        why_add(why, WHY_NOTE, NULL, "%s is denied to all", name);
        break;
    }
}

void why_vocabulary(struct why *why, bool has_class)
{
    const struct xsm_check *check;

    if (has_class)
        why_add(why, WHY_VOCABULARY, NULL, "the policy's class %s has no permission %s",
                why->class_name, why->permission);
    else
        why_add(why, WHY_VOCABULARY, NULL, "the policy has no class %s", why->class_name);
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        for (unsigned int i = 0; (check = xsm_row_check((enum xsm_hook)hook, i)) != NULL; i++)
            if (is_asked(why, &check->ask))
                add_fallback(why, (enum xsm_hook)hook, i);
}
