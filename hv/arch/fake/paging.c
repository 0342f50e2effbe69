/* SPDX-License-Identifier: BSD-2-Clause */
#include "arch_layout.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/paging.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"

/* The process is the hypervisor's image; this is where it would be. */
#define IMAGE_START (1 * MIB)
#define IMAGE_END (2 * MIB)

paddr_t image_start_paddr(void)
{
    return paddr(IMAGE_START);
}

paddr_t image_end_paddr(void)
{
    return paddr(IMAGE_END);
}

paddr_t physical(const void *pointer)
{
    uintptr_t address = (uintptr_t)pointer, start = (uintptr_t)fake_memory();

    assert(address >= start && address - start < fake.memory_size);
    return paddr(address - start);
}

void *map_paddr(paddr_t address)
{
    assert(address.a < fake.memory_size);
    return fake_memory() + address.a;
}

void *map_mfn(mfn_t frame)
{
    assert(frame.m < fake.memory_size >> PAGE_SHIFT);
    return map_paddr(mfn_to_paddr(frame));
}
