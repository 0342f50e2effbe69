/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's address space and its start. The hole is low, so that small domains have RAM on both
 * sides of it.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xen/elfnote.h>

#include "hv/arch/arch.h"
#include "hv/domain/elf.h"
#include "hv/domain/guest_frames.h"

#define HOLE_START (8 * MIB)
#define HOLE_END (16 * MIB)
#define SPECIAL_ADDRESS (12 * MIB)
#define SPECIAL_PAGES 8ul
#define LINE_SIZE 2048ul

#define RANGE_RAM 1u
#define RANGE_RESERVED 2u

/* There is nothing that could run it. */
struct guest_module arch_unpacker(void)
{
    return (struct guest_module){NULL, 0};
}

gfn_t arch_special_gfn(unsigned int number)
{
    return gfn((SPECIAL_ADDRESS >> PAGE_SHIFT) + number);
}

uint64_t arch_ram_frames_below_hole(void)
{
    return HOLE_START >> PAGE_SHIFT;
}

gfn_t arch_ram_gfn(uint64_t index)
{
    uint64_t below = arch_ram_frames_below_hole();

    return gfn(index < below ? index : index - below + (HOLE_END >> PAGE_SHIFT));
}

static uint64_t low_ram_end(const struct domain *d)
{
    return min_u64(d->ram_frames << PAGE_SHIFT, HOLE_START);
}

unsigned int arch_guest_memory_map(const struct domain *d,
                                   struct guest_memory_range range[GUEST_MAX_RANGES])
{
    uint64_t ram = d->ram_frames << PAGE_SHIFT;
    unsigned int n = 0;

    range[n++] = (struct guest_memory_range){0, low_ram_end(d), RANGE_RAM};
    range[n++] =
        (struct guest_memory_range){SPECIAL_ADDRESS, SPECIAL_PAGES * PAGE_SIZE, RANGE_RESERVED};
    if (ram > HOLE_START)
        range[n++] = (struct guest_memory_range){HOLE_END, ram - HOLE_START, RANGE_RAM};
    return n;
}

/* Copy the segments in; `*end` is where the last of them ends. */
static const char *load_segments(struct domain *d, const struct elf *elf, uint64_t *end)
{
    struct elf_segment s;

    *end = 0;
    for (unsigned int i = 0; i < elf->nr_headers; i++) {
        if (!elf_segment(elf, i, &s))
            continue;
        if (s.size > low_ram_end(d) || s.address > low_ram_end(d) - s.size ||
            guest_frames_write(d, s.address, elf->image + s.offset, s.file_size) != 0)
            return "it doesn't fit into the domain's memory: give the domain more";
        *end = max_u64(*end, s.address + s.size);
    }
    return NULL;
}

int arch_load_guest(struct domain *d, const struct guest_image *image, const char **why)
{
    size_t line_size = strlen(image->command_line) + 1;
    uint64_t entry, end, modules[GUEST_MAX_MODULES], line;
    struct elf elf;

    *why = elf_open(&elf, image->kernel, image->kernel_size);
    if (*why == NULL && !elf_note(&elf, "Xen", XEN_ELFNOTE_PHYS32_ENTRY, &entry))
        *why = "it has no PVH entry (ELF note Xen 18): build it with CONFIG_PVH";
    if (*why == NULL && line_size > LINE_SIZE)
        *why = "its boot arguments are longer than 2047 bytes";
    if (*why == NULL)
        *why = load_segments(d, &elf, &end);
    if (*why != NULL)
        return -EINVAL;
    if (guest_frames_place_modules(image, end, low_ram_end(d), PAGE_SIZE, modules, &line) != 0) {
        *why = "kernel and ramdisk don't fit into the domain's memory: give the domain more";
        return -ENOMEM;
    }
    line -= PAGE_SIZE;
    if (guest_frames_write_modules(d, image, modules) != 0 ||
        guest_frames_write(d, line, image->command_line, line_size) != 0) {
        *why = "not enough memory to build it";
        return -ENOMEM;
    }
    d->vcpu[0]->arch.entry = entry;
    d->vcpu[0]->arch.start_info = line;
    d->vcpu[0]->initialised = true;
    return 0;
}
