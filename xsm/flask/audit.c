/* SPDX-License-Identifier: BSD-2-Clause */
/* Audit records as text; engine.h has the form. */
#include "xsm/flask/flask.h"

#include <errno.h>

#include "xsm/coverage.h"
#include "xsm/hooks.h"
#include "xsm/policy.h"
#include "xsm/roles_engine.h"
#include "xsm/text.h"

struct role_name {
    uint32_t role;
    const char *name;
};

static const struct role_name role_names[] = {
    {XSM_ROLE_CONTROL, "control"},   {XSM_ROLE_HARDWARE, "hardware"},
    {XSM_ROLE_BOOT, "boot"},         {XSM_ROLE_CRASH, "crash"},
    {XSM_ROLE_CONSOLE, "console"},   {XSM_ROLE_XENSTORE, "xenstore"},
    {XSM_ROLE_HYPERVISOR, "launch"}, {XSM_WHO_SELF, "self"},
    {XSM_WHO_PEERS, "peer"},         {XSM_WHO_ANYONE, "anyone"},
};

static void append_roles(struct xsm_text *out, const char *key, uint32_t roles)
{
    const char *before = "";

    xsm_append(out, " %s=", key);
    for (size_t i = 0; i < sizeof(role_names) / sizeof(role_names[0]); i++) {
        if ((roles & role_names[i].role) == 0)
            continue;
        xsm_append(out, "%s%s", before, role_names[i].name);
        before = ",";
    }
    if (before[0] == '\0')
        xsm_append(out, "none");
}

static void append_domids(struct xsm_text *out, const struct xsm_record *record)
{
    if (record->domid == XSM_DOMID_NONE)
        xsm_append(out, "domid=xen");
    else
        xsm_append(out, "domid=%u", record->domid);
    if (record->target_domid != XSM_DOMID_NONE)
        xsm_append(out, " target=%u", record->target_domid);
    xsm_append(out, " hook=%s", xsm_hook_name(record->hook));
}

static void append_context(const struct xsm_engine *engine, struct xsm_text *out, const char *key,
                           xsm_sid sid)
{
    char context[XSM_MAX_CONTEXT];

    if (xsm_table(engine) == NULL)
        return;
    xsm_sid_to_context(engine, sid, context, sizeof(context));
    xsm_append(out, " %s=%s", key, context);
}

/* What was asked: the policy's way of asking, which may be the row's second. NULL: nothing was. */
static const struct xsm_question *question_of(const struct xsm_engine *engine,
                                              const struct xsm_record *record)
{
    const struct xsm_check *check;

    if ((unsigned int)record->hook >= XSM_NR_HOOKS || xsm_table(engine) == NULL)
        return NULL;
    check = xsm_row_check(record->hook, record->check);
    if (check == NULL)
        return NULL;
    if (xsm_table(engine)->policy->check[record->hook][record->check].answer == FLASK_ANSWER_OTHER)
        return check->other;
    return &check->ask;
}

int xsm_record_rule(const struct xsm_engine *engine, const struct xsm_record *record,
                    struct xsm_rule *rule)
{
    const struct xsm_question *question = NULL;

    if (record->key == XSM_KEY_FLASK)
        question = question_of(engine, record);
    if (question == NULL)
        return -ENOENT;
    rule->class_name = question->class_name;
    rule->permission = question->permission;
    xsm_sid_to_context(engine, record->subject, rule->subject, sizeof(rule->subject));
    xsm_sid_to_context(engine, record->object, rule->object, sizeof(rule->object));
    return 0;
}

static void format_flask(const struct xsm_engine *engine, const struct xsm_record *record,
                         struct xsm_text *out)
{
    const struct xsm_question *question = question_of(engine, record);

    if (question == NULL)
        return;
    xsm_append(out, "avc:  %s  { %s } for ", record->denied ? "denied" : "granted",
               question->permission);
    append_domids(out, record);
    xsm_append(out, " key=flask");
    append_context(engine, out, "scontext", record->subject);
    append_context(engine, out, "tcontext", record->object);
    xsm_append(out, " tclass=%s permissive=%d", question->class_name, record->permissive);
    if (xsm_table(engine)->policy->check[record->hook][record->check].answer < FLASK_ANSWER_ASK)
        xsm_append(out, " unknown=%s", question->permission);
}

static void format_role(const struct xsm_engine *engine, const struct xsm_record *record,
                        struct xsm_text *out)
{
    xsm_append(out, "role:  denied  { %s } for ", xsm_hook_name(record->hook));
    append_domids(out, record);
    xsm_append(out, " key=role");
    append_roles(out, "holds", record->roles);
    append_roles(out, "needs", xsm_roles_needed(xsm_table(engine) != NULL, record->hook));
    append_context(engine, out, "scontext", record->subject);
}

static void format_phase(const struct xsm_engine *engine, const struct xsm_record *record,
                         struct xsm_text *out)
{
    xsm_append(out, "phase:  denied  { %s } for ", xsm_hook_name(record->hook));
    append_domids(out, record);
    xsm_append(out, " key=phase");
    append_context(engine, out, "scontext", record->subject);
}

size_t xsm_format_record(const struct xsm_engine *engine, const struct xsm_record *record,
                         char *text, size_t size)
{
    struct xsm_text out = xsm_text(text, size);

    if ((unsigned int)record->hook >= XSM_NR_HOOKS)
        return 0;
    switch (record->key) {
    case XSM_KEY_ROLE:
        format_role(engine, record, &out);
        break;
    case XSM_KEY_PHASE:
        format_phase(engine, record, &out);
        break;
    case XSM_KEY_FLASK:
    default:
        format_flask(engine, record, &out);
        break;
    }
    return out.used;
}

size_t xsm_format_covered(const struct xsm_engine *engine, const struct xsm_covered *covered,
                          char *text, size_t size)
{
    static const char *const verdict[] = {"denied", "granted", "permissive"};
    const struct xsm_record record = {.hook = covered->hook, .check = (uint8_t)covered->check};
    const struct xsm_question *question = question_of(engine, &record);
    struct xsm_text out = xsm_text(text, size);

    if (question == NULL)
        return 0;
    xsm_append(&out, "covered:  %s  { %s } for hook=%s", verdict[covered->verdict % 3],
               question->permission, xsm_hook_name(covered->hook));
    append_context(engine, &out, "scontext", covered->subject);
    append_context(engine, &out, "tcontext", covered->object);
    xsm_append(&out, " tclass=%s check=%u", question->class_name, covered->check);
    return out.used;
}
