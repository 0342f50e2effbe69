/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The loader of bzImages in a small memory of its own: what it puts where, what it moves out of the
 * way, and what it says when it can't.
 */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/packer.h"
#include "tools/unpack/bzimage.h"
#include "tools/unpack/elf.h"
#include "tools/unpack/load.h"

#define KIB 1024ul
#define MEMORY (1024 * KIB)
#define INFO (960 * KIB)
#define OWN_START (16 * KIB)
#define OWN_END (64 * KIB)
#define ENTRY 0x40123u
#define LOAD_AT (256 * KIB)
#define CODE_SIZE ((size_t)48 * KIB)
#define BSS_SIZE (16 * KIB)
#define TEXT_AT (INFO + 2048)

static uint8_t memory[MEMORY];
static struct start start;
static uint32_t entry;

/* What is packed. */
static struct {
    Elf64_Ehdr header;
    Elf64_Phdr segment[3];
    Elf64_Nhdr note;
    char owner[4];
    uint64_t entry;
    uint8_t code[2][CODE_SIZE];
} kernel;

void *physical(uint64_t address)
{
    assert_in_range(address, 0, MEMORY);
    return memory + address;
}

static void make_kernel(void)
{
    memset(&kernel, 0, sizeof(kernel));
    kernel.header = (Elf64_Ehdr){.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB},
                                 .e_machine = EM_X86_64,
                                 .e_phoff = offsetof(__typeof__(kernel), segment),
                                 .e_phentsize = sizeof(Elf64_Phdr),
                                 .e_phnum = 3};
    for (unsigned int i = 0; i < 2; i++) {
        kernel.segment[i] = (Elf64_Phdr){.p_type = PT_LOAD,
                                         .p_offset = offsetof(__typeof__(kernel), code[i]),
                                         .p_paddr = LOAD_AT + i * CODE_SIZE,
                                         .p_filesz = CODE_SIZE,
                                         .p_memsz = CODE_SIZE + i * BSS_SIZE};
        for (size_t j = 0; j < CODE_SIZE; j++)
            kernel.code[i][j] = (uint8_t)((j * (i + 7)) >> 5);
    }
    kernel.segment[2] = (Elf64_Phdr){.p_type = PT_NOTE,
                                     .p_offset = offsetof(__typeof__(kernel), note),
                                     .p_filesz = sizeof(kernel.note) + 4 + 8};
    kernel.note = (Elf64_Nhdr){4, 8, 18};
    memcpy(kernel.owner, "Xen", 4);
    kernel.entry = ENTRY;
}

/* Memory up to `end`, with the bzImage right below it, and the ramdisk below that. */
static void make_start(uint64_t end, size_t ramdisk_size)
{
    static uint8_t payload[sizeof(kernel) + 4096];
    struct hvm_start_info *info = (void *)(memory + INFO);
    struct hvm_modlist_entry *module = (void *)(memory + INFO + 256);
    struct hvm_memmap_table_entry *map = (void *)(memory + INFO + 512);
    size_t size =
        packer_pack(PACKER_LZ4, (uint8_t *)&kernel, sizeof(kernel), payload, sizeof(payload));

    memset(memory, 0xee, sizeof(memory));
    memset(memory + INFO, 0, 4096);
    module[0].paddr = (end - size - BZIMAGE_HEAD) & ~0xffful;
    module[0].size = packer_bzimage(payload, size, memory + module[0].paddr);
    module[1].size = ramdisk_size;
    module[1].paddr = (module[0].paddr - ramdisk_size) & ~0xffful;
    module[1].cmdline_paddr = TEXT_AT + 100;
    memset(memory + module[1].paddr, 0x77, ramdisk_size);
    memcpy(memory + TEXT_AT, "console=hvc0 quiet", sizeof("console=hvc0 quiet"));
    memcpy(memory + TEXT_AT + 100, "a ramdisk", sizeof("a ramdisk"));
    map[0] = (struct hvm_memmap_table_entry){.addr = 0, .size = end, .type = 1};
    map[1] = (struct hvm_memmap_table_entry){.addr = MEMORY, .size = 4096, .type = 2};
    *info = (struct hvm_start_info){.magic = XEN_HVM_START_MAGIC_VALUE,
                                    .version = 1,
                                    .flags = 3,
                                    .nr_modules = ramdisk_size > 0 ? 2 : 1,
                                    .modlist_paddr = INFO + 256,
                                    .cmdline_paddr = TEXT_AT,
                                    .rsdp_paddr = 0x1234,
                                    .memmap_paddr = INFO + 512,
                                    .memmap_entries = 2};
}

static const char *load(void)
{
    const char *why = start_copy(&start, INFO);

    if (why == NULL)
        why = load_kernel(&start, (struct range){OWN_START, OWN_END}, &entry);
    return why;
}

