/* SPDX-License-Identifier: BSD-2-Clause */
#include <elf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>
#include <lz4.h>
#include <lzma.h>
#define ZLIB_CONST
#include <zlib.h>
#include <zstd.h>

#include "tests/unit/kernel_image.h"

#define PHYS32_ENTRY 18
#define NOTE_OFFSET 0x200u
#define SETUP_SECTORS 2u
#define PAYLOAD_OFFSET 0x100u
#define PAYLOAD ((SETUP_SECTORS + 1) * 512 + PAYLOAD_OFFSET)

void kernel_image_elf(uint8_t elf[KERNEL_IMAGE_SIZE], bool pvh)
{
    const Elf64_Ehdr header = {
        .e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
        .e_type = ET_EXEC,
        .e_machine = EM_X86_64,
        .e_phoff = sizeof(header),
        .e_phentsize = sizeof(Elf64_Phdr),
        .e_phnum = 1};
    const Elf64_Nhdr note = {.n_namesz = 4, .n_descsz = 8, .n_type = pvh ? PHYS32_ENTRY : 17};
    const Elf64_Phdr segment = {
        .p_type = PT_NOTE, .p_offset = NOTE_OFFSET, .p_filesz = sizeof(note) + 12};

    /* Something that a compressor can't shrink to nothing. */
    for (uint32_t i = 0; i < KERNEL_IMAGE_SIZE; i++)
        elf[i] = (uint8_t)(i * i * 2654435761u >> 24);
    memcpy(elf, &header, sizeof(header));
    memcpy(elf + sizeof(header), &segment, sizeof(segment));
    memcpy(elf + NOTE_OFFSET, &note, sizeof(note));
    memcpy(elf + NOTE_OFFSET + sizeof(note), "Xen\0\0\0\x10\0\0\0\0\0", 12);
}

static void store_le(uint8_t *bytes, size_t value)
{
    for (unsigned int i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(value >> (8 * i));
}

/* NOLINTNEXTLINE(readability-non-const-parameter): zlib writes through it */
static size_t pack_gzip(const uint8_t *elf, uint8_t *out, size_t room)
{
    z_stream stream = {
        .next_in = elf, .avail_in = KERNEL_IMAGE_SIZE, .next_out = out, .avail_out = (uInt)room};

    assert_int_equal(deflateInit2(&stream, 9, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
    assert_int_equal(deflate(&stream, Z_FINISH), Z_STREAM_END);
    deflateEnd(&stream);
    /* gzip ends with the unpacked size itself. */
    return (size_t)stream.total_out - 4;
}

static size_t pack_xz(const uint8_t *elf, uint8_t *out, size_t room)
{
    size_t size = 0;

    assert_int_equal(lzma_easy_buffer_encode(6, LZMA_CHECK_CRC32, NULL, elf, KERNEL_IMAGE_SIZE, out,
                                             &size, room),
                     LZMA_OK);
    return size;
}

/* Two blocks, as large kernels have. */
static size_t pack_lz4(const uint8_t *elf, uint8_t *out, size_t room)
{
    size_t at = 4, half = KERNEL_IMAGE_SIZE / 2;

    memcpy(out, "\x02\x21\x4c\x18", 4);
    for (size_t from = 0; from < KERNEL_IMAGE_SIZE; from += half) {
        int size = LZ4_compress_default((const char *)elf + from, (char *)out + at + 4, (int)half,
                                        (int)(room - at - 4));

        assert_true(size > 0);
        store_le(out + at, (size_t)size);
        at += 4 + (size_t)size;
    }
    return at;
}

static size_t pack(const uint8_t *elf, enum packing packing, uint8_t *out, size_t room)
{
    switch (packing) {
    case PACKING_GZIP:
        return pack_gzip(elf, out, room);
    case PACKING_XZ:
        return pack_xz(elf, out, room);
    case PACKING_LZ4:
        return pack_lz4(elf, out, room);
    case PACKING_ZSTD:
    case NR_PACKINGS:
    default:
        return ZSTD_compress(out, room, elf, KERNEL_IMAGE_SIZE, 3);
    }
}

size_t kernel_image_bzimage(uint8_t bzimage[BZIMAGE_MAX_SIZE], const uint8_t *elf,
                            enum packing packing)
{
    size_t size;

    memset(bzimage, 0, BZIMAGE_MAX_SIZE);
    size = pack(elf, packing, bzimage + PAYLOAD, BZIMAGE_MAX_SIZE - PAYLOAD - 4);
    store_le(bzimage + PAYLOAD + size, KERNEL_IMAGE_SIZE);
    bzimage[0x1f1] = SETUP_SECTORS;
    memcpy(bzimage + 0x202, "HdrS", 4);
    bzimage[0x206] = 0x0f;
    bzimage[0x207] = 0x02;
    store_le(bzimage + 0x248, PAYLOAD_OFFSET);
    store_le(bzimage + 0x24c, size + 4);
    return PAYLOAD + size + 4;
}
