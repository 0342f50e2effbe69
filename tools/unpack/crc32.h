/* SPDX-License-Identifier: BSD-2-Clause */
/* The CRC-32 of gzip and xz (RFC 1952, chapter 8). */
#ifndef UNPACK_CRC32_H
#define UNPACK_CRC32_H

#include <stddef.h>
#include <stdint.h>

uint32_t crc32_of(const uint8_t *bytes, size_t size);

#endif
