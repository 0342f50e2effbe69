/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>

#include "hv/arch/x86/paging.h"
#include "hv/arch/x86/stacks.h"
#include "hv/arch/x86/x86.h"
#include "hv/machine/memory.h"

/* Of each CPU: four stacks, each with a guard page below it. The next CPU's is above the last. */
#define PAGES_EACH (CONFIG_HYPERVISOR_STACK_PAGES + 3ul + 4ul)

/* Map `pages` pages above the guard page at `*at`, and move on to their end. */
static int map_stack(uint64_t *at, unsigned int pages)
{
    *at += PAGE_SIZE;
    for (unsigned int i = 0; i < pages; i++) {
        mfn_t frame = memory_alloc(ORDER_4K, OWNER_HYPERVISOR);

        if (frame.m == INVALID_MFN.m)
            return -ENOMEM;
        paging_map_data(*at, mfn_to_paddr(frame));
        *at += PAGE_SIZE;
    }
    return 0;
}

int stacks_map(unsigned int index, struct cpu_stacks *stacks)
{
    uint64_t at = STACKS_BASE + index * PAGES_EACH * PAGE_SIZE;
    struct {
        unsigned int pages;
        uint64_t *top;
    } wanted[] = {{CONFIG_HYPERVISOR_STACK_PAGES, &stacks->main},
                  {1, &stacks->traps.double_fault},
                  {1, &stacks->traps.nmi},
                  {1, &stacks->traps.machine_check}};

    for (unsigned int i = 0; i < ARRAY_SIZE(wanted); i++) {
        int error = map_stack(&at, wanted[i].pages);

        if (error != 0)
            return error;
        *wanted[i].top = at;
    }
    return 0;
}
