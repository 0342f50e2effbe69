/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Names: of module types, and in the bootloader's module lines.
 */
#include <string.h>

#include "lcm/lcm.h"

const char *lcm_module_type_name(enum lcm_module_type type)
{
    static const char *const name[LCM_NR_MODULE_TYPES] = {
        [LCM_KERNEL] = "kernel",           [LCM_RAMDISK] = "ramdisk",
        [LCM_DEVICE_TREE] = "device-tree", [LCM_MICROCODE] = "microcode",
        [LCM_XSM_POLICY] = "xsm-policy",   [LCM_CONFIG] = "config",
    };

    return type < LCM_NR_MODULE_TYPES ? name[type] : "unknown";
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

size_t lcm_module_name(const char *line)
{
    size_t length = 0;

    while (line[length] && !is_blank(line[length]))
        length++;
    return length;
}

const char *lcm_module_arguments(const char *line)
{
    line += lcm_module_name(line);
    while (is_blank(*line))
        line++;
    return line;
}
