/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/unpack/crc32.h"

#define POLYNOMIAL 0xedb88320u

static uint32_t table[256];

static uint32_t entry(uint32_t byte)
{
    for (unsigned int i = 0; i < 8; i++)
        byte = byte & 1 ? byte >> 1 ^ POLYNOMIAL : byte >> 1;
    return byte;
}

uint32_t crc32_of(const uint8_t *bytes, size_t size)
{
    uint32_t crc = UINT32_MAX;

    if (table[1] == 0)
        for (uint32_t i = 0; i < 256; i++)
            table[i] = entry(i);
    for (size_t i = 0; i < size; i++)
        crc = crc >> 8 ^ table[(crc ^ bytes[i]) & 0xff];
    return ~crc;
}
