/* SPDX-License-Identifier: BSD-2-Clause */
#include <libfdt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/tree.h"

static bool ends_with(const char *string, const char *end)
{
    size_t length = strlen(string), end_length = strlen(end);

    return length >= end_length && strcmp(string + length - end_length, end) == 0;
}

static int compile(const char *file, struct bytes *tree)
{
    /* Unit addresses only tell nodes apart here, as they do in the binding's examples. */
    const char *const command[] = {"dtc", "-I", "dts", "-O", "dtb", "-W", "no-unit_address_vs_reg",
                                   "-o",  "-",  file,  NULL};
    char *argv[sizeof(command) / sizeof(command[0])];
    int status;

    memcpy(argv, command, sizeof(argv));
    status = files_run(argv, tree, NULL);
    if (status == 0)
        return 0;
    if (status == 127)
        fprintf(stderr, "bailiwick: dtc is not installed (package device-tree-compiler)\n");
    else
        fprintf(stderr, "%s: error: dtc can't compile it\n", file);
    bytes_free(tree);
    return -1;
}

bool tree_is_blob(const char *file)
{
    return ends_with(file, ".dtb");
}

int tree_load(const char *file, struct bytes *tree)
{
    int error;

    if (!tree_is_blob(file))
        return compile(file, tree);
    error = files_read(file, tree);
    if (error)
        fprintf(stderr, "%s: error: %s\n", file, strerror(-error));
    return error;
}

bool tree_is_valid(const struct bytes *tree)
{
    return lcm_is_lcm(tree->data, tree->size) && fdt_check_full(tree->data, tree->size) == 0;
}

bool tree_open(struct bytes *tree, size_t room)
{
    struct bytes larger = {.size = tree->size + room};

    larger.data = calloc(1, larger.size);
    if (!larger.data)
        return false;
    if (larger.size > INT32_MAX || fdt_open_into(tree->data, larger.data, (int)larger.size) != 0) {
        bytes_free(&larger);
        return false;
    }
    bytes_free(tree);
    *tree = larger;
    return true;
}

void tree_close(struct bytes *tree)
{
    void *fdt = tree->data;

    if (fdt_pack(fdt) == 0)
        tree->size = fdt_totalsize(fdt);
}

static const char *string_at(const struct bytes *tree, int offset, const char *property)
{
    int length = 0;
    const char *string = fdt_getprop(tree->data, offset, property, &length);

    return string && length > 0 && strnlen(string, (size_t)length) == (size_t)length - 1 ? string
                                                                                         : NULL;
}

/* What comes before a type in our binding and in Xen's dom0less one, which has a policy of its own.
 */
static bool has_type(const struct bytes *tree, int offset, enum lcm_module_type type)
{
    static const char *const prefixes[] = {"module", "multiboot"};

    for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
        char compatible[32];

        snprintf(compatible, sizeof(compatible), "%s,%s", prefixes[i], lcm_module_type_name(type));
        if (fdt_node_check_compatible(tree->data, offset, compatible) == 0)
            return true;
    }
    return type == LCM_XSM_POLICY &&
           fdt_node_check_compatible(tree->data, offset, "xen,xsm-policy") == 0;
}

static bool read_module(const struct bytes *tree, int offset, struct tree_module *module)
{
    enum lcm_module_type type = LCM_KERNEL;

    while (type < LCM_NR_MODULE_TYPES && !has_type(tree, offset, type))
        type++;
    if (type == LCM_NR_MODULE_TYPES)
        return false;
    module->type = type;
    module->source = string_at(tree, offset, "source");
    module->name = string_at(tree, offset, "module-name");
    return fdt_get_path(tree->data, offset, module->path, TREE_MAX_PATH) == 0;
}

unsigned int tree_list_modules(const struct bytes *tree, struct tree_module *modules,
                               unsigned int limit)
{
    unsigned int count = 0;

    for (int offset = fdt_next_node(tree->data, -1, NULL); offset >= 0 && count < limit;
         offset = fdt_next_node(tree->data, offset, NULL)) {
        if (read_module(tree, offset, &modules[count]))
            count++;
    }
    return count;
}

bool tree_set(struct bytes *tree, const char *path, const char *property, const void *value,
              size_t size)
{
    int offset = fdt_path_offset(tree->data, path);

    return offset >= 0 && size <= INT32_MAX &&
           fdt_setprop(tree->data, offset, property, value, (int)size) == 0;
}

bool tree_set_u32(struct bytes *tree, const char *path, const char *property, uint32_t value)
{
    const fdt32_t cell = cpu_to_fdt32(value);

    return tree_set(tree, path, property, &cell, sizeof(cell));
}

void tree_remove(struct bytes *tree, const char *path, const char *property)
{
    int offset = fdt_path_offset(tree->data, path);

    if (offset >= 0)
        fdt_delprop(tree->data, offset, property);
}

const char *tree_string(const struct bytes *tree, const char *path, const char *property)
{
    int offset = fdt_path_offset(tree->data, path);

    return offset < 0 ? NULL : string_at(tree, offset, property);
}
