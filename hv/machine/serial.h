/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What goes out on the serial port, queued: a port sends some ten bytes a millisecond, and nobody
 * waits for it but the hypervisor when it stops.
 */
#ifndef HV_MACHINE_SERIAL_H
#define HV_MACHINE_SERIAL_H

#include <stdbool.h>
#include <stddef.h>

void serial_init(void);
/* Queue a byte; when the queue is full, wait until there is room. */
void serial_put(char c);
/* Room in the queue, bytes, that domains may use: some is kept for the hypervisor's own lines. */
size_t serial_room(void);
/* All the room there is in the queue, bytes: a line that fits waits for nothing. */
size_t serial_free(void);
/* Hand the port what it can take now. Returns whether something is left. */
bool serial_pump(void);
/* Wait until all is sent. */
void serial_flush(void);

#endif
