/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allocations that fail when a test wants them to. The linker puts these functions in front of
 * those of hv/machine/memory.c (--wrap).
 */
#include "hv/arch/fake/fake.h"
#include "hv/machine/memory.h"

mfn_t real_memory_alloc(unsigned int order, uint16_t owner) __asm__("__real_memory_alloc");
mfn_t failing_memory_alloc(unsigned int order, uint16_t owner) __asm__("__wrap_memory_alloc");

static bool fails(void)
{
    return __atomic_add_fetch(&fake.allocations, 1, __ATOMIC_RELAXED) == fake.fail_at;
}

mfn_t failing_memory_alloc(unsigned int order, uint16_t owner)
{
    return fails() ? INVALID_MFN : real_memory_alloc(order, owner);
}
