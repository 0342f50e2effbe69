/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where the probe speaks: Xen's console ring; the hypervisor's console if there is no ring; the
 * debug port 0xe9 without a hypervisor. Text is collected and goes out at each end of line.
 */
#ifndef PROBE_CONSOLE_H
#define PROBE_CONSOLE_H

#include <stddef.h>
#include <stdint.h>

void console_init(void);

void put_bytes(const char *bytes, size_t size);
void put_text(const char *text);
void put_decimal(int64_t value);
void put_hex(uint64_t value);

/* What was put since the last end of line. */
void console_flush(void);

#endif
