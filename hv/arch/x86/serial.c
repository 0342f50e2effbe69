/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port: a 16550 UART, polled. */
#include "hv/arch/arch.h"
#include "hv/arch/x86/cpu.h"

#define PORT CONFIG_CONSOLE_SERIAL_PORT
#define UART_DATA (PORT + 0)
#define UART_INTERRUPTS (PORT + 1)
#define UART_FIFO (PORT + 2)
#define UART_LINE_CONTROL (PORT + 3)
#define UART_MODEM_CONTROL (PORT + 4)
#define UART_LINE_STATUS (PORT + 5)

#define LINE_CONTROL_8N1 0x03
#define LINE_CONTROL_DIVISOR 0x80
#define DIVISOR_115200 1
#define FIFO_ENABLE_AND_CLEAR 0x07
#define MODEM_DTR_RTS 0x03
#define STATUS_DATA_READY 0x01
#define STATUS_TRANSMITTER_EMPTY 0x20
#define STATUS_ABSENT 0xff

void arch_serial_init(void)
{
    outb(UART_INTERRUPTS, 0);
    outb(UART_LINE_CONTROL, LINE_CONTROL_DIVISOR);
    outb(UART_DATA, DIVISOR_115200);
    outb(UART_INTERRUPTS, 0);
    outb(UART_LINE_CONTROL, LINE_CONTROL_8N1);
    outb(UART_FIFO, FIFO_ENABLE_AND_CLEAR);
    outb(UART_MODEM_CONTROL, MODEM_DTR_RTS);
}

bool arch_serial_ready(void)
{
    return inb(UART_LINE_STATUS) & STATUS_TRANSMITTER_EMPTY;
}

void arch_serial_put(char c)
{
    outb(UART_DATA, (uint8_t)c);
}

int arch_serial_get(void)
{
    uint8_t status = inb(UART_LINE_STATUS);

    if (status == STATUS_ABSENT || !(status & STATUS_DATA_READY))
        return -1;
    return inb(UART_DATA);
}
