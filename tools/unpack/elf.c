/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: the ELF-64 object file format; xen/elfnote.h of Xen's public headers. */
#include "tools/unpack/elf.h"

#include <string.h>
#include <xen/elfnote.h>

#define CLASS_64 2u
#define DATA_LITTLE 1u
#define MACHINE_X86_64 62u
#define TYPE_LOAD 1u
#define TYPE_NOTE 4u
#define MAX_HEADERS 64u
#define MAX_NOTES 64u /* looked at in one segment */
#define OWNER "Xen"

struct header {
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

_Static_assert(sizeof(struct header) == 64, "ELF-64 figure 2");
_Static_assert(sizeof(struct program_header) == 56, "ELF-64 figure 6");

static bool within(const struct input *file, uint64_t offset, uint64_t size)
{
    return offset <= input_left(file) && size <= input_left(file) - offset;
}

static bool take(struct input *in, void *to, size_t size)
{
    struct input part;

    if (!input_part(in, size, &part))
        return false;
    memcpy(to, part.at, size);
    return true;
}

/* The next note: is it the entry's? False: there is none. */
static bool take_note(struct input *notes, struct kernel *kernel, bool *found)
{
    struct note note;
    struct input name, value;

    if (!take(notes, &note, sizeof(note)) ||
        !input_part(notes, ((uint64_t)note.name_size + 3) & ~3ul, &name) ||
        !input_part(notes, ((uint64_t)note.size + 3) & ~3ul, &value))
        return false;
    if (note.type != XEN_ELFNOTE_PHYS32_ENTRY || note.name_size != sizeof(OWNER) ||
        memcmp(name.at, OWNER, sizeof(OWNER)) != 0 || (note.size != 4 && note.size != 8) ||
        load_le(value.at, note.size) > UINT32_MAX)
        return true;
    kernel->entry = (uint32_t)load_le(value.at, 4);
    *found = true;
    return true;
}

static bool find_entry(struct input notes, struct kernel *kernel)
{
    bool found = false;

    for (unsigned int i = 0; i < MAX_NOTES && !found; i++) {
        if (!take_note(&notes, kernel, &found))
            break;
    }
    return found;
}

static const char *add_segment(const struct input *file, const struct program_header *p,
                               struct kernel *kernel)
{
    if (p->memory_size == 0)
        return NULL;
    if (!within(file, p->offset, p->file_size) || p->file_size > p->memory_size ||
        p->memory_size > UINT64_MAX - p->physical_address)
        return "a segment of the kernel in it is malformed";
    if (kernel->nr_segments == ELF_MAX_SEGMENTS)
        return "the kernel in it has more than 16 segments";
    kernel->segment[kernel->nr_segments++] =
        (struct segment){file->at + p->offset, p->file_size, p->physical_address, p->memory_size};
    return NULL;
}

static const char *read_headers(const struct input *file, struct input headers, unsigned int count,
                                struct kernel *kernel)
{
    struct program_header p;
    const char *why = NULL;
    bool entered = false;

    for (unsigned int i = 0; i < count && why == NULL; i++) {
        if (!take(&headers, &p, sizeof(p)))
            return "the kernel in it has malformed program headers";
        if (p.type == TYPE_LOAD)
            why = add_segment(file, &p, kernel);
        if (p.type == TYPE_NOTE && !entered && within(file, p.offset, p.file_size))
            entered = find_entry(
                (struct input){file->at + p.offset, file->at + p.offset + p.file_size}, kernel);
    }
    if (why == NULL && !entered)
        return "the kernel in it has no PVH entry (ELF note Xen 18): build it with CONFIG_PVH";
    return why;
}

const char *elf_read(struct input file, struct kernel *kernel)
{
    struct input headers = file;
    struct header h;

    *kernel = (struct kernel){0};
    if (!take(&headers, &h, sizeof(h)) || memcmp(h.magic, "\177ELF", 4) != 0)
        return "what is in it is no ELF file";
    if (h.class != CLASS_64 || h.data != DATA_LITTLE || h.machine != MACHINE_X86_64)
        return "the kernel in it is not for x86-64";
    if (h.program_header_size != sizeof(struct program_header) ||
        !within(&file, h.program_headers, 0) || h.nr_program_headers > MAX_HEADERS)
        return "the kernel in it has malformed program headers";
    headers = (struct input){file.at + h.program_headers, file.end};
    return read_headers(&file, headers, h.nr_program_headers, kernel);
}
