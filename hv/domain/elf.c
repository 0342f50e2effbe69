/* SPDX-License-Identifier: BSD-2-Clause */
#include <string.h>

#include "hv/domain/elf.h"

#define CLASS_64 2
#define DATA_LITTLE 1
#define TYPE_EXECUTABLE 2
#define TYPE_SHARED 3
#define PT_LOAD 1
#define PT_NOTE 4
#define MAX_HEADERS 64 /* a kernel has about five; each may have the whole file copied */
#define MAX_NOTES 64   /* looked at in one segment */

struct elf_header {
    uint8_t magic[4], class, data, version0, abi, padding[8];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_headers, section_headers;
    uint32_t flags;
    uint16_t header_size, program_header_size, nr_program_headers;
    uint16_t section_header_size, nr_section_headers, names;
};

struct program_header {
    uint32_t type, flags;
    uint64_t offset, virtual_address, physical_address, file_size, memory_size, alignment;
};

struct note {
    uint32_t name_size, size, type;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF-64 figure 2");
_Static_assert(sizeof(struct program_header) == 56, "ELF-64 figure 6");

static bool within(uint64_t offset, uint64_t length, uint64_t size)
{
    return offset <= size && length <= size - offset;
}

const char *elf_open(struct elf *elf, const void *image, size_t size)
{
    struct elf_header h;

    if (size < sizeof(h))
        return "it is too short for an ELF file";
    memcpy(&h, image, sizeof(h));
    if (memcmp(h.magic, "\177ELF", 4) != 0)
        return "it is no ELF file (`bailiwick build` unpacks compressed kernels)";
    if (h.class != CLASS_64 || h.data != DATA_LITTLE ||
        (h.type != TYPE_EXECUTABLE && h.type != TYPE_SHARED))
        return "it is no 64-bit little-endian ELF executable";
    if (h.program_header_size != sizeof(struct program_header) || h.nr_program_headers == 0 ||
        !within(h.program_headers, (uint64_t)h.nr_program_headers * sizeof(struct program_header),
                size))
        return "its ELF program headers are malformed";
    if (h.nr_program_headers > MAX_HEADERS)
        return "it has more than 64 program headers";
    *elf = (struct elf){.image = image,
                        .size = size,
                        .machine = h.machine,
                        .nr_headers = h.nr_program_headers,
                        .headers = h.program_headers};
    return NULL;
}

static struct program_header program_header(const struct elf *elf, unsigned int index)
{
    struct program_header p;

    memcpy(&p, elf->image + elf->headers + index * sizeof(p), sizeof(p));
    return p;
}

bool elf_segment(const struct elf *elf, unsigned int index, struct elf_segment *segment)
{
    struct program_header p = program_header(elf, index);

    if (p.type != PT_LOAD || p.memory_size == 0)
        return false;
    *segment = (struct elf_segment){p.offset, p.file_size, p.physical_address, p.memory_size};
    if (!within(p.offset, p.file_size, elf->size) || p.file_size > p.memory_size ||
        p.memory_size > UINT64_MAX - p.physical_address)
        segment->address = segment->size = UINT64_MAX; /* lies outside of any memory */
    return true;
}

static bool is_note(const uint8_t *at, const struct note *n, const char *owner, uint32_t type)
{
    size_t length = strlen(owner) + 1;

    return n->type == type && n->name_size == length && memcmp(at, owner, length) == 0 &&
           (n->size == 4 || n->size == 8);
}

static bool find_note(const uint8_t *at, uint64_t left, const char *owner, uint32_t type,
                      uint64_t *value)
{
    for (unsigned int i = 0; i < MAX_NOTES && left >= sizeof(struct note); i++) {
        struct note n;
        uint64_t name, length;

        memcpy(&n, at, sizeof(n));
        name = align_up(n.name_size, 4);
        length = sizeof(n) + name + align_up(n.size, 4);
        if (length > left)
            return false;
        if (is_note(at + sizeof(n), &n, owner, type)) {
            *value = 0;
            memcpy(value, at + sizeof(n) + name, n.size);
            return true;
        }
        at += length;
        left -= length;
    }
    return false;
}

bool elf_note(const struct elf *elf, const char *owner, uint32_t type, uint64_t *value)
{
    for (unsigned int i = 0; i < elf->nr_headers; i++) {
        struct program_header p = program_header(elf, i);

        if (p.type == PT_NOTE && within(p.offset, p.file_size, elf->size) &&
            find_note(elf->image + p.offset, p.file_size, owner, type, value))
            return true;
    }
    return false;
}
