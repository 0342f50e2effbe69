/* SPDX-License-Identifier: BSD-2-Clause */
/* Source: RFC 1952. */
#include "tools/unpack/crc32.h"
#include "tools/unpack/formats.h"
#include "tools/unpack/inflate.h"

#define HEADER_SIZE 10u
#define METHOD 2u
#define METHOD_DEFLATE 8u
#define FLAGS 3u
#define FLAG_HEADER_CRC 0x02u
#define FLAG_EXTRA 0x04u
#define FLAG_NAME 0x08u
#define FLAG_COMMENT 0x10u

static bool skip(struct input *in, uint64_t size)
{
    struct input skipped;

    return input_part(in, size, &skipped);
}

static bool skip_text(struct input *in)
{
    while (in->at < in->end) {
        if (*in->at++ == 0)
            return true;
    }
    return false;
}

static bool skip_header(struct input *in)
{
    const uint8_t *header = in->at;
    uint64_t size = 0;
    unsigned int flags;

    if (!skip(in, HEADER_SIZE) || header[METHOD] != METHOD_DEFLATE)
        return false;
    flags = header[FLAGS];
    if (flags & FLAG_EXTRA && (!input_number(in, 2, &size) || !skip(in, size)))
        return false;
    if (flags & FLAG_NAME && !skip_text(in))
        return false;
    if (flags & FLAG_COMMENT && !skip_text(in))
        return false;
    return !(flags & FLAG_HEADER_CRC) || skip(in, 2);
}

bool unpack_gzip(struct input in, struct output out)
{
    uint64_t crc, size;

    return skip_header(&in) && inflate(&in, &out) && out.at == out.end &&
           input_number(&in, 4, &crc) && input_number(&in, 4, &size) && in.at == in.end &&
           size == (uint32_t)(out.end - out.start) &&
           crc == crc32_of(out.start, (size_t)(out.end - out.start));
}
