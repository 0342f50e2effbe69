/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of domain nodes, how the domain gets CPUs.
 */
#include <inttypes.h>
#include <string.h>

#include "lcm/node.h"

static void read_cpus(const struct lcm_node *node)
{
    uint32_t cpus = 1;

    if (lcm_node_u32(node, "cpus", &cpus) && cpus == 0)
        lcm_node_fault(node, "cpus is 0: a domain has at least one");
    node->domain->cpus = cpus ? cpus : 1;
}

static void read_kind(const struct lcm_node *node)
{
    const char *kind = "shared";

    lcm_node_string(node, "scheduling", &kind);
    if (strcmp(kind, "dedicated") == 0)
        node->domain->scheduling = LCM_DEDICATED;
    else if (strcmp(kind, "shared") != 0)
        lcm_node_fault(node, "scheduling is \"%s\": it takes \"shared\" or \"dedicated\"", kind);
}

static void read_weight(const struct lcm_node *node)
{
    uint32_t weight;

    if (!lcm_node_u32(node, "weight", &weight))
        return;
    if (weight == 0 || weight > LCM_MAX_WEIGHT)
        lcm_node_fault(node,
                       "weight is %u: it takes a number from 1 to %u, without it a domain has %u",
                       weight, LCM_MAX_WEIGHT, LCM_DEFAULT_WEIGHT);
    else
        node->domain->weight = weight;
}

/* More than all of its vCPUs can use would be no cap: a mistake, such as one of the unit. */
static void read_cap(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;
    uint64_t most = (uint64_t)LCM_CAP_OF_CPU * domain->cpus;
    uint32_t cap = 0;

    if (lcm_node_u32(node, "cap", &cap) && cap > most)
        lcm_node_fault(node,
                       "cap is %u: it takes percent of one CPU, with cpus = <%u> at most %" PRIu64
                       ", and 0 is no cap",
                       cap, domain->cpus, most);
    else
        domain->cap = cap;
}

static void note_unused(const struct lcm_node *node, const char *property)
{
    size_t size;

    if (lcm_node_bytes(node, property, &size))
        lcm_node_notice(node, "%s is not used: a dedicated domain has its CPUs for itself",
                        property);
}

void lcm_parse_scheduling(const struct lcm_node *node)
{
    read_cpus(node);
    read_kind(node);
    node->domain->weight = LCM_DEFAULT_WEIGHT;
    if (node->domain->scheduling == LCM_DEDICATED) {
        note_unused(node, "weight");
        note_unused(node, "cap");
        return;
    }
    read_weight(node);
    read_cap(node);
}
