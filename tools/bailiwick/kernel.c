/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sources: the x86 Linux boot protocol (setup header); xen/include/public/elfnote.h of libxen-dev.
 */
#include <elf.h>
#include <string.h>

#include <xen/elfnote.h>

#include "lcm/classic.h"
#include "tools/bailiwick/kernel.h"
#include "tools/bailiwick/unpack.h"

/* The setup header of a bzImage, as offsets into the file. */
#define SETUP_SECTS 0x1f1u
#define SETUP_SECTS_DEFAULT 4u
#define SETUP_VERSION 0x206u
#define SETUP_PAYLOAD_OFFSET 0x248u
#define SETUP_PAYLOAD_LENGTH 0x24cu
#define SETUP_END 0x250u
#define VERSION_WITH_PAYLOAD 0x0208u
#define MAX_HEADERS 64u /* as hv/domain/elf.c */
#define SECTOR 512u
#define SIZE_FIELD 4u /* the payload ends with its unpacked size */

static uint32_t load_le(const uint8_t *bytes, unsigned int size)
{
    uint32_t value = 0;

    for (unsigned int i = 0; i < size; i++)
        value |= (uint32_t)bytes[i] << (8 * i);
    return value;
}

bool kernel_is_bzimage(const struct bytes *image)
{
    return image->size >= SETUP_END && lcm_is_bzimage(image->data, image->size);
}

const char *kernel_unpack(struct bytes *image)
{
    struct bytes unpacked = {0};
    uint64_t sectors, offset, length;
    const char *problem;

    if (load_le(image->data + SETUP_VERSION, 2) < VERSION_WITH_PAYLOAD)
        return "its boot protocol is older than 2.08, which has no payload fields";
    sectors = image->data[SETUP_SECTS] ? image->data[SETUP_SECTS] : SETUP_SECTS_DEFAULT;
    offset = (sectors + 1) * SECTOR + load_le(image->data + SETUP_PAYLOAD_OFFSET, 4);
    length = load_le(image->data + SETUP_PAYLOAD_LENGTH, 4);
    if (length < SIZE_FIELD || offset > image->size || length > image->size - offset)
        return "it is cut short";
    unpacked.size = load_le(image->data + offset + length - SIZE_FIELD, SIZE_FIELD);
    problem = unpack(image->data + offset, (size_t)length, &unpacked);
    if (problem)
        return problem;
    bytes_free(image);
    *image = unpacked;
    return NULL;
}

static bool is_in(uint64_t offset, uint64_t length, size_t size)
{
    return offset <= size && length <= size - offset;
}

static size_t align4(size_t size)
{
    return (size + 3) & ~(size_t)3;
}

/* Is the note that says where a PVH guest is entered among these? */
static bool has_pvh_note(const uint8_t *notes, size_t size)
{
    size_t at = 0;

    while (size - at >= sizeof(Elf64_Nhdr)) {
        Elf64_Nhdr note;
        size_t length;

        memcpy(&note, notes + at, sizeof(note));
        at += sizeof(note);
        length = align4(note.n_namesz) + align4(note.n_descsz);
        if (length > size - at)
            return false;
        if (note.n_type == XEN_ELFNOTE_PHYS32_ENTRY && note.n_namesz == sizeof("Xen") &&
            memcmp(notes + at, "Xen", sizeof("Xen")) == 0)
            return true;
        at += length;
    }
    return false;
}

const char *kernel_check_pvh(const uint8_t *data, size_t size)
{
    Elf64_Ehdr header;

    if (size < sizeof(header) || memcmp(data, ELFMAG, SELFMAG) != 0)
        return "is neither an ELF file nor a bzImage";
    memcpy(&header, data, sizeof(header));
    if (header.e_ident[EI_CLASS] != ELFCLASS64 || header.e_machine != EM_X86_64)
        return "is not a 64-bit x86 ELF file";
    if (header.e_phnum > MAX_HEADERS)
        return "has more than 64 program headers, which the launch refuses";
    if (header.e_phentsize != sizeof(Elf64_Phdr) ||
        !is_in(header.e_phoff, (uint64_t)header.e_phnum * sizeof(Elf64_Phdr), size))
        return "is a damaged ELF file: its program headers are not in it";
    for (unsigned int i = 0; i < header.e_phnum; i++) {
        Elf64_Phdr segment;

        memcpy(&segment, data + header.e_phoff + i * sizeof(segment), sizeof(segment));
        if (segment.p_type == PT_NOTE && is_in(segment.p_offset, segment.p_filesz, size) &&
            has_pvh_note(data + segment.p_offset, (size_t)segment.p_filesz))
            return NULL;
    }
    return "has no PVH entry (ELF note Xen PHYS32_ENTRY): Linux needs CONFIG_PVH";
}
