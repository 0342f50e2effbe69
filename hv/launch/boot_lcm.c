/* SPDX-License-Identifier: BSD-2-Clause */
/* The LCM for the boot domain, without what the policy hides from it. */
#include <string.h>

#include "hv/gate/gate.h"
#include "hv/gate/policy.h"
#include "hv/launch/boot_domain.h"

static struct policy_block copy;
static bool hidden_domain[LCM_MAX_DOMAINS], hidden_module[LCM_MAX_MODULES];

const void *boot_domain_lcm(size_t *size)
{
    *size = copy.memory != NULL ? plan.lcm.blob_size : 0;
    return copy.memory;
}

void boot_domain_forget_lcm(void)
{
    if (copy.memory == NULL)
        return;
    memset(copy.memory, 0, plan.lcm.blob_size);
    policy_block_free(&copy);
}

static bool ask(const struct planned_domain *caller, enum xsm_hook hook, enum xsm_party party,
                xsm_sid object, struct xsm_verdict *verdict)
{
    struct xsm_query query;

    gate_start_query(&query, hook,
                     (struct xsm_subject){caller->domain->domid, domain_sid(caller->domain),
                                          caller->domain->roles});
    query.sid[party] = object;
    return xsm_ask(&gate_engine, &query, verdict) == 0;
}

static bool may_read(const struct planned_domain *caller, xsm_sid module)
{
    struct xsm_verdict verdict;
    bool allowed = ask(caller, XSM_HOOK_module_read, XSM_PARTY_module, module, &verdict);

    audit_verdict(caller->domain, &verdict);
    return allowed;
}

/* What is left out of a list isn't recorded: as gate_shows(). */
static bool may_see(const struct planned_domain *caller, enum xsm_hook hook, enum xsm_party party,
                    xsm_sid object)
{
    struct xsm_verdict verdict;
    bool allowed = ask(caller, hook, party, object, &verdict);

    if (allowed)
        audit_verdict(caller->domain, &verdict);
    return allowed;
}

/* Of a domain that has failed nothing is known that could be asked about. */
static xsm_sid label_of(unsigned int domain)
{
    return plan.lcm.domain[domain].failed ? XSM_INITIAL_UNLABELED
                                          : plan.domain[domain].assignment.sid;
}

static void find_hidden(const struct planned_domain *planned)
{
    for (unsigned int i = 0; i < plan.lcm.nr_domains; i++)
        hidden_domain[i] =
            !may_see(planned, XSM_HOOK_lcm_see_domain, XSM_PARTY_target,
                     &plan.domain[i] == planned ? domain_self_sid(planned->domain) : label_of(i));
    for (unsigned int i = 0; i < plan.lcm.nr_modules; i++) {
        int number = plan.lcm.module[i].boot_module;

        hidden_module[i] = !may_see(planned, XSM_HOOK_lcm_see_module, XSM_PARTY_module,
                                    number < 0 ? XSM_INITIAL_UNLABELED : plan.module_sid[number]);
    }
}

const char *boot_domain_copy_lcm(const struct planned_domain *planned)
{
    if (!may_read(planned, plan.module_sid[0]))
        return NULL;
    if (!policy_block_make(&copy, plan.lcm.blob_size))
        return "there is no memory for a copy of the LCM";
    memcpy(copy.memory, plan.lcm.blob, plan.lcm.blob_size);
    find_hidden(planned);
    if (lcm_redact(copy.memory, &plan.lcm, hidden_domain, hidden_module) == 0)
        return NULL;
    boot_domain_forget_lcm();
    return "the LCM can't be shown to it without what the policy hides";
}
