/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bailiwick/build.h"

#define LINE_SIZE 512u
#define MENU_SIZE ((LCM_MAX_MODULES + (size_t)16) * LINE_SIZE)

/* A text that is put together; it is large enough for the most that there can be. */
struct text {
    char *data;
    size_t used;
};

static void add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));

static void add(struct text *text, const char *format, ...)
{
    va_list arguments;
    int length;

    va_start(arguments, format);
    length = vsnprintf(text->data + text->used, MENU_SIZE - text->used, format, arguments);
    va_end(arguments);
    if (length > 0 && (size_t)length < MENU_SIZE - text->used)
        text->used += (size_t)length;
}

int build_failed(const char *directory, const char *name, int error)
{
    fprintf(stderr, "bailiwick: %s/%s: %s\n", directory, name, strerror(-error));
    return error;
}

static int write_file(const struct system *system, const char *name, const void *data, size_t size)
{
    int error = files_write(system->options->output, name, data, size);

    return error ? build_failed(system->options->output, name, error) : 0;
}

static int write_modules(const struct system *system)
{
    for (unsigned int i = 0; i < system->nr_files; i++) {
        const struct module_file *file = &system->module[i];
        int error = write_file(system, file->name, file->content.data, file->content.size);

        if (error)
            return error;
    }
    return write_file(system, "lcm.dtb", system->tree.data, system->tree.size);
}

/* The boot order: what QEMU's -initrd takes, with commas in between. */
static void list_modules(const struct system *system, struct text *text)
{
    add(text, "lcm.dtb\n");
    for (unsigned int i = 0; i < system->nr_files; i++)
        add(text, "%s\n", system->module[i].name);
}

static void list_nonces(const struct system *system, struct text *text)
{
    for (unsigned int i = 0; i < system->nr_nonces; i++)
        add(text, "%s %s\n", system->nonce[i].domain, system->nonce[i].text);
}

/* GRUB hands over what follows a file's name as its module line: the module's name. */
static void make_menu(const struct system *system, struct text *text)
{
    add(text, "# Made by `bailiwick build`, together with lcm.dtb, which counts on this order.\n"
              "serial --unit=0 --speed=115200\n"
              "terminal_input serial console\n"
              "terminal_output serial console\n"
              "set timeout=0\n"
              "set default=0\n"
              "menuentry \"Bailiwick\" {\n"
              "    multiboot2 /boot/bailiwick.elf\n"
              "    module2 /boot/lcm.dtb lcm.dtb\n");
    for (unsigned int i = 0; i < system->nr_files; i++)
        add(text, "    module2 /boot/%s %s\n", system->module[i].name, system->module[i].name);
    add(text, "}\n");
}

typedef void make_function(const struct system *system, struct text *text);

static int write_text(const struct system *system, const char *name, make_function *make)
{
    struct text text = {.data = malloc(MENU_SIZE)};
    int error;

    if (!text.data)
        return build_failed(system->options->output, name, -ENOMEM);
    make(system, &text);
    error = write_file(system, name, text.data, text.used);
    free(text.data);
    return error;
}

int build_write(const struct system *system)
{
    int error = files_make_directory(system->options->output);

    if (error)
        return build_failed(system->options->output, "", error);
    error = write_modules(system);
    if (!error)
        error = write_text(system, "modules", list_modules);
    if (!error)
        error = write_text(system, "nonces", list_nonces);
    if (!error)
        error = write_text(system, "grub.cfg", make_menu);
    if (!error && !system->options->no_iso)
        error = build_iso(system);
    return error;
}
