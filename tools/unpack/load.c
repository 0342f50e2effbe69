/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/unpack/load.h"

#include <string.h>

#include "tools/unpack/bzimage.h"
#include "tools/unpack/elf.h"
#include "tools/unpack/formats.h"

#define MORE_MEMORY ": give the domain more memory"

static struct range module_range(const struct hvm_modlist_entry *module)
{
    return (struct range){module->paddr, module->paddr + module->size};
}

static struct range segment_range(const struct segment *s)
{
    return (struct range){s->address, s->address + s->size};
}

static bool modules_in_memory(const struct start *start, const struct ranges *memory)
{
    for (unsigned int i = 0; i < start->info.nr_modules; i++) {
        if (start->module[i].size > UINT64_MAX - start->module[i].paddr ||
            !ranges_hold(memory, module_range(&start->module[i])))
            return false;
    }
    return true;
}

/* The modules from `first` on, without `but`. */
static void add_modules(struct ranges *used, const struct start *start, unsigned int first,
                        unsigned int but)
{
    for (unsigned int i = first; i < start->info.nr_modules; i++)
        if (i != but)
            (void)ranges_add(used, start->module[i].paddr, start->module[i].size);
}

/* Unpack it to the highest place that is free. */
static const char *unpack_file(const struct start *start, const struct ranges *memory,
                               struct range own, struct range *file)
{
    const struct hvm_modlist_entry *module = &start->module[0];
    const uint8_t *image = physical(module->paddr);
    struct ranges used = {1, {own}};
    struct payload payload;
    uint8_t *to;
    const char *why = bzimage_payload((struct input){image, image + module->size}, &payload);

    if (why != NULL)
        return why;
    add_modules(&used, start, 0, MAX_MODULES);
    if (!ranges_find(memory, &used, payload.size, &file->start))
        return "there is no room to unpack it" MORE_MEMORY;
    file->end = file->start + payload.size;
    to = physical(file->start);
    return unpack_payload(payload.packed, (struct output){to, to, to + payload.size});
}

/*
 * Segments are copied in their order. One may lie where the file is, but not where what comes after
 * it is still to be copied from.
 */
static const char *check_segments(const struct kernel *kernel, const struct ranges *memory,
                                  struct range own, struct range file)
{
    const uint8_t *start = physical(file.start);

    for (unsigned int i = 0; i < kernel->nr_segments; i++) {
        struct range to = segment_range(&kernel->segment[i]);

        if (!ranges_hold(memory, to))
            return "the kernel in it doesn't fit into the domain's memory" MORE_MEMORY;
        if (ranges_meet(to, own))
            return "the kernel in it wants memory below 1 MiB, where its loader is";
        for (unsigned int j = i + 1; j < kernel->nr_segments; j++) {
            const struct segment *later = &kernel->segment[j];
            uint64_t at = file.start + (uint64_t)(later->data - start);

            if (ranges_meet(to, (struct range){at, at + later->data_size}))
                return "there is no room to unpack it beside the kernel" MORE_MEMORY;
        }
    }
    return NULL;
}

static void add_segments(struct ranges *used, const struct kernel *kernel)
{
    for (unsigned int i = 0; i < kernel->nr_segments; i++)
        (void)ranges_add(used, kernel->segment[i].address, kernel->segment[i].size);
}

static const char *read_file(struct range file, struct kernel *kernel)
{
    const uint8_t *data = physical(file.start);

    return elf_read((struct input){data, data + (file.end - file.start)}, kernel);
}

static bool move_file(const struct ranges *memory, const struct ranges *used, struct range *file)
{
    uint64_t size = file->end - file->start, to;

    if (!ranges_find(memory, used, size, &to))
        return false;
    memmove(physical(to), physical(file->start), size);
    *file = (struct range){to, to + size};
    return true;
}

/*
 * Read the file, and if the kernel is to go to where it is, find another place for it: the highest
 * without the bzImage, which isn't needed any more; then one away from the kernel.
 */
static const char *settle_file(const struct start *start, const struct ranges *memory,
                               struct range own, struct range *file, struct kernel *kernel)
{
    struct ranges used = {1, {own}};
    const char *why = read_file(*file, kernel);

    if (why != NULL)
        return why;
    add_modules(&used, start, 1, MAX_MODULES);
    why = check_segments(kernel, memory, own, *file);
    for (unsigned int i = 0; i < 2 && why != NULL; i++) {
        if (i == 1)
            add_segments(&used, kernel);
        if (!move_file(memory, &used, file))
            break;
        (void)read_file(*file, kernel);
        why = check_segments(kernel, memory, own, *file);
    }
    return why;
}

/* The bzImage's memory may be the new place. */
static const char *move_modules(struct start *start, const struct kernel *kernel,
                                const struct ranges *memory, struct range own, struct range file)
{
    struct ranges kernels = {0};

    add_segments(&kernels, kernel);
    for (unsigned int i = 1; i < start->info.nr_modules; i++) {
        struct hvm_modlist_entry *module = &start->module[i];
        struct ranges used = kernels;
        uint64_t to;

        if (!ranges_use(&kernels, module_range(module)))
            continue;
        used.range[used.count++] = own;
        used.range[used.count++] = file;
        add_modules(&used, start, 1, i);
        if (!ranges_find(memory, &used, module->size, &to))
            return "there is no room for a module beside the kernel" MORE_MEMORY;
        memmove(physical(to), physical(module->paddr), module->size);
        module->paddr = to;
    }
    return NULL;
}

static void copy_segments(const struct kernel *kernel)
{
    for (unsigned int i = 0; i < kernel->nr_segments; i++) {
        const struct segment *s = &kernel->segment[i];
        uint8_t *to = physical(s->address);

        memmove(to, s->data, s->data_size);
        memset(to + s->data_size, 0, s->size - s->data_size);
    }
}

const char *load_kernel(struct start *start, struct range own, uint32_t *entry)
{
    static struct ranges memory;
    static struct kernel kernel;
    struct range file;
    const char *why;

    start_memory(start, &memory);
    if (!modules_in_memory(start, &memory))
        return "the modules aren't in memory below 4 GiB";
    why = unpack_file(start, &memory, own, &file);
    if (why != NULL)
        return why;
    why = settle_file(start, &memory, own, &file, &kernel);
    if (why == NULL)
        why = move_modules(start, &kernel, &memory, own, file);
    if (why != NULL)
        return why;
    copy_segments(&kernel);
    *entry = kernel.entry;
    return NULL;
}
