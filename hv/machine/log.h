/* SPDX-License-Identifier: BSD-2-Clause */
/* What the hypervisor itself says on the console: lines that begin with "[bailiwick] ". */
#ifndef HV_MACHINE_LOG_H
#define HV_MACHINE_LOG_H

/* One line, without its newline; at most 900 bytes, the rest is cut. */
void hv_log(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
