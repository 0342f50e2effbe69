/* SPDX-License-Identifier: BSD-2-Clause */
#include "hv/machine/serial.h"
#include "hv/arch/arch.h"

#define QUEUE_SIZE 65536u /* bytes; a power of two */
#define KEPT_FOR_HYPERVISOR 8192u
#define WAIT_LIMIT 1000000u /* polls: a port that is stuck loses output, not time without end */

static char queue[QUEUE_SIZE];
static unsigned int head, tail; /* counted without end; the difference is what is queued */

void serial_init(void)
{
    arch_serial_init();
}

size_t serial_room(void)
{
    unsigned int used = tail - head;

    return used < QUEUE_SIZE - KEPT_FOR_HYPERVISOR ? QUEUE_SIZE - KEPT_FOR_HYPERVISOR - used : 0;
}

size_t serial_free(void)
{
    return QUEUE_SIZE - (tail - head);
}

bool serial_pump(void)
{
    while (head != tail && arch_serial_ready()) {
        for (unsigned int i = 0; i < ARCH_SERIAL_FIFO && head != tail; i++)
            arch_serial_put(queue[head++ % QUEUE_SIZE]);
    }
    return head != tail;
}

/* Wait until the port has taken something; give up on what it never takes. */
static void wait_for_port(void)
{
    for (unsigned int i = 0; i < WAIT_LIMIT && !arch_serial_ready(); i++)
        continue;
    if (!arch_serial_ready())
        head++;
    (void)serial_pump();
}

void serial_put(char c)
{
    if (tail - head == QUEUE_SIZE)
        wait_for_port();
    queue[tail++ % QUEUE_SIZE] = c;
}

void serial_flush(void)
{
    while (serial_pump())
        wait_for_port();
}
