/* SPDX-License-Identifier: BSD-2-Clause */
#include <libfdt.h>
#include <stdio.h>
#include <string.h>

#include "lcm/node.h"

void lcm_node_child(const struct lcm_node *parent, int offset, struct lcm_node *child)
{
    const char *name = fdt_get_name(parent->walk->fdt, offset, NULL);

    child->walk = parent->walk;
    child->offset = offset;
    child->domain = parent->domain;
    child->name = name ? name : "";
    /* A path that is too long is cut: it is only shown. */
    if (snprintf(child->path, sizeof(child->path), "%s/%s", parent->path, child->name) < 0)
        child->path[0] = '\0';
}

void lcm_node_fault(const struct lcm_node *node, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    lcm_vfind(node->walk->report, node->domain ? LCM_DOMAIN_ERROR : LCM_ERROR, node->domain,
              node->path, format, arguments);
    va_end(arguments);
}

void lcm_node_notice(const struct lcm_node *node, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    lcm_vfind(node->walk->report, LCM_NOTICE, node->domain, node->path, format, arguments);
    va_end(arguments);
}

const uint8_t *lcm_node_bytes(const struct lcm_node *node, const char *property, size_t *size)
{
    int length = 0;
    const void *bytes = fdt_getprop(node->walk->fdt, node->offset, property, &length);

    if (!bytes || length < 0)
        return NULL;
    *size = (size_t)length;
    return bytes;
}

const char *lcm_node_is_some(const struct lcm_node *node, const char *prefix)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "compatible", &size);
    const char *string = (const char *)bytes;

    while (bytes && size > 0) {
        size_t length = strnlen(string, size);

        if (length == size) /* not terminated */
            return NULL;
        if (strncmp(string, prefix, strlen(prefix)) == 0)
            return string;
        string += length + 1;
        size -= length + 1;
    }
    return NULL;
}

bool lcm_node_is(const struct lcm_node *node, const char *compatible)
{
    return fdt_node_check_compatible(node->walk->fdt, node->offset, compatible) == 0;
}

uint32_t lcm_cell(const uint8_t *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

uint64_t lcm_two_cells(const uint8_t *bytes)
{
    return (uint64_t)lcm_cell(bytes) << 32 | lcm_cell(bytes + 4);
}

bool lcm_node_u32(const struct lcm_node *node, const char *property, uint32_t *value)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, property, &size);

    if (!bytes)
        return false;
    if (size != sizeof(*value)) {
        lcm_node_fault(node, "%s has %zu bytes: it takes one cell, %s = <NUMBER>", property, size,
                       property);
        return false;
    }
    *value = lcm_cell(bytes);
    return true;
}

bool lcm_node_flag(const struct lcm_node *node, const char *property, bool *value)
{
    uint32_t number;

    if (!lcm_node_u32(node, property, &number))
        return false;
    if (number > 1) {
        lcm_node_fault(node, "%s is %u: it takes <0> or <1>", property, number);
        return false;
    }
    *value = number == 1;
    return true;
}

static bool is_one_line(const char *string, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)string[i];

        if (c < ' ' || c == 0x7f)
            return false;
    }
    return true;
}

bool lcm_node_string(const struct lcm_node *node, const char *property, const char **value)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, property, &size);
    const char *string = (const char *)bytes;
    size_t length;

    if (!bytes)
        return false;
    length = strnlen(string, size);
    if (length == size) {
        lcm_node_fault(node, "%s doesn't end with a NUL: write it as a string, %s = \"TEXT\"",
                       property, property);
        return false;
    }
    if (length + 1 != size) {
        lcm_node_fault(node, "%s is a list: it takes one string, %s = \"TEXT\"", property,
                       property);
        return false;
    }
    if (!is_one_line(string, length)) {
        lcm_node_fault(node, "%s has control characters: it takes one line of text", property);
        return false;
    }
    *value = string;
    return true;
}

static bool is_known(const char *name, const char *const *known)
{
    for (; *known; known++) {
        if (strcmp(name, *known) == 0)
            return true;
    }
    return false;
}

void lcm_node_note_unknown(const struct lcm_node *node, const char *const *known)
{
    const void *fdt = node->walk->fdt;

    for (int at = fdt_first_property_offset(fdt, node->offset); at >= 0;
         at = fdt_next_property_offset(fdt, at)) {
        const char *name = NULL;

        if (!fdt_getprop_by_offset(fdt, at, &name, NULL) || !name)
            continue;
        if (!is_known(name, known))
            lcm_node_notice(node, "property %s is not known to this version: ignored", name);
    }
}
