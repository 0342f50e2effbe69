/* SPDX-License-Identifier: BSD-2-Clause */
/* Kernels (hv/domain/elf.c), made by <elf.h>'s definitions; each ends where its memory does. */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "hv/domain/elf.h"

#define NR_SEGMENTS 2u
#define HEADERS_AT sizeof(Elf64_Ehdr)
#define NOTES_AT (HEADERS_AT + NR_SEGMENTS * sizeof(Elf64_Phdr))
#define NOTE_SIZE (sizeof(Elf64_Nhdr) + 4 + 4)
#define MAX_NOTES 70u
#define ENTRY 18u

struct image {
    Elf64_Ehdr header;
    Elf64_Phdr segment[NR_SEGMENTS];
    uint8_t notes[MAX_NOTES * NOTE_SIZE];
    size_t size;
};

static uint8_t *bytes; /* what elf_open() last saw, of exactly its size */
static struct elf elf;

static void set_notes(struct image *image, size_t size)
{
    image->size = NOTES_AT + size;
    image->segment[1].p_filesz = size;
    image->segment[1].p_memsz = size;
}

static void put_note(struct image *image, size_t at, const char owner[4], uint32_t type,
                     uint32_t size)
{
    const Elf64_Nhdr note = {.n_namesz = 4, .n_descsz = size, .n_type = type};
    const uint32_t low = 0x12345678, high = 0x9abcdef0;

    memcpy(image->notes + at, &note, sizeof(note));
    memcpy(image->notes + at + sizeof(note), owner, 4);
    memcpy(image->notes + at + sizeof(note) + 4, &low, sizeof(low));
    if (size > sizeof(low))
        memcpy(image->notes + at + sizeof(note) + 8, &high, sizeof(high));
}

/* A loadable segment of the whole file, and one note. */
static struct image good_image(void)
{
    struct image image = {
        .header = {.e_ident = ELFMAG,
                   .e_type = ET_EXEC,
                   .e_machine = EM_X86_64,
                   .e_phoff = HEADERS_AT,
                   .e_phentsize = sizeof(Elf64_Phdr),
                   .e_phnum = NR_SEGMENTS},
        .segment = {{.p_type = PT_LOAD, .p_paddr = 0x100000, .p_filesz = 64, .p_memsz = 4096},
                    {.p_type = PT_NOTE, .p_offset = NOTES_AT}}};

    image.header.e_ident[EI_CLASS] = ELFCLASS64;
    image.header.e_ident[EI_DATA] = ELFDATA2LSB;
    put_note(&image, 0, "Xen", ENTRY, 4);
    set_notes(&image, NOTE_SIZE);
    return image;
}

static const char *open_image(const struct image *image)
{
    free(bytes);
    bytes = malloc(image->size);
    assert_non_null(bytes);
    memcpy(bytes, image, image->size);
    return elf_open(&elf, bytes, image->size);
}

static void must_refuse(const struct image *image, const char *reason)
{
    const char *problem = open_image(image);

    assert_non_null(problem);
    if (problem)
        assert_non_null(strstr(problem, reason));
}

static void test_header(void **state)
{
    struct image image = good_image();

    (void)state;
    assert_null(open_image(&image));
    assert_int_equal(elf.machine, EM_X86_64);
    assert_int_equal(elf.nr_headers, NR_SEGMENTS);
    image.header.e_type = ET_DYN;
    assert_null(open_image(&image));
    image.header.e_type = ET_REL;
    must_refuse(&image, "executable");
    image = good_image();
    image.header.e_ident[EI_CLASS] = ELFCLASS32;
    must_refuse(&image, "64-bit");
    image = good_image();
    image.header.e_ident[EI_DATA] = ELFDATA2MSB;
    must_refuse(&image, "little-endian");
    image = good_image();
    image.header.e_ident[EI_MAG3] = 'G';
    must_refuse(&image, "no ELF file");
    image = good_image();
    image.size = sizeof(Elf64_Ehdr) - 1;
    must_refuse(&image, "too short");
}

static void test_program_headers(void **state)
{
    struct image image = good_image();

    (void)state;
    image.header.e_phentsize = sizeof(Elf64_Phdr) + 8;
    must_refuse(&image, "program headers");
    image = good_image();
    image.header.e_phnum = 0;
    must_refuse(&image, "program headers");
    image = good_image();
    image.size = NOTES_AT; /* they end with the file */
    assert_null(open_image(&image));
    image.size--;
    must_refuse(&image, "program headers");
    image = good_image();
    image.header.e_phoff = image.size + 1;
    must_refuse(&image, "program headers");
    image.header.e_phoff = UINT64_MAX - 8;
    must_refuse(&image, "program headers");
}

/* Each could be as large as the file, and would be copied. */
static void test_many_segments(void **state)
{
    static uint8_t file[sizeof(Elf64_Ehdr) + UINT16_MAX * sizeof(Elf64_Phdr)];
    Elf64_Ehdr header = good_image().header;

    (void)state;
    header.e_phnum = 64;
    memcpy(file, &header, sizeof(header));
    assert_null(elf_open(&elf, file, sizeof(file)));
    header.e_phnum = 65;
    memcpy(file, &header, sizeof(header));
    assert_string_equal(elf_open(&elf, file, sizeof(file)), "it has more than 64 program headers");
    header.e_phnum = UINT16_MAX;
    memcpy(file, &header, sizeof(header));
    assert_string_equal(elf_open(&elf, file, sizeof(file)), "it has more than 64 program headers");
}

