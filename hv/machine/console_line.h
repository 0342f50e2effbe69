/* SPDX-License-Identifier: BSD-2-Clause */
/* Lines on the serial console, for log.c. */
#ifndef HV_MACHINE_CONSOLE_LINE_H
#define HV_MACHINE_CONSOLE_LINE_H

#include <stdbool.h>

/* Print "[speaker] text", after and without harm to a line that is being shown as it comes. */
void console_put_line(const char *speaker, const char *text);
/* The same if nobody has to wait for it. Returns whether it was so. */
bool console_put_line_if_room(const char *speaker, const char *text);

#endif
