/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Switching the machine off and on. The build puts the writable data of the hypervisor (and of this
 * folder) into sections of its own, hv_data and hv_bss: they are copied when the machine is first
 * switched on, and put back each time after. What must outlive that is in the section `kept`.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "arch_layout.h"
#include "hv/arch/fake/fake.h"
#include "hv/arch/fake/paging.h"
#include "hv/machine/memory.h"

#define KEPT __attribute__((section("kept")))

extern uint64_t data_start[] __asm__("__start_hv_data"), data_end[] __asm__("__stop_hv_data");
extern uint64_t bss_start[] __asm__("__start_hv_bss"), bss_end[] __asm__("__stop_hv_bss");

/* The section is there even if a build puts nothing else into it. */
__attribute__((section("hv_data"), used)) static uint64_t some_data = 1;

KEPT static uint64_t *data_copy = NULL, *bss_copy = NULL;
KEPT static uint8_t *memory = NULL;

/* The machine at fake_save(): its variables, and the frames that weren't free. */
KEPT static uint64_t *saved_data = NULL, *saved_bss = NULL, nr_saved = 0;
KEPT static mfn_t *saved_numbers = NULL;
KEPT static uint8_t *saved_frames = NULL;

/* Also over what lies between variables, where the address sanitizer allows no access. */
__attribute__((no_sanitize("address", "thread", "undefined"))) static void
copy_words(volatile uint64_t *to, const volatile uint64_t *from, const uint64_t *from_start,
           const uint64_t *from_end)
{
    size_t n = ((uintptr_t)from_end - (uintptr_t)from_start) / sizeof(*to);

    for (size_t i = 0; i < n; i++)
        to[i] = from[i];
}

static void *must(void *allocated)
{
    if (allocated == NULL || allocated == MAP_FAILED) {
        perror("fake machine");
        abort();
    }
    return allocated;
}

static uint64_t *copy_section(const uint64_t *start, const uint64_t *end)
{
    uint64_t *copy = must(calloc(1, (uintptr_t)end - (uintptr_t)start));

    copy_words(copy, start, start, end);
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
    copy_words(data_start, data_copy, data_start, data_end);
    copy_words(bss_start, bss_copy, bss_start, bss_end);
    if (memory_size > DIRECT_MAP_SIZE || madvise(memory, DIRECT_MAP_SIZE, MADV_DONTNEED) != 0)
        must(NULL);
    fake.memory_size = memory_size;
}

/* The frames that aren't free now. */
static void list_frames(void)
{
    uint64_t end = memory_end() >> PAGE_SHIFT;

    nr_saved = 0;
    free(saved_numbers);
    saved_numbers = must(malloc(end * sizeof(*saved_numbers)));
    for (uint64_t frame = 0; frame < end; frame++) {
        if (memory_owner(mfn(frame)) != OWNER_FREE)
            saved_numbers[nr_saved++] = mfn(frame);
    }
}

void fake_save(void)
{
    free(saved_data);
    free(saved_bss);
    free(saved_frames);
    saved_data = copy_section(data_start, data_end);
    saved_bss = copy_section(bss_start, bss_end);
    list_frames();
    saved_frames = must(malloc(nr_saved * PAGE_SIZE));
    for (uint64_t i = 0; i < nr_saved; i++)
        memcpy(saved_frames + i * PAGE_SIZE, map_mfn(saved_numbers[i]), PAGE_SIZE);
}

bool fake_restore(void)
{
    if (saved_frames == NULL)
        return false;
    copy_words(data_start, saved_data, data_start, data_end);
    copy_words(bss_start, saved_bss, bss_start, bss_end);
    for (uint64_t i = 0; i < nr_saved; i++)
        memcpy(map_mfn(saved_numbers[i]), saved_frames + i * PAGE_SIZE, PAGE_SIZE);
    return true;
}

uint8_t *fake_memory(void)
{
    return memory;
}