static void test_segments(void **state)
{
    struct image image = good_image();
    struct elf_segment segment;

    (void)state;
    image.segment[0].p_offset = 16;
    assert_null(open_image(&image));
    assert_true(elf_segment(&elf, 0, &segment));
    assert_int_equal(segment.offset, 16);
    assert_int_equal(segment.file_size, 64);
    assert_int_equal(segment.address, 0x100000);
    assert_int_equal(segment.size, 4096);
    assert_false(elf_segment(&elf, 1, &segment));
    image.segment[0].p_memsz = 0;
    assert_null(open_image(&image));
    assert_false(elf_segment(&elf, 0, &segment));
}

static void must_be_nowhere(const Elf64_Phdr *header)
{
    struct image image = good_image();
    struct elf_segment segment;

    image.segment[0] = *header;
    assert_null(open_image(&image));
    assert_true(elf_segment(&elf, 0, &segment));
    assert_int_equal(segment.address, UINT64_MAX);
    assert_int_equal(segment.size, UINT64_MAX);
}

static void test_hostile_segments(void **state)
{
    const size_t size = good_image().size;
    const Elf64_Phdr whole = {.p_type = PT_LOAD, .p_filesz = size, .p_memsz = size};
    struct image image = good_image();
    struct elf_segment segment;
    Elf64_Phdr header = whole;

    (void)state;
    header.p_offset = 1;
    must_be_nowhere(&header);
    header.p_offset = UINT64_MAX;
    must_be_nowhere(&header);
    header = whole;
    header.p_memsz = size - 1;
    must_be_nowhere(&header);
    header = whole;
    header.p_paddr = UINT64_MAX - size + 1;
    must_be_nowhere(&header);
    header.p_paddr--; /* now it ends with the last byte but one */
    image.segment[0] = header;
    assert_null(open_image(&image));
    assert_true(elf_segment(&elf, 0, &segment));
    assert_int_equal(segment.address, header.p_paddr);
}

static void test_notes(void **state)
{
    struct image image = good_image();
    uint64_t value = 0;

    (void)state;
    assert_null(open_image(&image));
    assert_true(elf_note(&elf, "Xen", ENTRY, &value));
    assert_int_equal(value, 0x12345678);
    assert_false(elf_note(&elf, "Xen", ENTRY + 1, &value));
    assert_false(elf_note(&elf, "Xem", ENTRY, &value));
    assert_false(elf_note(&elf, "Xe", ENTRY, &value));
    put_note(&image, 0, "Xen", ENTRY, 8);
    set_notes(&image, NOTE_SIZE + 4);
    assert_null(open_image(&image));
    assert_true(elf_note(&elf, "Xen", ENTRY, &value));
    assert_int_equal(value, 0x9abcdef012345678);
    image.notes[0] = 3; /* the owner's name without its NUL */
    assert_null(open_image(&image));
    assert_false(elf_note(&elf, "Xen", ENTRY, &value));
    put_note(&image, 0, "Xen", ENTRY, 6);
    assert_null(open_image(&image));
    assert_false(elf_note(&elf, "Xen", ENTRY, &value));
    image.segment[1].p_type = PT_LOAD;
    put_note(&image, 0, "Xen", ENTRY, 8);
    assert_null(open_image(&image));
    assert_false(elf_note(&elf, "Xen", ENTRY, &value));
}

static void test_hostile_notes(void **state)
{
    struct image image = good_image();
    uint64_t value = 0;

    (void)state;
    for (size_t size = 0; size < NOTE_SIZE; size++) {
        set_notes(&image, size);
        assert_null(open_image(&image));
        assert_false(elf_note(&elf, "Xen", ENTRY, &value));
    }
    image = good_image();
    image.segment[1].p_filesz++; /* the segment ends behind the file */
    assert_null(open_image(&image));
    assert_false(elf_note(&elf, "Xen", ENTRY, &value));
    memset(image.notes, 0xff, sizeof(Elf64_Nhdr)); /* lengths that would wrap */
    set_notes(&image, NOTE_SIZE);
    assert_null(open_image(&image));
    assert_false(elf_note(&elf, "Xen", ENTRY, &value));
}

/* The note that is wanted may follow others, of which not more than 63 are skipped. */
static void test_many_notes(void **state)
{
    struct image image = good_image();
    uint64_t value = 0;

    (void)state;
    for (size_t i = 0; i < MAX_NOTES; i++)
        put_note(&image, i * NOTE_SIZE, "GNU", 1, 4);
    set_notes(&image, MAX_NOTES * NOTE_SIZE);
    put_note(&image, 63 * NOTE_SIZE, "Xen", ENTRY, 4);
    assert_null(open_image(&image));
    assert_true(elf_note(&elf, "Xen", ENTRY, &value));
    put_note(&image, 63 * NOTE_SIZE, "GNU", ENTRY, 4);
    put_note(&image, 64 * NOTE_SIZE, "Xen", ENTRY, 4);
    assert_null(open_image(&image));
    assert_false(elf_note(&elf, "Xen", ENTRY, &value));
}

static int free_bytes(void **state)
{
    (void)state;
    free(bytes);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_header),           cmocka_unit_test(test_program_headers),
        cmocka_unit_test(test_many_segments),    cmocka_unit_test(test_segments),
        cmocka_unit_test(test_hostile_segments), cmocka_unit_test(test_notes),
        cmocka_unit_test(test_hostile_notes),    cmocka_unit_test(test_many_notes),
    };

    return cmocka_run_group_tests_name("elf", tests, NULL, free_bytes);
}
