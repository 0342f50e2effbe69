/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a bootloader hands over. The first byte chooses the protocol; the rest is
 *   Multiboot2: the boot information, of which nothing may be read beyond its end;
 *   Multiboot:  memory from address 0, which holds the information; the rest of memory is zero.
 * The hypervisor's report on a hand-over that makes no sense ends the attempt.
 */
#define _DEFAULT_SOURCE /* MAP_ANONYMOUS */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "hv/boot/boot_info.h"
#include "hv/machine/memory.h"
#include "hv/machine/panic.h"
#include "tests/fuzz/fuzz.h"

#define MULTIBOOT2 0x36d76289u
#define MULTIBOOT 0x2badb002u
#define INFORMATION 0x1000u /* where Multiboot2's is */
#define MEMORY_SIZE (4 * GIB + 16 * MIB)
#define LARGEST 8192u

static jmp_buf stopped;
static struct boot_info boot;
static uint8_t *memory;      /* Multiboot */
static uint8_t *information; /* Multiboot2, of exactly its size; NULL: Multiboot */

void panic(const char *format, ...)
{
    char text[256];
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    must(length > 0 && (size_t)length < sizeof(text) && strncmp(text, "boot: ", 6) == 0);
    longjmp(stopped, 1);
}

void *map_paddr(paddr_t address)
{
    must(address.a < MEMORY_SIZE);
    return information ? information + (address.a - INFORMATION) : memory + address.a;
}

static void check_result(void)
{
    must(boot.nr_ram > 0 && boot.nr_ram <= BOOT_MAX_RANGES && boot.nr_modules <= BOOT_MAX_MODULES);
    must(boot.protocol && strnlen(boot.loader, sizeof(boot.loader)) < sizeof(boot.loader));
    must(strnlen(boot.command_line, BOOT_MAX_LINE) < BOOT_MAX_LINE);
    must(boot.information.start.a <= boot.information.end.a);
    for (unsigned int i = 0; i < boot.nr_ram; i++) {
        must(boot.ram[i].start.a <= boot.ram[i].end.a);
        must(i == 0 || boot.ram[i - 1].end.a < boot.ram[i].start.a);
    }
    for (unsigned int i = 0; i < boot.nr_modules; i++) {
        must(boot.module[i].range.start.a <= boot.module[i].range.end.a);
        must(strnlen(boot.module[i].line, BOOT_MAX_LINE) < BOOT_MAX_LINE);
    }
}

static void attempt(uint32_t magic, uint32_t address)
{
    if (setjmp(stopped) != 0)
        return;
    boot_read_multiboot(magic, paddr(address), &boot);
    check_result();
}

static void attempt_multiboot2(const uint8_t *data, size_t size)
{
    uint32_t total;

    memcpy(&total, data, sizeof(total));
    if (total > size) /* a bootloader has at least the memory that it speaks of */
        total = (uint32_t)size;
    information = malloc(total < 8 ? 8 : total);
    must(information != NULL);
    memcpy(information, data, total < 8 ? 8 : total);
    memcpy(information, &total, sizeof(total));
    attempt(MULTIBOOT2, INFORMATION);
    free(information);
    information = NULL;
}

static void attempt_multiboot(const uint8_t *data, size_t size)
{
    if (!memory) {
        memory = mmap(NULL, MEMORY_SIZE, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        must((void *)memory != MAP_FAILED);
    }
    memcpy(memory, data, size);
    attempt(MULTIBOOT, 0);
    memset(memory, 0, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 9 || size > LARGEST)
        return 0;
    if (data[0] % 2 == 0)
        attempt_multiboot2(data + 1, size - 1);
    else
        attempt_multiboot(data + 1, size - 1);
    return 0;
}
