/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What Xen's dom0less binding lets a domain ask for, and isn't given here. In both bindings: who
 * moves a domain from one to the other must not lose what it asked for.
 */
#include <string.h>

#include "lcm/node.h"

enum answer { PASS, SKIP, REFUSE };

struct request {
    const char *property;
    enum answer answer;
    const char *granted; /* bytes of the value that asks for nothing special, or NULL */
    size_t granted_size;
    const char *text;
};

#define NOTHING NULL, 0
#define CELL(number) (const char[]){0, 0, 0, (number)}, 4
#define TEXT(string) string, sizeof(string)

#define REFUSED(property, granted, text) {property, REFUSE, granted, text},
#define SKIPPED(property, granted, text) {property, SKIP, granted, text},
#define PART(property) {property, PASS, NOTHING, NULL},
static const struct request requests[] = {
#include "lcm/requests.def"
};
#undef REFUSED
#undef SKIPPED
#undef PART

static void refuse(const struct lcm_node *node, const char *property, const char *what)
{
    lcm_node_fault(node, "%s asks for %s, which this version doesn't give", property, what);
}

static void look_at(const struct lcm_node *node, const struct request *request)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, request->property, &size);

    if (!bytes)
        return;
    if (request->granted && size == request->granted_size &&
        memcmp(bytes, request->granted, size) == 0)
        return;
    if (request->answer == REFUSE)
        refuse(node, request->property, request->text);
    else if (request->answer == SKIP)
        lcm_node_notice(node, "%s is not used: %s", request->property, request->text);
}

/* Xen's own default is none of its interfaces; here they are all that a domain has. */
static void read_enhanced(const struct lcm_node *node)
{
    static const char *const granted[] = {"", "enabled", "legacy", "no-xenstore"};
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "xen,enhanced", &size);
    const char *value = "";

    if (!bytes) {
        if (node->walk->lcm->dom0less)
            lcm_node_notice(node, "no xen,enhanced: the domain has Xen's interfaces all the same, "
                                  "as far as its policy goes");
        return;
    }
    if (size == 0 || !lcm_node_string(node, "xen,enhanced", &value))
        return;
    for (size_t i = 0; i < sizeof(granted) / sizeof(granted[0]); i++) {
        if (strcmp(value, granted[i]) == 0)
            return;
    }
    lcm_node_fault(node,
                   "xen,enhanced is \"%s\": every domain has Xen's interfaces, and the policy says "
                   "what it may do with them",
                   value);
}

/* A number other than what there is does no harm; none at all is meant to keep domains apart. */
static void read_grants(const struct lcm_node *node, const char *property)
{
    uint32_t frames;

    if (!lcm_node_u32(node, property, &frames))
        return;
    if (frames == 0)
        lcm_node_fault(node,
                       "%s is 0: a grant table is never left out, the policy says who may "
                       "use it",
                       property);
    else
        lcm_node_notice(node, "%s is not used: every domain may have the same", property);
}

/* Never merged into Xen, but in use: a label must not be lost. */
static void read_label(const struct lcm_node *node)
{
    const char *label;

    if (!lcm_node_string(node, "seclabel", &label))
        return;
    if (node->domain->security_id)
        lcm_node_fault(node, "has both security-id and seclabel: remove one of them");
    else
        node->domain->security_id = label;
}

void lcm_parse_requests(const struct lcm_node *node)
{
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++)
        look_at(node, &requests[i]);
    read_enhanced(node);
    read_grants(node, "max_grant_frames");
    read_grants(node, "max_maptrack_frames");
    read_label(node);
}

bool lcm_parse_request_node(const struct lcm_node *parent, int offset)
{
    struct lcm_node node;
    size_t size;

    lcm_node_child(parent, offset, &node);
    if (lcm_node_is(&node, "xen,domain-shared-memory-v1"))
        refuse(&node, "xen,domain-shared-memory-v1",
               "memory that domains share from the beginning");
    else if (lcm_node_is(&node, "xen,evtchn-v1") || lcm_node_is(&node, "xen,evtchn"))
        refuse(&node, "xen,evtchn", "event channels that are open from the beginning");
    else if (lcm_node_is(&node, "xen,vcpu") && lcm_node_bytes(&node, "hard-affinity", &size))
        refuse(&node, "hard-affinity",
               "certain CPUs (scheduling = \"dedicated\" is how to have CPUs alone)");
    else if (node.walk->lcm->dom0less && lcm_node_is(&node, "multiboot,device-tree"))
        refuse(&node, "multiboot,device-tree", "devices");
    else
        return false;
    return true;
}
