/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How much memory a launch has for domains, counted alike by the launch and before it.
 */
#include "lcm/lcm.h"

/* What the hypervisor needs to manage domains: tables, channels, the compiled policy. */
#define KEPT_KIB 4096u
#define KEPT_FRACTION 64u

/* What it takes before: its image, firmware's memory, 12 bytes for each frame of 4 KiB. */
#define LOADED_KIB 4096u
#define LOADED_FRACTION 256u

static uint64_t subtract(uint64_t from, uint64_t number)
{
    return from > number ? from - number : 0;
}

uint64_t lcm_memory_for_domains(uint64_t free_kib)
{
    uint64_t left = subtract(free_kib, KEPT_KIB + free_kib / KEPT_FRACTION);

    return left > 0 ? left : 1;
}

uint64_t lcm_memory_after_loading(uint64_t machine_kib, const struct lcm_boot_module *module,
                                  unsigned int nr_modules)
{
    uint64_t left = subtract(machine_kib, LOADED_KIB + machine_kib / LOADED_FRACTION);

    /* Modules begin at pages, and there may be a gap before each. */
    for (unsigned int i = 0; i < nr_modules; i++)
        left = subtract(left, (module[i].size / 4096 + 2) * 4);
    return left;
}
