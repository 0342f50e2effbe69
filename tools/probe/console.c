/* SPDX-License-Identifier: BSD-2-Clause */
#include <xen/xen.h>
#include <xen/io/console.h>
#include <xen/hvm/params.h>

#include "console.h"
#include "cpu.h"
#include "text.h"
#include "xen.h"

#define PORT_DEBUG 0xe9
#define PAGE_SHIFT 12
/* How long to wait for room in the ring before text is dropped. */
#define RING_PATIENCE_MS 10000u

static struct xencons_interface *ring;
static uint32_t ring_port;
static char pending[512];
static size_t nr_pending;

void console_init(void)
{
    uint64_t frame = 0, port = 0;

    if (!xen_present())
        return;
    if (hvm_get_param(HVM_PARAM_CONSOLE_PFN, &frame) ||
        hvm_get_param(HVM_PARAM_CONSOLE_EVTCHN, &port) || !frame || !port)
        return;
    ring = (struct xencons_interface *)(uintptr_t)(frame << PAGE_SHIFT);
    ring_port = (uint32_t)port;
}

static uint32_t ring_room(void)
{
    return (uint32_t)sizeof(ring->out) -
           (ring->out_prod - __atomic_load_n(&ring->out_cons, __ATOMIC_ACQUIRE));
}

static void ring_put(char c)
{
    XENCONS_RING_IDX producer = ring->out_prod;

    ring->out[MASK_XENCONS_IDX(producer, ring->out)] = c;
    __atomic_store_n(&ring->out_prod, producer + 1, __ATOMIC_RELEASE);
}

static void ring_write(const char *bytes, size_t size)
{
    unsigned int waited;
    size_t i;

    for (i = 0; i < size; i++) {
        for (waited = 0; !ring_room() && waited < RING_PATIENCE_MS; waited++) {
            evtchn_send(ring_port);
            sleep_ms(1);
        }
        if (!ring_room())
            return;
        ring_put(bytes[i]);
    }
    evtchn_send(ring_port);
}

void console_flush(void)
{
    size_t i;

    if (ring)
        ring_write(pending, nr_pending);
    else if (xen_present())
        console_io_write(pending, nr_pending);
    else
        for (i = 0; i < nr_pending; i++)
            out8(PORT_DEBUG, (uint8_t)pending[i]);
    nr_pending = 0;
}

void put_bytes(const char *bytes, size_t size)
{
    size_t i;

    for (i = 0; i < size; i++) {
        pending[nr_pending++] = bytes[i];
        if (bytes[i] == '\n' || nr_pending == sizeof(pending))
            console_flush();
    }
}

void put_text(const char *text)
{
    put_bytes(text, text_length(text));
}

static void put_number(uint64_t value, unsigned int base)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_bytes(digits + at, sizeof(digits) - at);
}

void put_decimal(int64_t value)
{
    if (value < 0)
        put_text("-");
    put_number(value < 0 ? 0 - (uint64_t)value : (uint64_t)value, 10);
}

void put_hex(uint64_t value)
{
    put_text("0x");
    put_number(value, 16);
}