static void must_refuse(const char *reason)
{
    const char *why = load();

    assert_non_null(why);
    assert_non_null(strstr(why, reason));
}

static void must_be_loaded(void)
{
    uint64_t at = kernel.segment[0].p_paddr;

    assert_null(load());
    assert_int_equal(entry, ENTRY);
    assert_memory_equal(memory + at, kernel.code, 2 * CODE_SIZE);
    for (size_t i = 0; i < BSS_SIZE; i++)
        assert_int_equal(memory[at + 2 * CODE_SIZE + i], 0);
    for (size_t i = OWN_START; i < OWN_END; i++)
        assert_int_equal(memory[i], 0xee);
}

static void must_have_ramdisk(size_t size)
{
    const struct hvm_modlist_entry *module = &start.module[1];
    uint64_t kernel_end = kernel.segment[1].p_paddr + kernel.segment[1].p_memsz;

    assert_int_equal(module->size, size);
    assert_true(module->paddr >= kernel_end || module->paddr + size <= kernel.segment[0].p_paddr);
    for (size_t i = 0; i < size; i++)
        assert_int_equal(memory[module->paddr + i], 0x77);
}

static void a_kernel_is_loaded(void **state)
{
    (void)state;
    make_kernel();
    make_start(INFO, 5000);
    must_be_loaded();
    must_have_ramdisk(5000);
    make_start(INFO, 0);
    must_be_loaded();
}

/* All but the bzImage is as it was, in the copy. */
static void the_start_information_is_handed_on(void **state)
{
    static const uint64_t address = 0x20000;
    const struct hvm_start_info *info = &start.info;
    const uint8_t *copy = (const uint8_t *)&start;

    (void)state;
    make_kernel();
    make_start(INFO, 5000);
    must_be_loaded();
    memset(memory + INFO, 0xee, 4096);
    start_finish(&start, address);
    assert_int_equal(info->magic, XEN_HVM_START_MAGIC_VALUE);
    assert_int_equal(info->version, 1);
    assert_int_equal(info->flags, 3);
    assert_int_equal(info->rsdp_paddr, 0x1234);
    assert_int_equal(info->nr_modules, 1);
    assert_ptr_equal(copy + (info->modlist_paddr - address), &start.module[1]);
    assert_ptr_equal(copy + (info->memmap_paddr - address), &start.map[0]);
    assert_int_equal(info->memmap_entries, 2);
    assert_int_equal(start.map[0].size, INFO);
    assert_string_equal(copy + (info->cmdline_paddr - address), "console=hvc0 quiet");
    assert_string_equal(copy + (start.module[1].cmdline_paddr - address), "a ramdisk");
}

/* The least memory that is enough, with the ramdisk, as it is below, where the kernel goes to. */
static void what_is_in_the_way_is_moved(void **state)
{
    (void)state;
    make_kernel();
    kernel.segment[0].p_paddr = 700 * KIB;
    kernel.segment[1].p_paddr = 700 * KIB + CODE_SIZE;
    make_start(860 * KIB, 80000);
    assert_true(((struct hvm_modlist_entry *)(void *)(memory + INFO + 256))[1].paddr <
                700 * KIB + 2 * CODE_SIZE + BSS_SIZE);
    must_be_loaded();
    must_have_ramdisk(80000);
}

/* Where the kernel goes may be where the file was unpacked to, as far as it isn't needed. */
static void file_and_kernel_may_meet(void **state)
{
    unsigned int loaded = 0;

    (void)state;
    make_kernel();
    for (uint64_t end = LOAD_AT + 2 * CODE_SIZE + BSS_SIZE; end <= 600 * KIB; end += 4096) {
        const char *why;

        make_start(end, 0);
        why = load();
        if (why != NULL) {
            assert_int_equal(loaded, 0);
            assert_non_null(strstr(why, "there is no room to unpack it"));
            assert_non_null(strstr(why, "give the domain more memory"));
            continue;
        }
        loaded++;
        assert_memory_equal(memory + LOAD_AT, kernel.code, 2 * CODE_SIZE);
    }
    assert_true(loaded > 30 && loaded < 100);
}

/* Room for bzImage and file alone, and the kernel goes to where the file is at first. */
static void the_place_of_the_bzimage_is_used(void **state)
{
    uint32_t random = 1;

    (void)state;
    make_kernel();
    for (unsigned int i = 0; i < 2; i++) {
        kernel.segment[i].p_paddr = 2 * OWN_END + 32 * KIB + i * CODE_SIZE;
        for (size_t j = 0; j < CODE_SIZE; j++) {
            random = random * 1664525 + 1013904223;
            kernel.code[i][j] = (uint8_t)(random >> 24);
        }
    }
    make_start(280 * KIB, 0);
    must_be_loaded();
    make_start(252 * KIB, 0);
    must_refuse("there is no room to unpack it");
}

