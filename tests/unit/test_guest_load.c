/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Kernels from strangers, loaded into a guest (hv/arch/x86/guest.c): what is no part of its low RAM
 * isn't written, and every refusal says why.
 */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <xen/arch-x86/hvm/start_info.h>

#include "hv/arch/arch.h"
#include "hv/arch/x86/acpi.h"
#include "hv/arch/x86/vmcb.h"
#include "hv/domain/p2m.h"
#include "hv/machine/memory.h"

#define RAM (2 * MIB)
#define TABLES 0xfc000000ul
#define SPECIAL 0xfeff8000ul
#define ENTRY 0x100040u
#define LOAD_AT 0x100000ul
#define NO_WHY "nothing"
#define NR_SEGMENTS 3u
#define CODE_SIZE 64ul

/* Machine frames: RAM, then what is mapped besides it. */
static uint8_t memory[RAM + 2 * PAGE_SIZE], before[sizeof(memory)];
static bool tables_mapped;
static uint64_t absent; /* a guest frame without memory; 0: none */
static bool no_frame, no_mapping;
static unsigned int given_back;
static struct vmcb vmcb;
static struct vcpu vcpu = {.arch = {.vmcb = &vmcb}};
static struct domain domain = {.nr_vcpus = 1, .vcpu = {&vcpu}, .ram_frames = RAM / PAGE_SIZE};

static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segment[NR_SEGMENTS];
    Elf64_Nhdr note;
    char owner[4];
    uint64_t entry;
    uint8_t code[2][CODE_SIZE];
} kernel;

mfn_t p2m_lookup_run(const struct domain *d, gfn_t at, uint64_t *frames)
{
    uint64_t ram = RAM / PAGE_SIZE;

    assert_ptr_equal(d, &domain);
    *frames = at.g < absent ? absent - at.g : at.g < ram ? ram - at.g : 1;
    if (absent != 0 && at.g == absent)
        return INVALID_MFN;
    if (at.g < ram)
        return mfn(at.g);
    return at.g == SPECIAL >> PAGE_SHIFT ? mfn(ram) : INVALID_MFN;
}

mfn_t p2m_lookup(const struct domain *d, gfn_t at)
{
    uint64_t frames;

    return p2m_lookup_run(d, at, &frames);
}

int p2m_map(struct domain *d, gfn_t at, mfn_t frame, unsigned int order)
{
    assert_ptr_equal(d, &domain);
    assert_int_equal(at.g, TABLES >> PAGE_SHIFT);
    assert_int_equal(frame.m, RAM / PAGE_SIZE + 1);
    assert_int_equal(order, ORDER_4K);
    tables_mapped = !no_mapping;
    return no_mapping ? -ENOMEM : 0;
}

mfn_t memory_alloc(unsigned int order, uint16_t owner)
{
    assert_int_equal(order, ORDER_4K);
    assert_int_equal(owner, domain.domid);
    return no_frame ? INVALID_MFN : mfn(RAM / PAGE_SIZE + 1);
}

void memory_free(mfn_t frame, unsigned int order)
{
    assert_int_equal(frame.m, RAM / PAGE_SIZE + 1);
    assert_int_equal(order, ORDER_4K);
    given_back++;
}

void *map_mfn(mfn_t frame)
{
    assert_in_range(frame.m, 0, sizeof(memory) / PAGE_SIZE - 1);
    return memory + frame.m * PAGE_SIZE;
}

void acpi_write_tables(uint8_t *page, uint64_t address, uint32_t cpus)
{
    page[0] = 1;
    assert_int_equal(address, TABLES);
    assert_int_equal(cpus, 1);
}

