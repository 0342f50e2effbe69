/* SPDX-License-Identifier: BSD-2-Clause */
/* The hypervisor, as far as a loader that has failed needs it. */
#ifndef UNPACK_XEN_H
#define UNPACK_XEN_H

/*
 * Print on this domain's console: its ring, and without one the hypervisor's console. What neither
 * takes is lost.
 */
void console_print(const char *text);
/* End this domain; the reason is that it crashed. */
_Noreturn void crash(void);

#endif
