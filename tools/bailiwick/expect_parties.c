/* SPDX-License-Identifier: BSD-2-Clause */
/* Everybody whom an expectation can be about. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/expect.h"

#define NR_TEXTS 4u
#define TEXT_SIZE 320u
#define ALL_ROLES                                                                                  \
    (XSM_ROLE_CONTROL | XSM_ROLE_HARDWARE | XSM_ROLE_BOOT | XSM_ROLE_CRASH | XSM_ROLE_CONSOLE |    \
     XSM_ROLE_XENSTORE | XSM_ROLE_HYPERVISOR)

const char *expect_party_text(const struct expect *expect, unsigned int party)
{
    static char texts[NR_TEXTS][TEXT_SIZE];
    static unsigned int next;
    char *text = texts[next++ % NR_TEXTS];
    const struct expect_party *who = &expect->party[party];
    const char *type = expect->asked->policy->type[who->context.type - 1].name;

    if (who->domain >= 0)
        snprintf(text, TEXT_SIZE, "%.64s (%.200s)",
                 expect->asked->system->lcm.domain[who->domain].name, type);
    else
        snprintf(text, TEXT_SIZE, "%.200s", type);
    return text;
}

uint16_t expect_domid(const struct expect *expect, const struct expect_party *party)
{
    return party->domain >= 0 ? (uint16_t)expect->asked->system->lcm.domain[party->domain].domid
                              : XSM_DOMID_NONE;
}

bool expect_launch_seals(const struct expect *expect)
{
    const struct lcm_module *policy = expect->asked->system->lcm.policy;

    return policy != NULL && policy->seal;
}

uint32_t expect_roles(const struct expect *expect, const struct expect_party *party)
{
    return party->domain >= 0 ? expect->asked->system->assignment[party->domain].roles : ALL_ROLES;
}

/* Is there a transition for ends of channels that domains of this type make? */
static bool has_channels(const struct flask_policy *policy, unsigned int type)
{
    for (unsigned int i = 0; i < policy->nr_rules; i++)
        if (policy->rule[i].kind == FLASK_RULE_TRANSITION &&
            policy->rule[i].class_value == policy->event_class &&
            flask_has(policy, type, policy->rule[i].source))
            return true;
    return false;
}

static void add(struct expect *expect, struct flask_context context, int domain, bool certain)
{
    const struct flask_policy *policy = expect->asked->policy;

    expect->party[expect->nr_parties++] =
        (struct expect_party){.context = context,
                              .domain = domain,
                              .certain = certain,
                              .has_channels = policy->event_class != 0 &&
                                              (domain >= 0 || has_channels(policy, context.type))};
}

static bool is_type_of_domain(const struct expect *expect, unsigned int type)
{
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (expect->party[i].domain >= 0 && expect->party[i].context.type == type)
            return true;
    return false;
}

int expect_list_parties(struct expect *expect)
{
    const struct asked *asked = expect->asked;

    expect->party = calloc(EXPECT_MAX_PARTIES, sizeof(*expect->party));
    if (!expect->party) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        return -ENOMEM;
    }
    for (unsigned int i = 0; asked->system && i < asked->system->lcm.nr_domains; i++)
        if (asked->system->assignment[i].sid != XSM_SID_NONE)
            add(expect, flask_sid_context(asked->policy, asked->system->assignment[i].sid), (int)i,
                true);
    for (unsigned int type = 1; type <= asked->policy->nr_types; type++)
        if (!asked->policy->type[type - 1].attribute && !is_type_of_domain(expect, type))
            add(expect, asked->type[type - 1].context, -1, asked->type[type - 1].certain);
    return 0;
}

unsigned int expect_named_party(struct expect *expect, struct flask_context context)
{
    for (unsigned int i = 0; i < expect->nr_parties; i++)
        if (flask_pack(expect->party[i].context) == flask_pack(context))
            return i;
    if (expect->nr_parties < EXPECT_MAX_PARTIES)
        add(expect, context, -1, true);
    return expect->nr_parties - 1;
}
