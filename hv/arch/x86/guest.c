/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A guest's address space and its start: the PVH protocol of Xen's docs/misc/pvh and its public
 * arch-x86/hvm/start_info.h.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/elfnote.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/acpi.h"
#include "hv/arch/x86/svm.h"
#include "hv/arch/x86/x86.h"
#include "hv/domain/elf.h"
#include "hv/domain/guest_frames.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"

/* RAM from 0, a hole from 3 to 4 GiB, more RAM above. The tables are where Xen's tools put them. */
#define HOLE_START (3 * GIB)
#define HOLE_END (4 * GIB)
#define ACPI_ADDRESS 0xfc000000ul
#define SPECIAL_ADDRESS 0xfeff8000ul
#define SPECIAL_PAGES 8ul
#define LOWEST_LOAD (1 * MIB)

#define RANGE_RAM 1u
#define RANGE_RESERVED 2u
#define RANGE_ACPI 3u

#define MACHINE_X86_64 62

#define ATTRIBUTES_CODE 0xc9b
#define ATTRIBUTES_DATA 0xc93
#define ATTRIBUTES_TSS 0x08b
#define ATTRIBUTES_LDT 0x082

/* One page: everything that the start information points to. */
struct start_page {
    struct hvm_start_info info;
    struct hvm_modlist_entry module[GUEST_MAX_MODULES];
    struct hvm_memmap_table_entry map[GUEST_MAX_RANGES];
    char command_line[2048];
};

_Static_assert(sizeof(struct hvm_start_info) == 56, "start_info.h, version 1");
_Static_assert(sizeof(struct start_page) <= PAGE_SIZE, "one page");

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
    range[n++] = (struct guest_memory_range){ACPI_ADDRESS, PAGE_SIZE, RANGE_ACPI};
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

    *end = LOWEST_LOAD;
    for (unsigned int i = 0; i < elf->nr_headers; i++) {
        if (!elf_segment(elf, i, &s))
            continue;
        if (s.size > low_ram_end(d) || s.address > low_ram_end(d) - s.size)
            return "it doesn't fit into the domain's memory: give the domain more";
        if (guest_frames_write(d, s.address, elf->image + s.offset, s.file_size) != 0)
            return "it doesn't fit into the domain's memory: give the domain more";
        *end = max_u64(*end, s.address + s.size);
    }
    return NULL;
}

static const char *open_kernel(const struct guest_image *image, struct elf *elf, uint64_t *entry)
{
    const char *why = elf_open(elf, image->kernel, image->kernel_size);

    if (why != NULL)
        return why;
    if (elf->machine != MACHINE_X86_64)
        return "it is no x86-64 kernel";
    if (!elf_note(elf, "Xen", XEN_ELFNOTE_PHYS32_ENTRY, entry) || *entry > UINT32_MAX)
        return "it has no PVH entry (ELF note Xen 18): build it with CONFIG_PVH";
    return NULL;
}

static void fill_map(const struct domain *d, struct start_page *page)
{
    struct guest_memory_range range[GUEST_MAX_RANGES];
    unsigned int n = arch_guest_memory_map(d, range);

    for (unsigned int i = 0; i < n; i++)
        page->map[i] = (struct hvm_memmap_table_entry){
            .addr = range[i].start, .size = range[i].size, .type = range[i].type};
    page->info.memmap_entries = n;
}

static int write_start_page(struct domain *d, const struct guest_image *image, uint64_t at,
                            const uint64_t *modules)
{
    mfn_t frame = p2m_lookup(d, gfn(at >> PAGE_SHIFT));
    struct start_page *page;

    if (frame.m == INVALID_MFN.m)
        return -EFAULT;
    page = map_mfn(frame);
    fill_map(d, page);
    page->info.magic = XEN_HVM_START_MAGIC_VALUE;
    page->info.version = 1;
    page->info.flags = image->initial_domain_hint ? SIF_INITDOMAIN | SIF_PRIVILEGED : 0;
    page->info.nr_modules = image->nr_modules;
    page->info.modlist_paddr = at + offsetof(struct start_page, module);
    page->info.cmdline_paddr = at + offsetof(struct start_page, command_line);
    page->info.rsdp_paddr = ACPI_ADDRESS;
    page->info.memmap_paddr = at + offsetof(struct start_page, map);
    for (unsigned int i = 0; i < image->nr_modules; i++)
        page->module[i] =
            (struct hvm_modlist_entry){.paddr = modules[i], .size = image->module[i].size};
    (void)snprintf(page->command_line, sizeof(page->command_line), "%s", image->command_line);
    return 0;
}

static int place_tables(struct domain *d)
{
    mfn_t frame = memory_alloc(ORDER_4K, d->domid);
    int error;

    if (frame.m == INVALID_MFN.m)
        return -ENOMEM;
    error = p2m_map(d, gfn(ACPI_ADDRESS >> PAGE_SHIFT), frame, ORDER_4K);
    if (error != 0) {
        memory_free(frame, ORDER_4K);
        return error;
    }
    acpi_write_tables(map_mfn(frame), ACPI_ADDRESS, d->nr_vcpus);
    return 0;
}

static void set_entry_state(struct vcpu *v, uint64_t entry, uint64_t start_info)
{
    struct vmcb *vmcb = v->arch.vmcb;
    const struct vmcb_segment data = {0x10, ATTRIBUTES_DATA, UINT32_MAX, 0};

    vmcb->cs = (struct vmcb_segment){0x08, ATTRIBUTES_CODE, UINT32_MAX, 0};
    vmcb->ds = vmcb->es = vmcb->ss = vmcb->fs = vmcb->gs = data;
    vmcb->tr = (struct vmcb_segment){0x18, ATTRIBUTES_TSS, 0x67, 0};
    vmcb->ldtr = (struct vmcb_segment){0, ATTRIBUTES_LDT, 0, 0};
    vmcb->cr0 = CR0_PE | CR0_ET;
    vmcb->rip = entry;
    v->arch.registers.rbx = start_info;
    v->arch.vlapic.wait_for_sipi = false;
    v->initialised = true;
}

int arch_load_guest(struct domain *d, const struct guest_image *image, const char **why)
{
    uint64_t entry, kernel_end, modules[GUEST_MAX_MODULES], lowest, start;
    struct elf elf;

    *why = open_kernel(image, &elf, &entry);
    if (*why == NULL)
        *why = load_segments(d, &elf, &kernel_end);
    if (*why != NULL)
        return -EINVAL;
    if (strlen(image->command_line) >= sizeof(((struct start_page *)NULL)->command_line)) {
        *why = "its boot arguments are longer than 2047 bytes";
        return -EINVAL;
    }
    if (guest_frames_place_modules(image, kernel_end, low_ram_end(d), PAGE_SIZE, modules,
                                   &lowest) != 0) {
        *why = "kernel and ramdisk don't fit into the domain's memory: give the domain more";
        return -ENOMEM;
    }
    start = lowest - PAGE_SIZE;
    if (guest_frames_write_modules(d, image, modules) != 0 ||
        write_start_page(d, image, start, modules) != 0 || place_tables(d) != 0) {
        *why = "not enough memory to build it";
        return -ENOMEM;
    }
    set_entry_state(d->vcpu[0], entry, start);
    return 0;
}
