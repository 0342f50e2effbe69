/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hypervisor itself says on the console: lines that begin with "[bailiwick] ". */
#ifndef HV_MACHINE_LOG_H
#define HV_MACHINE_LOG_H

#include <stdbool.h>

/* One line, without its newline; at most 900 bytes, the rest is cut. */
void hv_log(const char *format, ...) __attribute__((format(printf, 1, 2)));
/*
 * The same if the queue to the serial port has room, for what a domain can cause as often as it
 * likes: hv_log() waits for the port. Returns whether it had.
 */
bool hv_log_if_room(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
