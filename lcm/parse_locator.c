/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Of module nodes, how to find the module.
 */
#include "lcm/node.h"

#define CELL sizeof(uint32_t)

/* How many cells an address and a size have. */
struct cells {
    uint32_t address, size;
};

static uint64_t number(const uint8_t *bytes, uint32_t cells)
{
    return cells == 1 ? lcm_cell(bytes) : lcm_two_cells(bytes);
}

static void set_address(struct lcm_module *module, const uint8_t *bytes, const struct cells *cells)
{
    module->address = number(bytes, cells->address);
    module->size = number(bytes + cells->address * CELL, cells->size);
    module->locator = LCM_BY_ADDRESS;
}

static void read_address(const struct lcm_node *node, struct lcm_module *module)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "module-addr", &size);
    uint32_t each = (uint32_t)(size / 2 / CELL);

    if (!bytes)
        return;
    if (size == 2 * CELL || size == 4 * CELL)
        set_address(module, bytes, &(struct cells){each, each});
    else
        lcm_node_fault(
            node,
            "module-addr has %zu bytes: it takes an address and a size of one cell each, "
            "or of two cells each",
            size);
}

/* What the parent says, or else what the length of `reg` leaves no doubt about. */
static struct cells cells_of_reg(const struct lcm_node *parent, size_t size)
{
    struct cells cells;

    if (lcm_node_u32(parent, "#address-cells", &cells.address) &&
        lcm_node_u32(parent, "#size-cells", &cells.size))
        return cells;
    return (struct cells){size > 2 * CELL ? 2 : 1, size > 3 * CELL ? 2 : 1};
}

static void read_reg(const struct lcm_node *node, const struct lcm_node *parent,
                     struct lcm_module *module)
{
    size_t size;
    const uint8_t *bytes = lcm_node_bytes(node, "reg", &size);
    struct cells cells;

    if (!bytes)
        return;
    cells = cells_of_reg(parent, size);
    if (cells.address < 1 || cells.address > 2 || cells.size < 1 || cells.size > 2)
        lcm_node_fault(
            node,
            "reg has an address of %u cells and a size of %u (#address-cells, #size-cells): "
            "each takes one or two",
            cells.address, cells.size);
    else if (size != (cells.address + cells.size) * CELL)
        lcm_node_fault(node,
                       "reg has %zu bytes: it takes an address of %u cells and a size of %u "
                       "(#address-cells, #size-cells)",
                       size, cells.address, cells.size);
    else
        set_address(module, bytes, &cells);
}

static void read_name(const struct lcm_node *node, struct lcm_module *module)
{
    if (!lcm_node_string(node, "module-name", &module->name))
        return;
    if (module->name[0] == '\0' || module->name[lcm_module_name(module->name)] != '\0') {
        lcm_node_fault(node, "module-name is \"%s\": it takes one word", module->name);
        module->name = NULL;
    }
}

static bool has(const struct lcm_node *node, const char *property)
{
    size_t size;

    return lcm_node_bytes(node, property, &size) != NULL;
}

/* mb-index or module-addr, and module-name alone or to confirm the former. */
void lcm_parse_locator(const struct lcm_node *node, const struct lcm_node *parent,
                       struct lcm_module *module)
{
    bool by_index = has(node, "mb-index"), by_address = has(node, "module-addr");
    bool by_name = has(node, "module-name");

    read_name(node, module);
    if (by_index && by_address) {
        lcm_node_fault(node, "has both mb-index and module-addr: remove one of them");
        return;
    }
    if (by_index && lcm_node_u32(node, "mb-index", &module->index))
        module->locator = LCM_BY_INDEX;
    if (by_address)
        read_address(node, module);
    if (by_index || by_address)
        return;
    if (module->name)
        module->locator = LCM_BY_NAME;
    else if (node->walk->lcm->dom0less && has(node, "reg"))
        read_reg(node, parent, module);
    else if (!by_name && has(node, "source"))
        lcm_node_fault(node, "has only a source: `bailiwick build` makes a bootable LCM of it");
    else if (!by_name)
        lcm_node_fault(node, "doesn't say which module it is: add mb-index, module-name or "
                             "module-addr");
}
