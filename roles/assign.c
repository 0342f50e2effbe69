/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the LCM asks for a domain, put to the policy as questions of the launch itself: may a domain
 * with this label be created, may it hold each of these roles, may it run this kernel? All of them
 * are asked, so that an author sees every rule that is missing at once.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "roles/roles.h"

static const struct {
    uint32_t role;
    uint32_t permission, function; /* LCM bits of which one gives the role */
    enum xsm_hook hook;
    const char *name;
} roles[] = {
#define permissions_BITS(bit) (bit), 0
#define functions_BITS(bit) 0, (bit)
#define ROLE(name, NAME, source, bit)                                                              \
    {XSM_ROLE_##NAME, source##_BITS(bit), XSM_HOOK_role_##name, #name},
#include "roles/roles.def"
#undef ROLE
#undef permissions_BITS
#undef functions_BITS
};

#define RULE_SIZE 64 /* of "class:permission" */

#define NR_ROLES (sizeof(roles) / sizeof(roles[0]))

/* Everything about the domain that is being assigned. */
struct assigning {
    struct xsm_engine *engine;
    struct lcm_domain *domain;
    struct roles_assignment *assignment;
    struct roles_records *records;
    struct lcm_report *report;
    int result; /* of the first thing that went wrong */
};

static void fail(struct assigning *assigning, int error)
{
    assigning->domain->failed = true;
    if (!assigning->result)
        assigning->result = error;
}

/* Look a label up; without one, `sid` stays as it is. */
static bool find_label(struct assigning *assigning, const char *label, const char *path,
                       xsm_sid *sid)
{
    struct xsm_error error = {0};
    int result;

    if (!label)
        return true;
    if (!assigning->engine->flask) {
        lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, path,
                 "has the label %s, but no policy is loaded: add an xsm-policy module to the "
                 "config node",
                 label);
        fail(assigning, -EINVAL);
        return false;
    }
    result = xsm_label_to_sid(assigning->engine, label, sid, &error);
    if (result) {
        lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, path,
                 "the policy has no label %s: %s", label, error.text);
        fail(assigning, -EINVAL);
    }
    return result == 0;
}

/* The label of the domain: named, or the policy's default; none without a policy. */
static bool find_domain_sid(struct assigning *assigning)
{
    const struct lcm_domain *domain = assigning->domain;
    xsm_sid *sid = &assigning->assignment->sid;
    struct xsm_error error = {0};

    if (domain->security_id || !assigning->engine->flask)
        return find_label(assigning, domain->security_id, domain->path, sid);
    if (domain->has_label_of_dom0) {
        *sid = XSM_INITIAL_DOM0;
        return true;
    }
    if (xsm_default_domain_sid(assigning->engine, sid, &error) == 0)
        return true;
    lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, domain->path,
             "has no security-id, and the policy has no default label: %s", error.text);
    fail(assigning, -EINVAL);
    return false;
}

void roles_keep_records(struct roles_records *records, const struct xsm_verdict *verdict)
{
    for (unsigned int i = 0; i < verdict->nr_records && records->nr_records < ROLES_MAX_RECORDS;
         i++)
        records->record[records->nr_records++] = verdict->record[i];
}

/*
 * "bw_role:control": the class and permission that the policy would have to allow. Only the engine
 * knows, since a policy that lacks a class is asked for another.
 */
static void describe_rule(const struct assigning *assigning, const struct xsm_verdict *verdict,
                          char text[RULE_SIZE])
{
    struct xsm_rule rule;

    snprintf(text, RULE_SIZE, "see the audit record");
    for (unsigned int i = 0; i < verdict->nr_records; i++) {
        const struct xsm_record *record = &verdict->record[i];

        if (!record->denied || xsm_record_rule(assigning->engine, record, &rule) != 0)
            continue;
        snprintf(text, RULE_SIZE, "%s:%s", rule.class_name, rule.permission);
        return;
    }
}

/* Ask; if the answer is no, `rule` is what would have to be allowed. */
static bool ask(struct assigning *assigning, enum xsm_hook hook, xsm_sid module,
                char rule[RULE_SIZE])
{
    struct xsm_query query = {
        .hook = hook,
        .caller = {XSM_DOMID_NONE, XSM_INITIAL_XENBOOT, XSM_ROLE_HYPERVISOR},
        .target_domid = (uint16_t)assigning->domain->domid,
        .finalised = false, /* the crash domain, too, is built by the launch */
    };
    struct xsm_verdict verdict = {0};

    query.sid[XSM_PARTY_label] = assigning->assignment->sid;
    query.sid[XSM_PARTY_module] = module;
    if (xsm_ask(assigning->engine, &query, &verdict) == 0) {
        roles_keep_records(assigning->records, &verdict);
        return true;
    }
    roles_keep_records(assigning->records, &verdict);
    describe_rule(assigning, &verdict, rule);
    fail(assigning, -EPERM);
    return false;
}

