/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/fake_engine.h"

struct fake_engine fake_engine;

void fake_engine_reset(void)
{
    memset(&fake_engine, 0, sizeof(fake_engine));
}

const struct xsm_query *fake_engine_asked(enum xsm_hook hook)
{
    for (unsigned int i = 0; i < fake_engine.nr_queries; i++) {
        if (fake_engine.query[i].hook == hook)
            return &fake_engine.query[i];
    }
    return NULL;
}

int xsm_label_to_sid(struct xsm_engine *engine, const char *label, xsm_sid *sid,
                     struct xsm_error *error)
{
    if (!engine->flask)
        return -ENOENT;
    for (unsigned int i = 0; engine->flask->label[i]; i++) {
        if (strcmp(engine->flask->label[i], label) == 0) {
            *sid = FAKE_FIRST_SID + i;
            return 0;
        }
    }
    snprintf(error->text, sizeof(error->text), "no such type");
    return -EINVAL;
}

int xsm_default_domain_sid(struct xsm_engine *engine, xsm_sid *sid, struct xsm_error *error)
{
    if (!engine->flask->default_label) {
        snprintf(error->text, sizeof(error->text), "no domu_t");
        return -EINVAL;
    }
    return xsm_label_to_sid(engine, engine->flask->default_label, sid, error);
}

int xsm_sid_to_context(const struct xsm_engine *engine, xsm_sid sid, char *text, size_t size)
{
    if (!engine->flask)
        snprintf(text, size, "%s", "");
    else if (sid >= FAKE_FIRST_SID)
        snprintf(text, size, "u:r:%s", engine->flask->label[sid - FAKE_FIRST_SID]);
    else
        snprintf(text, size, "initial-%u", sid);
    return 0;
}

int xsm_prepare_domain(struct xsm_engine *engine, xsm_sid sid)
{
    (void)engine;
    fake_engine.prepared = sid;
    return fake_engine.no_labels_left ? -ENOSPC : 0;
}

static void add_record(struct xsm_verdict *verdict, const struct xsm_query *query, bool denied)
{
    verdict->record[verdict->nr_records++] = (struct xsm_record){
        .hook = query->hook,
        .key = XSM_KEY_FLASK,
        .denied = denied,
        .domid = query->caller.domid,
        .target_domid = query->target_domid,
        .roles = query->caller.roles,
        .subject = query->caller.sid,
        .object = query->sid[XSM_PARTY_label],
    };
}

int xsm_ask(const struct xsm_engine *engine, const struct xsm_query *query,
            struct xsm_verdict *verdict)
{
    memset(verdict, 0, sizeof(*verdict));
    if (fake_engine.nr_queries < FAKE_MAX_QUERIES)
        fake_engine.query[fake_engine.nr_queries++] = *query;
    verdict->allowed = true;
    if (!engine->flask)
        return 0;
    for (unsigned int i = 0; i < engine->flask->records_per_query; i++)
        add_record(verdict, query, false);
    if (!engine->flask->refuse[query->hook])
        return 0;
    add_record(verdict, query, true);
    verdict->denied_by[XSM_KEY_FLASK] = true;
    verdict->allowed = engine->flask->permissive[query->hook];
    verdict->record[verdict->nr_records - 1].permissive = verdict->allowed;
    return verdict->allowed ? 0 : -EPERM;
}

/* The row's class and permission, as far as the launch asks for them. */
int xsm_record_rule(const struct xsm_engine *engine, const struct xsm_record *record,
                    struct xsm_rule *rule)
{
    enum xsm_hook hook = engine->flask->lacks_our_classes ? XSM_HOOK_domain_create : record->hook;

    if (record->key != XSM_KEY_FLASK)
        return -ENOENT;
    *rule = (struct xsm_rule){.class_name = "domain", .permission = "create"};
    if (hook == XSM_HOOK_role_control || hook == XSM_HOOK_role_console) {
        rule->class_name = "bw_role";
        rule->permission = hook == XSM_HOOK_role_control ? "control" : "console";
    } else if (hook == XSM_HOOK_kernel_execute) {
        rule->class_name = "bw_module";
        rule->permission = "execute";
    }
    return 0;
}

bool xsm_refuses_all(const struct xsm_engine *engine)
{
    for (unsigned int hook = 0; hook < XSM_NR_HOOKS; hook++)
        if (engine->flask->permissive[hook])
            return false;
    return true;
}