/* A segment of code, room for another one, and the note. */
static void start(void)
{
    memset(memory, 0xee, sizeof(memory));
    memcpy(before, memory, sizeof(memory));
    memset(&kernel, 0, sizeof(kernel));
    tables_mapped = false;
    kernel.header = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB},
                                 .e_type = ET_EXEC,
                                 .e_machine = EM_X86_64,
                                 .e_phoff = offsetof(__typeof__(kernel), segment),
                                 .e_phentsize = sizeof(Elf64_Phdr),
                                 .e_phnum = NR_SEGMENTS};
    kernel.segment[0] = (Elf64_Phdr){.p_type = PT_LOAD,
                                     .p_offset = offsetof(__typeof__(kernel), code),
                                     .p_paddr = LOAD_AT,
                                     .p_filesz = CODE_SIZE,
                                     .p_memsz = 2 * CODE_SIZE};
    kernel.segment[2] = (Elf64_Phdr){.p_type = PT_NOTE,
                                     .p_offset = offsetof(__typeof__(kernel), note),
                                     .p_filesz = sizeof(kernel.note) + 4 + 8};
    kernel.note = (Elf64_Nhdr){4, 8, 18};
    memcpy(kernel.owner, "Xen", 4);
    kernel.entry = ENTRY;
    memset(kernel.code[0], 0x11, CODE_SIZE);
    memset(kernel.code[1], 0x22, CODE_SIZE);
}

static int load(size_t ramdisk_size, const char *command_line, const char **why)
{
    static const uint8_t ramdisk[RAM];
    const struct guest_image image = {.kernel = &kernel,
                                      .kernel_size = sizeof(kernel),
                                      .module = {{ramdisk, ramdisk_size}},
                                      .nr_modules = ramdisk_size > 0 ? 1 : 0,
                                      .command_line = command_line};

    *why = NO_WHY;
    return arch_load_guest(&domain, &image, why);
}

/* Refused for this reason, and nothing is written. */
static void must_refuse(const char *reason)
{
    const char *why;

    assert_int_not_equal(load(0, "", &why), 0);
    assert_non_null(strstr(why, reason));
    assert_memory_equal(memory, before, sizeof(memory));
    assert_false(tables_mapped);
}

static void a_kernel_is_loaded(void **state)
{
    const char *why;

    (void)state;
    start();
    assert_int_equal(load(PAGE_SIZE + 1, "quiet", &why), 0);
    assert_null(why);
    assert_memory_equal(memory + LOAD_AT, kernel.code[0], CODE_SIZE);
    assert_memory_equal(memory, before, LOAD_AT);
    assert_memory_equal(memory + LOAD_AT + CODE_SIZE, before,
                        RAM - LOAD_AT - CODE_SIZE - 3 * PAGE_SIZE);
    assert_int_equal(memory[RAM - 2 * PAGE_SIZE], 0); /* the ramdisk */
    assert_int_equal(memory[RAM - PAGE_SIZE + 1], 0xee);
    assert_int_equal(vmcb.rip, ENTRY);
    assert_int_equal(vcpu.arch.registers.rbx, RAM - 3 * PAGE_SIZE);
    assert_true(tables_mapped);
}

static void kernels_without_an_entry_are_refused(void **state)
{
    (void)state;
    start();
    kernel.header.e_ident[0] = 0;
    must_refuse("no ELF file");
    start();
    kernel.header.e_machine = EM_AARCH64;
    must_refuse("no x86-64 kernel");
    start();
    kernel.segment[2].p_type = PT_NULL;
    must_refuse("no PVH entry");
    start();
    kernel.note.n_type = 17;
    must_refuse("no PVH entry");
    start();
    kernel.entry = (uint64_t)UINT32_MAX + 1;
    must_refuse("no PVH entry");
}

static void must_not_fit(uint64_t address, uint64_t file_size, uint64_t size)
{
    start();
    kernel.segment[0].p_paddr = address;
    kernel.segment[0].p_filesz = file_size;
    kernel.segment[0].p_memsz = size;
    must_refuse("it doesn't fit into the domain's memory");
}

static void segments_outside_memory_are_refused(void **state)
{
    (void)state;
    must_not_fit(RAM - CODE_SIZE + 1, CODE_SIZE, CODE_SIZE);
    must_not_fit(RAM, CODE_SIZE, CODE_SIZE);
    must_not_fit(SPECIAL, CODE_SIZE, CODE_SIZE); /* memory, but not the kernel's */
    must_not_fit(TABLES, CODE_SIZE, CODE_SIZE);
    must_not_fit(UINT64_MAX - CODE_SIZE, CODE_SIZE, CODE_SIZE);
    must_not_fit(UINT64_MAX, CODE_SIZE, CODE_SIZE);
    must_not_fit(LOAD_AT, 0, RAM - LOAD_AT + 1);
    must_not_fit(LOAD_AT, 0, UINT64_MAX - LOAD_AT);
    must_not_fit(0, 0, RAM + 1);
    must_not_fit(LOAD_AT, sizeof(kernel), sizeof(kernel)); /* isn't all in the file */
    must_not_fit(LOAD_AT, CODE_SIZE, CODE_SIZE - 1);
}

