/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/command.h"
#include "tests/unit/kernel_image.h"

char root[64];
char output[LARGEST];

void run_shell(const char *format, ...)
{
    char command[512];
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(command, sizeof(command), format, arguments);
    va_end(arguments);
    assert_int_equal(system(command), 0);
}

#define OUTPUTS " 2>&1"

int run(const char *format, ...)
{
    char command[1024] = COMMAND " ";
    size_t used = strlen(command), size;
    va_list arguments;
    FILE *stream;
    int status;

    va_start(arguments, format);
    used += (size_t)vsnprintf(command + used, sizeof(command) - used, format, arguments);
    va_end(arguments);
    assert_in_range(used, 0, sizeof(command) - sizeof(OUTPUTS));
    memcpy(command + used, OUTPUTS, sizeof(OUTPUTS));
    stream = popen(command, "r");
    assert_non_null(stream);
    size = fread(output, 1, sizeof(output) - 1, stream);
    output[size] = '\0';
    status = pclose(stream);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

void assert_said(const char *text)
{
    if (!strstr(output, text))
        fail_msg("\"%s\" is not in:\n%s", text, output);
}

size_t read_file(const char *name, char content[LARGEST])
{
    char path[256];
    FILE *stream;
    size_t size;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    stream = fopen(path, "rb");
    if (!stream)
        fail_msg("%s is not there", path);
    size = fread(content, 1, LARGEST - 1, stream);
    content[size] = '\0';
    fclose(stream);
    return size;
}

void write_file(const char *name, const void *data, size_t size)
{
    char path[256];
    FILE *stream;

    snprintf(path, sizeof(path), "%s/%s", root, name);
    stream = fopen(path, "wb");
    assert_non_null(stream);
    assert_int_equal(fwrite(data, 1, size, stream), size);
    fclose(stream);
}

bool exists(const char *name)
{
    char path[256];

    snprintf(path, sizeof(path), "%s/%s", root, name);
    return access(path, F_OK) == 0;
}

int setup(void **state)
{
    uint8_t elf[KERNEL_IMAGE_SIZE], bzimage[BZIMAGE_MAX_SIZE];

    (void)state;
    strcpy(root, "build/tests/bailiwick.XXXXXX");
    if (!mkdtemp(root))
        return -1;
    run_shell("mkdir -p %s/build/guests %s/build/policy %s/build/probe %s/tests/qemu/scripts "
              "%s/lcm",
              root, root, root, root, root);
    run_shell("cp -r lcm/systems %s/lcm/ && cp " POLICY " %s/build/policy/", root, root);
    kernel_image_elf(elf, true);
    write_file("build/probe/probe.elf", elf, sizeof(elf));
    write_file("build/guests/vmlinuz", bzimage, kernel_image_bzimage(bzimage, elf, PACKING_XZ));
    write_file("build/guests/initrd", "ramdisk", 7);
    write_file("tests/qemu/scripts/hello", "say hello\n", 10);
    write_file("bailiwick.elf", "the hypervisor", 14);
    return 0;
}

int teardown(void **state)
{
    (void)state;
    run_shell("rm -r %s", root);
    return 0;
}

void change(const char *script)
{
    run_shell("sed -e '%s' lcm/systems/two-guests.dts >%s/changed.dts", script, root);
}

int check_changed(void)
{
    return run("check %s/changed.dts --root %s", root, root);
}

int build(const char *system, const char *more)
{
    return run("build %s --root %s --output %s/out --hypervisor %s/bailiwick.elf %s", system, root,
               root, root, more);
}