static void what_does_not_fit_is_refused(void **state)
{
    (void)state;
    make_kernel();
    kernel.segment[1].p_memsz = MEMORY;
    make_start(INFO, 100);
    must_refuse("doesn't fit into the domain's memory");
    make_kernel();
    kernel.segment[1].p_paddr = UINT64_MAX - CODE_SIZE - BSS_SIZE;
    make_start(INFO, 100);
    must_refuse("doesn't fit into the domain's memory");
    make_kernel();
    kernel.segment[0].p_paddr = OWN_END - 1;
    make_start(INFO, 100);
    must_refuse("below 1 MiB");
    make_kernel();
    make_start(2 * OWN_END, 0);
    must_refuse("there is no room to unpack it");
}

static void kernels_without_an_entry_are_refused(void **state)
{
    (void)state;
    make_kernel();
    kernel.header.e_ident[0] = 0;
    make_start(INFO, 0);
    must_refuse("no ELF file");
    make_kernel();
    kernel.header.e_machine = EM_AARCH64;
    make_start(INFO, 0);
    must_refuse("not for x86-64");
    make_kernel();
    kernel.note.n_type = 17;
    make_start(INFO, 0);
    must_refuse("no PVH entry");
    make_kernel();
    kernel.entry = (uint64_t)UINT32_MAX + 1;
    make_start(INFO, 0);
    must_refuse("no PVH entry");
    make_kernel();
    kernel.header.e_phnum = 0;
    make_start(INFO, 0);
    must_refuse("no PVH entry");
    make_kernel();
    kernel.header.e_phoff = sizeof(kernel) - 100;
    make_start(INFO, 0);
    must_refuse("malformed program headers");
    make_kernel();
    kernel.segment[0].p_memsz = CODE_SIZE - 1;
    make_start(INFO, 0);
    must_refuse("malformed");
    make_kernel();
    kernel.segment[1].p_offset = sizeof(kernel) - 1;
    make_start(INFO, 0);
    must_refuse("malformed");
}

static void set_header(size_t offset, uint32_t value)
{
    uint64_t at;

    make_start(INFO, 0);
    at = ((struct hvm_modlist_entry *)(void *)(memory + INFO + 256))->paddr;
    memcpy(memory + at + offset, &value, sizeof(value));
}

static void damaged_headers_are_refused(void **state)
{
    struct hvm_modlist_entry *module = (void *)(memory + INFO + 256);

    (void)state;
    make_kernel();
    set_header(0x202, 0);
    must_refuse("it is no bzImage");
    set_header(0x206, 0x0207);
    must_refuse("older than 2.08");
    set_header(0x248, UINT32_MAX);
    must_refuse("it is cut short");
    set_header(0x24c, UINT32_MAX);
    must_refuse("it is cut short");
    set_header(0x24c, 3);
    must_refuse("there is no kernel in it");
    set_header(0x24c, 4);
    must_refuse("");
    set_header(0x24c, 100);
    must_refuse("");
    make_start(INFO, 0);
    module->size = 0x24f;
    must_refuse("it is cut short");
    make_start(INFO, 0);
    module->size--;
    must_refuse("it is cut short");
    make_start(INFO, 0);
    module->size = MEMORY;
    must_refuse("aren't in memory");
    make_start(INFO, 0);
    module->paddr = UINT64_MAX;
    must_refuse("aren't in memory");
}

static void what_the_hypervisor_must_say_is_missed(void **state)
{
    struct hvm_start_info *info = (void *)(memory + INFO);

    (void)state;
    make_kernel();
    make_start(INFO, 0);
    info->magic++;
    must_refuse("what memory there is");
    make_start(INFO, 0);
    info->version = 0;
    must_refuse("what memory there is");
    make_start(INFO, 0);
    info->nr_modules = 0;
    must_refuse("there is none");
    make_start(INFO, 0);
    info->nr_modules = MAX_MODULES + 1;
    must_refuse("more modules");
    make_start(INFO, 0);
    info->cmdline_paddr = LOAD_AT; /* without an end */
    must_refuse("longer than");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_kernel_is_loaded),
        cmocka_unit_test(the_start_information_is_handed_on),
        cmocka_unit_test(what_is_in_the_way_is_moved),
        cmocka_unit_test(file_and_kernel_may_meet),
        cmocka_unit_test(the_place_of_the_bzimage_is_used),
        cmocka_unit_test(what_does_not_fit_is_refused),
        cmocka_unit_test(kernels_without_an_entry_are_refused),
        cmocka_unit_test(damaged_headers_are_refused),
        cmocka_unit_test(what_the_hypervisor_must_say_is_missed),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