/* The later one stays; what is beside them is untouched. */
static void overlapping_segments_stay_in_their_places(void **state)
{
    const char *why;

    (void)state;
    start();
    kernel.segment[1] = kernel.segment[0];
    kernel.segment[1].p_offset += CODE_SIZE;
    kernel.segment[1].p_paddr += 8;
    assert_int_equal(load(0, "", &why), 0);
    assert_memory_equal(memory + LOAD_AT, kernel.code[0], 8);
    assert_memory_equal(memory + LOAD_AT + 8, kernel.code[1], CODE_SIZE);
    assert_memory_equal(memory + LOAD_AT + 8 + CODE_SIZE, before, PAGE_SIZE);
    assert_memory_equal(memory, before, LOAD_AT);
}

static void what_has_no_room_is_refused(void **state)
{
    static char line[2049];
    const char *why;

    (void)state;
    start();
    memset(line, 'x', sizeof(line) - 1);
    assert_int_not_equal(load(0, line, &why), 0);
    assert_non_null(strstr(why, "longer than 2047 bytes"));
    line[2047] = '\0';
    assert_int_equal(load(0, line, &why), 0);
    start();
    assert_int_not_equal(load(RAM - LOAD_AT - 2 * PAGE_SIZE + 1, "", &why), 0);
    assert_non_null(strstr(why, "kernel and ramdisk don't fit"));
    assert_int_not_equal(load(RAM, "", &why), 0);
    assert_non_null(strstr(why, "kernel and ramdisk don't fit"));
    assert_int_equal(load(RAM - LOAD_AT - 2 * PAGE_SIZE, "", &why), 0);
    domain.ram_frames = LOAD_AT / 2 / PAGE_SIZE;
    kernel.segment[0].p_paddr = 0;
    assert_int_not_equal(load(0, "", &why), 0);
    assert_non_null(strstr(why, "kernel and ramdisk don't fit"));
    domain.ram_frames = RAM / PAGE_SIZE;
}

static void must_lack_memory(void)
{
    const char *why;

    start();
    assert_int_equal(load(1, "", &why), -ENOMEM);
    assert_non_null(strstr(why, "not enough memory"));
    assert_false(tables_mapped);
}

/* RAM with a frame missing in each place that is written to, and no frame for what is beside it. */
static void missing_memory_is_noticed(void **state)
{
    const uint64_t places[] = {RAM / PAGE_SIZE - 1, RAM / PAGE_SIZE - 2}; /* ramdisk, start page */

    (void)state;
    for (size_t i = 0; i < ARRAY_SIZE(places); i++) {
        absent = places[i];
        must_lack_memory();
    }
    start();
    absent = LOAD_AT / PAGE_SIZE;
    must_refuse("it doesn't fit into the domain's memory");
    absent = 0;
    no_frame = true;
    must_lack_memory();
    no_frame = false;
    no_mapping = true;
    must_lack_memory();
    assert_int_equal(given_back, 1);
    no_mapping = false;
}

static void the_map_has_ram_above_the_hole_if_there_is_any(void **state)
{
    struct guest_memory_range range[GUEST_MAX_RANGES];

    (void)state;
    domain.ram_frames = 3 * GIB / PAGE_SIZE;
    assert_int_equal(arch_guest_memory_map(&domain, range), 3);
    assert_int_equal(range[0].size, 3 * GIB);
    domain.ram_frames++;
    assert_int_equal(arch_guest_memory_map(&domain, range), 4);
    assert_int_equal(range[3].start, 4 * GIB);
    assert_int_equal(range[3].size, PAGE_SIZE);
    domain.ram_frames = RAM / PAGE_SIZE;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_is_loaded),
        cmocka_unit_test(kernels_without_an_entry_are_refused),
        cmocka_unit_test(segments_outside_memory_are_refused),
        cmocka_unit_test(overlapping_segments_stay_in_their_places),
        cmocka_unit_test(what_has_no_room_is_refused),
        cmocka_unit_test(missing_memory_is_noticed),
        cmocka_unit_test(the_map_has_ram_above_the_hole_if_there_is_any),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
