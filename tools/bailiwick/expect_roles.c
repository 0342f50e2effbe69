/* SPDX-License-Identifier: BSD-2-Clause */
/* The roles of domains: those that the LCM asks for, and whether the policy gives them. */
#include <stdio.h>
#include <string.h>

#include "tools/bailiwick/expect.h"

static const struct {
    const char *name;
    uint32_t role, permissions, functions;
} roles[] = {
#define permissions(bit) .permissions = (bit)
#define functions(bit) .functions = (bit)
#define ROLE(name, NAME, source, bit) {#name, XSM_ROLE_##NAME, source(bit)},
#include "roles/roles.def"
#undef ROLE
#undef permissions
#undef functions
};
#define NR_ROLES (sizeof(roles) / sizeof(roles[0]))

uint32_t expect_role(const char *name)
{
    for (size_t i = 0; i < NR_ROLES; i++)
        if (strcmp(name, roles[i].name) == 0)
            return roles[i].role;
    return 0;
}

uint32_t expect_lcm_roles(const struct lcm_domain *domain)
{
    uint32_t held = 0;

    for (size_t i = 0; i < NR_ROLES; i++)
        if ((domain->permissions & roles[i].permissions) != 0 ||
            (domain->functions & roles[i].functions) != 0)
            held |= roles[i].role;
    return held;
}

unsigned int expect_check_domains(const struct asked *asked)
{
    unsigned int failed = 0;

    for (unsigned int i = 0; asked->system && i < asked->system->lcm.nr_domains; i++) {
        const struct lcm_domain *domain = &asked->system->lcm.domain[i];
        uint32_t refused = expect_lcm_roles(domain) & ~asked->system->assignment[i].roles;
        char names[80];

        if (asked->system->assignment[i].sid != XSM_SID_NONE && refused == 0)
            continue;
        failed++;
        if (refused != 0)
            fprintf(stderr,
                    "%s: %s: the policy does not give it the role %s, which the LCM asks "
                    "for",
                    asked->system->file, domain->path, roles_names(refused, names, sizeof(names)));
        else
            fprintf(stderr, "%s: %s: the policy lacks its label", asked->system->file,
                    domain->path);
        fprintf(stderr, "; `bailiwick check` says more\n");
    }
    return failed;
}
