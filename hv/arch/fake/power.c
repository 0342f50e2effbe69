/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching the machine off and on. The build puts the writable data of the hypervisor (and of this
 * folder) into sections of its own, hv_data and hv_bss: they are copied when the machine is first
 * switched on, and put back each time after. What must outlive that is in the section `kept`.
 */
#include <stdlib.h>
#include <sys/mman.h>

#include "arch_layout.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/paging.h"
#include "hv/arch/fake/written.h"
#include "hv/machine/memory.h"

extern uint64_t data_start[] __asm__("__start_hv_data"), data_end[] __asm__("__stop_hv_data");
extern uint64_t bss_start[] __asm__("__start_hv_bss"), bss_end[] __asm__("__stop_hv_bss");

/* The section is there even if a build puts nothing else into it. */
__attribute__((section("hv_data"), used)) static uint64_t some_data = 1;

KEPT static uint64_t *data_copy = NULL, *bss_copy = NULL;
KEPT static uint8_t *memory = NULL;

KEPT static bool is_saved = false;

/* Of addresses, not pointers: the symbols are those of unrelated objects for the compiler. */
static size_t section_size(const uint64_t *start, const uint64_t *end)
{
    return (uintptr_t)end - (uintptr_t)start;
}

static uint64_t *copy_section(const uint64_t *start, const uint64_t *end)
{
    size_t size = section_size(start, end);
    uint64_t *copy = must(malloc(size));

    copy_raw(copy, start, size);
    return copy;
}

static void build_machine(void)
{
    data_copy = copy_section(data_start, data_end);
    bss_copy = copy_section(bss_start, bss_end);
    memory = must(mmap(NULL, DIRECT_MAP_SIZE, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0));
}

void fake_power_on(uint64_t memory_size)
{
    if (memory == NULL)
        build_machine();
    written_forget();
    is_saved = false;
    copy_raw(data_start, data_copy, section_size(data_start, data_end));
    copy_raw(bss_start, bss_copy, section_size(bss_start, bss_end));
    if (memory_size > DIRECT_MAP_SIZE || madvise(memory, DIRECT_MAP_SIZE, MADV_DONTNEED) != 0)
        must(NULL);
    fake.memory_size = memory_size;
}

void fake_save(void)
{
    uint64_t end = memory_end() >> PAGE_SHIFT;

    written_forget();
    written_watch(data_start, section_size(data_start, data_end));
    written_watch(bss_start, section_size(bss_start, bss_end));
    for (uint64_t frame = 0; frame < end; frame++) {
        if (memory_owner(mfn(frame)) != OWNER_FREE)
            written_watch(map_mfn(mfn(frame)), PAGE_SIZE);
    }
    is_saved = true;
}

bool fake_restore(void)
{
    if (is_saved)
        written_undo();
    return is_saved;
}

uint8_t *fake_memory(void)
{
    return memory;
}