static const char *context(const struct assigning *assigning, xsm_sid sid,
                           char text[XSM_MAX_CONTEXT])
{
    if (xsm_sid_to_context(assigning->engine, sid, text, XSM_MAX_CONTEXT) != 0 || !text[0])
        snprintf(text, XSM_MAX_CONTEXT, "(no label)");
    return text;
}

static void ask_create(struct assigning *assigning)
{
    char label[XSM_MAX_CONTEXT], rule[RULE_SIZE];

    if (ask(assigning, XSM_HOOK_domain_create, XSM_SID_NONE, rule))
        return;
    lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, assigning->domain->path,
             "the policy does not let xenboot create a domain with the label %s (%s): "
             "the policy of this system must allow it",
             context(assigning, assigning->assignment->sid, label), rule);
}

static void ask_roles(struct assigning *assigning)
{
    const struct lcm_domain *domain = assigning->domain;
    char label[XSM_MAX_CONTEXT], rule[RULE_SIZE];

    for (size_t i = 0; i < NR_ROLES; i++) {
        if (!(domain->permissions & roles[i].permission) &&
            !(domain->functions & roles[i].function))
            continue;
        if (ask(assigning, roles[i].hook, XSM_SID_NONE, rule))
            assigning->assignment->roles |= roles[i].role;
        else
            lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, domain->path,
                     "the policy does not let xenboot give the label %s the role %s (%s): "
                     "the policy of this system must allow it",
                     context(assigning, assigning->assignment->sid, label), roles[i].name, rule);
    }
}

static void ask_kernel(struct assigning *assigning)
{
    const struct lcm_module *kernel = assigning->domain->kernel;
    xsm_sid sid = assigning->engine->flask ? XSM_INITIAL_BW_KERNEL : XSM_SID_NONE;
    char label[XSM_MAX_CONTEXT], module[XSM_MAX_CONTEXT], rule[RULE_SIZE];

    if (!kernel || !find_label(assigning, kernel->security_id, kernel->path, &sid))
        return;
    if (ask(assigning, XSM_HOOK_kernel_execute, sid, rule))
        return;
    lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, kernel->path,
             "the policy does not let the label %s run a kernel with the label %s (%s): "
             "the policy of this system must allow it",
             context(assigning, assigning->assignment->sid, label), context(assigning, sid, module),
             rule);
}

/* Nothing is asked about these, but a label that the policy lacks is a mistake anywhere. */
static void find_other_labels(struct assigning *assigning)
{
    const struct lcm_domain *domain = assigning->domain;
    const struct lcm_module *others[] = {domain->ramdisk, domain->device_tree, domain->config};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        xsm_sid sid;

        if (others[i])
            find_label(assigning, others[i]->security_id, others[i]->path, &sid);
    }
}

/* What is allowed here is a domain's label from now on, and channels to it need labels, too. */
static void prepare(struct assigning *assigning)
{
    if (xsm_prepare_domain(assigning->engine, assigning->assignment->sid) == 0)
        return;
    lcm_find(assigning->report, LCM_DOMAIN_ERROR, assigning->domain, assigning->domain->path,
             "there are too many labels: none is left for the event channels of this domain");
    fail(assigning, -ENOSPC);
}

int roles_assign(struct xsm_engine *engine, struct lcm_domain *domain,
                 struct roles_assignment *assignment, struct roles_records *records,
                 struct lcm_report *report)
{
    struct assigning assigning = {
        .engine = engine,
        .domain = domain,
        .assignment = assignment,
        .records = records,
        .report = report,
    };

    memset(assignment, 0, sizeof(*assignment));
    records->nr_records = 0;
    find_other_labels(&assigning);
    /* Without a label there is nothing to ask about. */
    if (!find_domain_sid(&assigning))
        return assigning.result;
    ask_create(&assigning);
    ask_roles(&assigning);
    ask_kernel(&assigning);
    if (!assigning.result)
        prepare(&assigning);
    return assigning.result;
}
