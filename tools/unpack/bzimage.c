/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: the x86 Linux boot protocol. Offsets are the file's. */
#include "tools/unpack/bzimage.h"

#include <string.h>

#define SECTOR 512u
#define SETUP_SECTORS 0x1f1u
#define SETUP_SECTORS_DEFAULT 4u
#define MAGIC 0x202u
#define VERSION 0x206u
#define VERSION_WITH_PAYLOAD 0x0208u
#define PAYLOAD_OFFSET 0x248u /* from the end of the setup sectors */
#define PAYLOAD_LENGTH 0x24cu
#define HEADER_END 0x250u
#define SIZE_SIZE 4u

static uint64_t field(const struct input *image, size_t offset, unsigned int size)
{
    return load_le(image->at + offset, size);
}

const char *bzimage_payload(struct input image, struct payload *payload)
{
    uint64_t sectors, offset, length;

    if (input_left(&image) < HEADER_END)
        return "it is cut short";
    if (memcmp(image.at + MAGIC, "HdrS", 4) != 0)
        return "it is no bzImage";
    if (field(&image, VERSION, 2) < VERSION_WITH_PAYLOAD)
        return "its boot protocol is older than 2.08, which doesn't say where the kernel is";
    sectors = field(&image, SETUP_SECTORS, 1);
    offset = ((sectors != 0 ? sectors : SETUP_SECTORS_DEFAULT) + 1) * SECTOR +
             field(&image, PAYLOAD_OFFSET, 4);
    length = field(&image, PAYLOAD_LENGTH, 4);
    if (offset > input_left(&image) || length > input_left(&image) - offset)
        return "it is cut short";
    if (length < SIZE_SIZE)
        return "there is no kernel in it";
    payload->packed = (struct input){image.at + offset, image.at + offset + length};
    payload->size = load_le(payload->packed.end - SIZE_SIZE, SIZE_SIZE);
    return NULL;
}
