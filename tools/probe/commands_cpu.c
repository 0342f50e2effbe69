/* SPDX-License-Identifier: BSD-2-Clause */
/* Commands that need no hypervisor: instructions, registers, ports, memory. */
#include "command.h"
#include "console.h"
#include "cpu.h"
#include "text.h"

#define WORD(i) (arguments->value[i])

void command_cpuid(const struct arguments *arguments, struct result *result)
{
    struct cpuid_result r = cpuid((uint32_t)WORD(0), arguments->nr > 1 ? (uint32_t)WORD(1) : 0);

    result->hex = true;
    result->value = r.eax;
    result_note(result, "ebx", r.ebx);
    result_note(result, "ecx", r.ecx);
    result_note(result, "edx", r.edx);
}

void command_rdmsr(const struct arguments *arguments, struct result *result)
{
    result->hex = true;
    result->value = (int64_t)read_msr((uint32_t)WORD(0));
}

void command_wrmsr(const struct arguments *arguments, struct result *result)
{
    (void)result;
    write_msr((uint32_t)WORD(0), WORD(1));
}

/* The number of bytes of in, out, read, write: 1, 2, 4 and, if `has_8`, 8. */
static bool valid_width(uint64_t bytes, bool has_8)
{
    return bytes == 1 || bytes == 2 || bytes == 4 || (bytes == 8 && has_8);
}

void command_in(const struct arguments *arguments, struct result *result)
{
    uint16_t port = (uint16_t)WORD(1);

    if (!valid_width(WORD(0), false)) {
        result->usage = "in 1|2|4 PORT";
        return;
    }
    result->hex = true;
    if (WORD(0) == 1)
        result->value = in8(port);
    else if (WORD(0) == 2)
        result->value = in16(port);
    else
        result->value = in32(port);
}

void command_out(const struct arguments *arguments, struct result *result)
{
    uint16_t port = (uint16_t)WORD(1);

    if (!valid_width(WORD(0), false)) {
        result->usage = "out 1|2|4 PORT VALUE";
        return;
    }
    if (WORD(0) == 1)
        out8(port, (uint8_t)WORD(2));
    else if (WORD(0) == 2)
        out16(port, (uint16_t)WORD(2));
    else
        out32(port, (uint32_t)WORD(2));
}

void command_read(const struct arguments *arguments, struct result *result)
{
    uintptr_t at = (uintptr_t)WORD(1);

    if (!valid_width(WORD(0), true)) {
        result->usage = "read 1|2|4|8 ADDRESS";
        return;
    }
    result->hex = true;
    if (WORD(0) == 1)
        result->value = *(volatile uint8_t *)at;
    else if (WORD(0) == 2)
        result->value = *(volatile uint16_t *)at;
    else if (WORD(0) == 4)
        result->value = *(volatile uint32_t *)at;
    else
        result->value = (int64_t) * (volatile uint64_t *)at;
}

void command_write(const struct arguments *arguments, struct result *result)
{
    uintptr_t at = (uintptr_t)WORD(1);

    if (!valid_width(WORD(0), true)) {
        result->usage = "write 1|2|4|8 ADDRESS VALUE";
        return;
    }
    if (WORD(0) == 1)
        *(volatile uint8_t *)at = (uint8_t)WORD(2);
    else if (WORD(0) == 2)
        *(volatile uint16_t *)at = (uint16_t)WORD(2);
    else if (WORD(0) == 4)
        *(volatile uint32_t *)at = (uint32_t)WORD(2);
    else
        *(volatile uint64_t *)at = WORD(2);
}

uint64_t fnv1a(const volatile uint8_t *bytes, uint64_t size)
{
    uint64_t hash = 0xcbf29ce484222325u, i;

    for (i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

void command_checksum(const struct arguments *arguments, struct result *result)
{
    result->hex = true;
    result->value = (int64_t)fnv1a((const volatile uint8_t *)(uintptr_t)WORD(0), WORD(1));
}

void command_ud2(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    __asm__ volatile("ud2");
}

void command_int3(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    __asm__ volatile("int3");
}

void command_hlt(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    __asm__ volatile("hlt");
}

void command_spin(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    __asm__ volatile("cli");
    for (;;)
        __asm__ volatile("");
}

void command_triple_fault(const struct arguments *arguments, struct result *result)
{
    (void)arguments;
    (void)result;
    triple_fault();
}

static uint8_t buffer[BUFFER_SIZE] __attribute__((aligned(BUFFER_SIZE)));

uint8_t *command_buffer(void)
{
    return buffer;
}

/* u8, u16, u32, u64: its size in bytes; 0 for another word. */
static size_t item_size(const char *word)
{
    static const char names[][4] = {"u8", "u16", "u32", "u64"};
    size_t i;

    for (i = 0; i < 4; i++)
        if (text_equal(word, names[i]))
            return (size_t)1 << i;
    return 0;
}

/* buffer [u8|u16|u32|u64 VALUE...]...: the values one behind the other; gives their size. */
void command_buffer_fill(const struct arguments *arguments, struct result *result)
{
    size_t size = 4, used = 0, new_size;
    unsigned int i;

    memset(buffer, 0, sizeof(buffer));
    for (i = 0; i < arguments->nr; i++) {
        new_size = item_size(arguments->word[i]);
        if (new_size) {
            size = new_size;
        } else if (!arguments->is_number[i]) {
            result->usage = "buffer [u8|u16|u32|u64 VALUE...]...";
            return;
        } else {
            memcpy(buffer + used, &WORD(i), size);
            used += size;
        }
    }
    result->value = (int64_t)used;
}

/* buffer_text TEXT: the text, escapes undone; gives its length. */
void command_buffer_text(const struct arguments *arguments, struct result *result)
{
    size_t size = text_unescape(arguments->text);

    memset(buffer, 0, sizeof(buffer));
    memcpy(buffer, arguments->text, size);
    result->value = (int64_t)size;
}
