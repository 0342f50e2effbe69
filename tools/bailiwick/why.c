/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/why.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/expression.h"

/* For people, and for programs. */
static const char *const kinds[][2] = {
    [WHY_RULE] = {"rule", "rule"},
    [WHY_MISSING] = {"missing rule", "missing_rule"},
    [WHY_CONDITION] = {"rule that is off", "condition"},
    [WHY_BOUND] = {"bound", "bound"},
    [WHY_CONSTRAINT] = {"constraint", "constraint"},
    [WHY_ROLE] = {"missing role rule", "role_rule"},
    [WHY_VOCABULARY] = {"no such word", "vocabulary"},
    [WHY_KEY] = {"role key", "role_key"},
    [WHY_NOTE] = {"note", "note"},
};

const char *why_kind_name(enum why_kind kind, bool for_programs)
{
    return kinds[kind][for_programs];
}

void why_add(struct why *why, enum why_kind kind, const char *place, const char *format, ...)
{
    struct why_reason *reason = &why->reason[why->nr_reasons];
    va_list arguments;
    size_t size;
    FILE *out;

    if (why->nr_reasons == WHY_MAX_REASONS) {
        why->nr_more++;
        return;
    }
    *reason = (struct why_reason){.kind = kind, .place = place};
    out = open_memstream(&reason->text, &size);
    if (!out)
        return;
    va_start(arguments, format);
    vfprintf(out, format, arguments);
    va_end(arguments);
    fclose(out);
    why->nr_reasons++;
}

void why_free(struct why *why)
{
    for (unsigned int i = 0; i < why->nr_reasons; i++)
        free(why->reason[i].text);
    lines_free(&why->lines);
}

static void ask_role_change(struct why *why, const struct flask_class *class, uint32_t permission)
{
    const struct flask_policy *policy = why->asked->policy;
    unsigned int from = why->source.context.role, to = why->target.context.role;

    if ((class->role_change & permission) == 0 || from == to ||
        flask_role_allowed(policy, from, to))
        return;
    why->allowed = false;
    why_add(why, WHY_ROLE, NULL, "allow %s %s;", policy->role[from - 1].name,
            policy->role[to - 1].name);
}

/* Where it is among the constraints of this permission, as policy/lines counts: the last first. */
static unsigned int constraint_index(const struct flask_class *class, uint32_t number,
                                     uint32_t permission)
{
    unsigned int index = 0;

    for (uint32_t i = number + 1; i < class->nr_constraints; i++)
        index += (class->constraint[i].permissions & permission) != 0;
    return index;
}

static void add_constraint(struct why *why, const struct flask_class *class, uint32_t number,
                           uint32_t permission, struct flask_context source,
                           struct flask_context target)
{
    const struct flask_constraint *constraint = &class->constraint[number];
    char *whole = expression_constraint(why->asked->policy, constraint);
    char *failing = expression_failing(why->asked->policy, constraint, source, target);
    const char *place = lines_find_constraint(&why->lines, class->name, why->permission,
                                              constraint_index(class, number, permission));

    why->allowed = false;
    why_add(why, WHY_CONSTRAINT, place, "constrain %s %s (%s); fails: %s, from %s to %s",
            class->name, why->permission, whole ? whole : "", failing ? failing : "",
            asked_text(why->asked, source), asked_text(why->asked, target));
    free(whole);
    free(failing);
}

/* As flask_constrained() asks: the source's parents have to hold to them, too. */
static void ask_constraints(struct why *why, const struct flask_class *class, uint32_t permission)
{
    const struct flask_policy *policy = why->asked->policy;
    struct flask_context source = why->source.context, target = why->target.context;

    for (unsigned int depth = 0; depth <= FLASK_MAX_BOUNDS && source.type != 0; depth++) {
        for (uint32_t i = 0; i < class->nr_constraints; i++)
            if ((class->constraint[i].permissions & permission) != 0 &&
                !flask_satisfied(policy, &class->constraint[i], source, target, source))
                add_constraint(why, class, i, permission, source, target);
        source.type = policy->type[source.type - 1].bounds;
        if (policy->type[target.type - 1].bounds != 0)
            target.type = policy->type[target.type - 1].bounds;
    }
}

static void note_permissive(struct why *why)
{
    const struct flask_type *type = &why->asked->policy->type[why->source.context.type - 1];

    if (type->permissive)
        why_add(why, WHY_NOTE, NULL,
                "type %s is permissive: what it is denied is done and recorded", type->name);
}

static void note_guess(struct why *why, const struct flask_class *class, uint32_t permission)
{
    if ((class->constrained & permission) != 0 && (!why->source.certain || !why->target.certain))
        why_add(why, WHY_NOTE, NULL,
                "a constraint looks at user, role or range, which were taken to be %s and %s: name "
                "full contexts to ask about others",
                asked_text(why->asked, why->source.context),
                asked_text(why->asked, why->target.context));
}

/* Who asks about the event channels of two domains means the labels of their ends. */
static void note_channel(struct why *why, unsigned int class_value)
{
    const struct flask_policy *policy = why->asked->policy;
    xsm_sid source = flask_find_sid(policy, why->source.context);
    xsm_sid target = flask_find_sid(policy, why->target.context), channel;

    if (class_value != policy->event_class || source == XSM_SID_NONE || target == XSM_SID_NONE ||
        !flask_is_domain_label(policy, source) || !flask_is_domain_label(policy, target) ||
        xsm_channel_sid(why->asked->engine, source, target, &channel) != 0)
        return;
    why_add(why, WHY_NOTE, NULL,
            "ends of channels have labels of their own: that of %s towards %s is %s",
            policy->type[why->source.context.type - 1].name,
            policy->type[why->target.context.type - 1].name,
            policy->type[flask_sid_context(policy, channel).type - 1].name);
}

void why_ask(struct why *why)
{
    const struct flask_policy *policy = why->asked->policy;
    unsigned int value = flask_find_class(policy, why->class_name, strlen(why->class_name));
    const struct flask_class *class = value != 0 ? &policy->class[value - 1] : NULL;
    uint32_t permission = class ? flask_find_permission(class, why->permission) : 0;

    lines_load(why->asked, &why->lines);
    if (permission == 0) {
        why_vocabulary(why, class != NULL);
        return;
    }
    why->allowed = why_rules(why, value, permission);
    ask_role_change(why, class, permission);
    ask_constraints(why, class, permission);
    if (!why->allowed)
        note_permissive(why);
    why_keys(why);
    note_channel(why, value);
    note_guess(why, class, permission);
}
