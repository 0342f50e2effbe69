/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Domain nodes.
 */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "lcm/node.h"

#define KNOWN_PERMISSIONS (LCM_PERMISSION_CONTROL | LCM_PERMISSION_HARDWARE)
#define KNOWN_FUNCTIONS                                                                            \
    (LCM_FUNCTION_BOOT | LCM_FUNCTION_CRASH | LCM_FUNCTION_CONSOLE | LCM_FUNCTION_XENSTORE |       \
     LCM_FUNCTION_LEGACY_DOM0)

#define CAPABILITY_CONTROL (1u << 0)
#define CAPABILITY_HARDWARE (1u << 1)
#define CAPABILITY_XENSTORE (1u << 2)
#define KNOWN_CAPABILITIES (CAPABILITY_CONTROL | CAPABILITY_HARDWARE | CAPABILITY_XENSTORE)

/* Lines of the console begin with the name of who wrote them; this one is the hypervisor's. */
#define HYPERVISOR_NAME "bailiwick"

#define SHORT_UUID_SIZE 8u

/* Those that lcm_parse_requests() answers. */
#define REFUSED(property, granted, text) property,
#define SKIPPED(property, granted, text) property,
#define PART(property) property,

/* The first is dom0less's alone: here it is permissions and functions. */
static const char *const known_properties[] = {
    "capabilities",
    "compatible",
    "domid",
    "permissions",
    "functions",
    "mode",
    "domain-uuid",
    "cpus",
    "scheduling",
    "weight",
    "cap",
    "memory",
    "security-id",
    "initial-domain-hint",
    "required",
    "finalise-within",
    "reg",
    "phandle",
    "#address-cells",
    "#size-cells",
#include "lcm/requests.def"
    NULL,
};
#undef REFUSED
#undef SKIPPED
#undef PART

static bool is_printable(const char *name)
{
    for (; *name; name++) {
        if (*name <= ' ' || *name > '~')
            return false;
    }
    return true;
}

static void read_name(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;
    size_t length = strnlen(node->name, sizeof(domain->name));

    memcpy(domain->name, node->name, length < sizeof(domain->name) ? length : length - 1);
    if (length == sizeof(domain->name))
        lcm_node_fault(node, "the name is too long: at most %zu characters",
                       sizeof(domain->name) - 1);
    if (!is_printable(node->name))
        lcm_node_fault(node, "the name has characters that can't be shown");
    if (strchr(node->name, '/'))
        lcm_node_fault(node, "the name has a slash in it, which divides paths");
    if (strcmp(node->name, HYPERVISOR_NAME) == 0)
        lcm_node_fault(node, "\"%s\" is the hypervisor's own name: choose another",
                       HYPERVISOR_NAME);
}

static void read_memory(const struct lcm_node *node)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "memory", &size);
    uint64_t kib;

    if (!bytes) {
        lcm_node_fault(node, "memory is missing: say how many KiB, memory = <0x0 0x40000> is "
                             "256 MiB");
        return;
    }
    if (size != sizeof(kib)) {
        lcm_node_fault(node,
                       "memory has %zu bytes: it takes KiB in two cells, memory = "
                       "<0x0 0x40000> is 256 MiB",
                       size);
        return;
    }
    kib = lcm_two_cells(bytes);
    if (kib == 0)
        lcm_node_fault(node, "memory is zero: say how many KiB, memory = <0x0 0x40000> is 256 MiB");
    else if (kib > UINT64_MAX / 1024)
        lcm_node_fault(node, "memory is more than 64 bits of bytes: it is in KiB, high cell first");
    else
        node->domain->memory_kib = kib;
}

static void read_uuid(const struct lcm_node *node)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "domain-uuid", &size);

    if (!bytes)
        return;
    if (size != LCM_UUID_SIZE && size != SHORT_UUID_SIZE) {
        lcm_node_fault(node, "domain-uuid has %zu bytes: a UUID has %u", size,
                       (unsigned int)LCM_UUID_SIZE);
        return;
    }
    if (size == SHORT_UUID_SIZE)
        lcm_node_notice(node, "domain-uuid has %u bytes: filled up with zeros to %u",
                        SHORT_UUID_SIZE, (unsigned int)LCM_UUID_SIZE);
    memcpy(node->domain->uuid, bytes, size);
}

static void read_mode(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;
    size_t size;

    domain->mode = LCM_MODE_LONG;
    if (!lcm_node_bytes(node, "mode", &size))
        lcm_node_notice(node, "no mode: taken as <%u>, 64-bit PVH", LCM_MODE_LONG);
    else
        lcm_node_u32(node, "mode", &domain->mode);
}

