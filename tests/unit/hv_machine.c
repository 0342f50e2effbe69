/* SPDX-License-Identifier: BSD-2-Clause */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "hv/arch/arch.h"
#include "hv/launch/plan.h"
#include "hv/machine/cpus.h"
#include "hv/machine/cpu.h"
#include "hv/machine/memory.h"
#include "hv/machine/time.h"
#include "hv_machine.h"

/* Multiboot2 Specification 2.0, 3.6. */
#define MAGIC 0x36d76289u
#define TAG_END 0u
#define TAG_LOADER_NAME 2u
#define TAG_MODULE 3u
#define TAG_MEMORY_MAP 6u
#define MEMORY_AVAILABLE 1u

/* Where the bootloader puts things. */
#define INFORMATION (3 * MIB)
#define MODULES (4 * MIB)

_Noreturn void bailiwick_main(uint32_t magic, uint64_t information);

void machine_start(uint64_t memory_size)
{
    machine_start_with(memory_size, 0);
}

void machine_start_with(uint64_t memory_size, unsigned int other_cpus)
{
    static struct boot_info boot;

    fake_power_on(memory_size);
    fake.other_cpus = other_cpus;
    boot = (struct boot_info){.protocol = "none", .nr_ram = 1};
    boot.ram[0] = (struct boot_range){paddr(0), paddr(memory_size)};
    console_init();
    memory_init(&boot);
    arch_map_memory(&boot);
    memory_add_high(&boot);
    arch_init();
    cpus_start();
    plan.boot = &boot;
    fake_clear_output();
    boot_cpu.slice_end = NEVER;
    boot_cpu.armed = NEVER;
}

struct writer {
    uint64_t information, modules;
};

static void put_word(struct writer *w, uint32_t word)
{
    memcpy(map_paddr(paddr(w->information)), &word, sizeof(word));
    w->information += sizeof(word);
}

static void put_text(struct writer *w, const char *text)
{
    size_t size = strlen(text) + 1;

    memcpy(map_paddr(paddr(w->information)), text, size);
    w->information = align_up(w->information + size, 8);
}

static void put_memory_map(struct writer *w, uint64_t size)
{
    put_word(w, TAG_MEMORY_MAP);
    put_word(w, 16 + 24);
    put_word(w, 24);
    put_word(w, 0);
    put_word(w, 0);
    put_word(w, 0);
    put_word(w, (uint32_t)size);
    put_word(w, (uint32_t)(size >> 32));
    put_word(w, MEMORY_AVAILABLE);
    put_word(w, 0);
}

static void put_module(struct writer *w, const struct machine_file *file)
{
    FILE *stream = fopen(file->path, "rb");
    size_t room = (size_t)(fake.memory_size - w->modules), size;

    if (stream == NULL) {
        perror(file->path);
        abort();
    }
    size = fread(map_paddr(paddr(w->modules)), 1, room, stream);
    (void)fclose(stream);
    put_word(w, TAG_MODULE);
    put_word(w, (uint32_t)(16 + strlen(file->line) + 1));
    put_word(w, (uint32_t)w->modules);
    put_word(w, (uint32_t)(w->modules + size));
    put_text(w, file->line);
    w->modules = align_up(w->modules + size, PAGE_SIZE);
}

void machine_load(uint64_t memory_size, const struct machine_file *files, unsigned int nr_files)
{
    struct writer w = {INFORMATION + 8, MODULES}, start = {INFORMATION, 0};

    fake_power_on(memory_size);
    put_word(&w, TAG_LOADER_NAME);
    put_word(&w, 8 + sizeof("test"));
    put_text(&w, "test");
    put_memory_map(&w, memory_size);
    for (unsigned int i = 0; i < nr_files; i++)
        put_module(&w, &files[i]);
    put_word(&w, TAG_END);
    put_word(&w, 8);
    put_word(&start, (uint32_t)(w.information - INFORMATION));
}

static void enter(void *argument)
{
    (void)argument;
    bailiwick_main(MAGIC, INFORMATION);
}

enum fake_end machine_run(const struct fake_hooks *hooks)
{
    fake.hooks = hooks;
    return fake_run(enter, NULL);
}

enum fake_end machine_boot(uint64_t memory_size, const struct machine_file *files,
                           unsigned int nr_files, const struct fake_hooks *hooks)
{
    machine_load(memory_size, files, nr_files);
    return machine_run(hooks);
}

bool machine_said(const char *text)
{
    if (strstr(fake.output, text) != NULL)
        return true;
    (void)fprintf(stderr, "`%s` is missing from:\n%s\n", text, fake.output);
    return false;
}
