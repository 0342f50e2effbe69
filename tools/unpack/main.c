/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A loader for domains whose kernel is a bzImage: it is started in the kernel's place, with the
 * bzImage as first module, and starts what is in it. Addresses are physical: memory is mapped one
 * to one.
 */
#include <stddef.h>

#include "tools/unpack/load.h"
#include "tools/unpack/xen.h"

/* The linker's: where this program lies, with its page tables and stack. */
extern char unpack_start[], unpack_end[];

void unpack_main(uint64_t info);
_Noreturn void enter_kernel(uint32_t entry, const struct start *info);

static struct start start;

void *physical(uint64_t address)
{
    return (void *)address;
}

static _Noreturn void fail(const char *why)
{
    console_print("the bzImage can't be started: ");
    console_print(why);
    console_print("\n");
    crash();
}

void unpack_main(uint64_t info)
{
    const struct range own = {(uintptr_t)unpack_start, (uintptr_t)unpack_end};
    const char *why = start_copy(&start, info);
    uint32_t entry = 0;

    if (why == NULL)
        why = load_kernel(&start, own, &entry);
    if (why != NULL)
        fail(why);
    start_finish(&start, (uintptr_t)&start);
    enter_kernel(entry, &start);
}
