/* SPDX-License-Identifier: BSD-2-Clause */
/* The serial port: what was sent is kept for the test, what the test types is received. */
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/arch/fake/fake.h"

void arch_serial_init(void)
{
}

bool arch_serial_ready(void)
{
    return !fake.serial_busy;
}

/* Of a long output the older half is forgotten. */
void arch_serial_put(char c)
{
    if (fake.output_length == sizeof(fake.output) - 1) {
        size_t half = sizeof(fake.output) / 2;

        fake.output_length -= half;
        memmove(fake.output, fake.output + half, fake.output_length);
    }
    fake.output[fake.output_length++] = c;
    fake.output[fake.output_length] = '\0';
}

int arch_serial_get(void)
{
    if (fake.input_taken == fake.input_length)
        return -1;
    return (uint8_t)fake.input[fake.input_taken++];
}

void fake_type(const char *text, size_t size)
{
    fake.input_length = (unsigned int)min_u64(size, sizeof(fake.input));
    fake.input_taken = 0;
    memcpy(fake.input, text, fake.input_length);
}

void fake_clear_output(void)
{
    fake.output_length = 0;
    fake.output[0] = '\0';
}
