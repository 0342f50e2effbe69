/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a boot module is, by its first bytes.
 */
#include <string.h>

#include "lcm/classic.h"

#define BZIMAGE_MAGIC_AT 0x202u

static bool has_at(const void *data, size_t size, size_t at, const char magic[static 4])
{
    return size >= at + 4 && memcmp((const uint8_t *)data + at, magic, 4) == 0;
}

bool lcm_is_kernel(const void *data, size_t size)
{
    return has_at(data, size, 0,
                  "\x7f"
                  "ELF");
}

bool lcm_is_bzimage(const void *data, size_t size)
{
    return has_at(data, size, BZIMAGE_MAGIC_AT, "HdrS") && !lcm_is_kernel(data, size);
}

/* Little endian (libsepol's policydb.h). */
bool lcm_is_policy(const void *data, size_t size)
{
    return has_at(data, size, 0, "\x8c\xff\x7c\xf9");
}
