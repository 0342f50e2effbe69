/* SPDX-License-Identifier: BSD-2-Clause */
/* What is in boot modules. */
#ifndef BW_BOOT_MODULES_H
#define BW_BOOT_MODULES_H

#include <stddef.h>
#include <stdint.h>

/*
 * Read the bytes of a module from an offset on into boot_place()->bytes, as many as fit there.
 * Returns how many there were, 0 at its end, or -XEN_E*.
 */
int32_t boot_read_part(uint32_t module, uint64_t offset);

/* Read all of a module. Returns its size, or -XEN_E*; -XEN_E2BIG: there is less room. */
int64_t boot_read_module(uint32_t module, void *to, size_t room);

#endif