static void read_finalise_within(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;
    uint32_t seconds = LCM_DEFAULT_FINALISE;
    bool given = lcm_node_u32(node, "finalise-within", &seconds);

    domain->finalise_within = seconds;
    if (given && (domain->functions & LCM_FUNCTION_BOOT) == 0)
        lcm_node_notice(node, "finalise-within is for a boot domain, which this isn't");
    if (seconds == 0 || seconds > LCM_LONGEST_FINALISE)
        lcm_node_fault(node, "finalise-within is %u: it takes seconds, from 1 to %u", seconds,
                       LCM_LONGEST_FINALISE);
}

/* Bits that this version doesn't know give nothing, so they can be ignored. */
static void read_bits(const struct lcm_node *node, const char *property, uint32_t known,
                      uint32_t *value)
{
    if (!lcm_node_u32(node, property, value))
        return;
    if (*value & ~known)
        lcm_node_notice(node, "%s has bits 0x%x that this version doesn't know: ignored", property,
                        *value & ~known);
    *value &= known;
}

/* The dom0less binding has one property for what is in two here. */
static void read_capabilities(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;
    uint32_t capabilities = 0;

    read_bits(node, "capabilities", KNOWN_CAPABILITIES, &capabilities);
    if (capabilities & CAPABILITY_CONTROL)
        domain->permissions |= LCM_PERMISSION_CONTROL;
    if (capabilities & CAPABILITY_HARDWARE)
        domain->permissions |= LCM_PERMISSION_HARDWARE;
    if (capabilities & CAPABILITY_XENSTORE)
        domain->functions |= LCM_FUNCTION_XENSTORE;
}

static void read_domid(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;

    if (lcm_node_u32(node, "domid", &domain->domid) && domain->domid != 0 &&
        (domain->functions & LCM_FUNCTION_LEGACY_DOM0))
        lcm_node_fault(node,
                       "domid is %u, but functions has LEGACY_DOM0, which means domid 0: "
                       "remove one of them",
                       domain->domid);
}

static void read_properties(const struct lcm_node *node)
{
    struct lcm_domain *domain = node->domain;

    lcm_node_note_unknown(node, known_properties + (node->walk->lcm->dom0less ? 0 : 1));
    read_name(node);
    read_bits(node, "permissions", KNOWN_PERMISSIONS, &domain->permissions);
    read_bits(node, "functions", KNOWN_FUNCTIONS, &domain->functions);
    if (node->walk->lcm->dom0less)
        read_capabilities(node);
    read_domid(node);
    read_mode(node);
    lcm_parse_scheduling(node);
    read_finalise_within(node);
    read_memory(node);
    read_uuid(node);
    lcm_node_string(node, "security-id", &domain->security_id);
    domain->required = true;
    lcm_node_flag(node, "required", &domain->required);
    domain->initial_domain_hint = (domain->functions & LCM_FUNCTION_LEGACY_DOM0) != 0;
    lcm_node_flag(node, "initial-domain-hint", &domain->initial_domain_hint);
    if (domain->initial_domain_hint && !(domain->functions & LCM_FUNCTION_CONSOLE))
        lcm_node_notice(node,
                        "is told that it is the initial domain and hasn't the function console: "
                        "Linux with support for a dom0 would have no input");
    lcm_parse_requests(node);
}

void lcm_parse_domain(const struct lcm_node *parent, int offset)
{
    struct lcm *lcm = parent->walk->lcm;
    struct lcm_node node;

    lcm_node_child(parent, offset, &node);
    if (lcm->nr_domains == LCM_MAX_DOMAINS) {
        lcm_node_fault(&node, "is one domain too many: at most %u are possible", LCM_MAX_DOMAINS);
        return;
    }
    node.domain = &lcm->domain[lcm->nr_domains++];
    memcpy(node.domain->path, node.path, sizeof(node.domain->path));
    node.domain->offset = offset;
    read_properties(&node);
    for (int child = fdt_first_subnode(parent->walk->fdt, offset); child >= 0;
         child = fdt_next_subnode(parent->walk->fdt, child)) {
        if (!lcm_parse_request_node(&node, child))
            lcm_parse_module(&node, child);
    }
    if (!node.domain->kernel)
        lcm_node_fault(&node, "has no kernel: add a node with compatible = \"module,kernel\"");
}
