/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * boot.iso, by grub-mkrescue. The modules in it are links to those of the output directory.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/bailiwick/build.h"

#define STAGE ".iso"
#define LOG "boot.iso.log"
#define IMAGE "boot.iso"

/* All that the boot menu needs. */
#define GRUB_MODULES "--install-modules=multiboot2 normal iso9660 biosdisk serial terminal"

struct stage {
    const char *output;
    char directory[PATH_MAX]; /* what becomes the image's root */
};

static int stage_path(const struct stage *stage, const char *name, char path[PATH_MAX])
{
    int length = snprintf(path, PATH_MAX, "%s/boot/%s", stage->directory, name);

    return length < 0 || length >= PATH_MAX ? -ENAMETOOLONG : 0;
}

static int copy_in(const struct stage *stage, const char *source, const char *name)
{
    char boot[PATH_MAX];
    struct bytes bytes;
    int error = files_read(source, &bytes);

    if (!error)
        error = stage_path(stage, "", boot);
    if (!error)
        error = files_write(boot, name, bytes.data, bytes.size);
    bytes_free(&bytes);
    return error ? build_failed("", source, error) : 0;
}

/* A link to a file of the output directory; where links don't work, a copy. */
static int link_in(const struct stage *stage, const char *name, const char *staged_name)
{
    char from[PATH_MAX], to[PATH_MAX];
    int error = files_join(from, sizeof(from), stage->output, name);

    if (!error)
        error = stage_path(stage, staged_name, to);
    if (error)
        return build_failed(stage->output, name, error);
    unlink(to);
    return link(from, to) == 0 ? 0 : copy_in(stage, from, staged_name);
}

static int fill(const struct system *system, const struct stage *stage)
{
    char grub[PATH_MAX];
    int error = stage_path(stage, "grub", grub);

    if (!error)
        error = files_make_directory(grub);
    if (error)
        return build_failed(stage->output, STAGE, error);
    error = copy_in(stage, system->options->hypervisor, "bailiwick.elf");
    if (!error)
        error = link_in(stage, "grub.cfg", "grub/grub.cfg");
    if (!error)
        error = link_in(stage, "lcm.dtb", "lcm.dtb");
    for (unsigned int i = 0; !error && i < system->nr_files; i++)
        error = link_in(stage, system->module[i].name, system->module[i].name);
    return error;
}

/* Only what was put in is taken out again. */
static void remove_stage(const struct system *system, const struct stage *stage)
{
    static const char *const files[] = {"grub/grub.cfg", "grub", "bailiwick.elf", "lcm.dtb"};
    char path[PATH_MAX];

    for (unsigned int i = 0; i < system->nr_files; i++) {
        if (stage_path(stage, system->module[i].name, path) == 0)
            remove(path);
    }
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (stage_path(stage, files[i], path) == 0)
            remove(path);
    }
    if (stage_path(stage, "", path) == 0)
        rmdir(path);
    rmdir(stage->directory);
}

static void show_log(const char *log)
{
    struct bytes bytes;

    if (files_read(log, &bytes) != 0)
        return;
    (void)fwrite(bytes.data, 1, bytes.size, stderr);
    bytes_free(&bytes);
}

static int make_image(const struct stage *stage)
{
    char image[PATH_MAX], temporary[PATH_MAX], log[PATH_MAX];
    char command[] = "grub-mkrescue", output[] = "-o", modules[] = GRUB_MODULES;
    char target[] = "--directory=/usr/lib/grub/i386-pc", locales[] = "--locales=";
    char fonts[] = "--fonts=", themes[] = "--themes=", root[PATH_MAX];
    char *const argv[] = {command, output, temporary, target, modules,
                          locales, fonts,  themes,    root,   NULL};
    int status;

    if (files_join(image, sizeof(image), stage->output, IMAGE) != 0 ||
        files_join(temporary, sizeof(temporary), stage->output, IMAGE ".new") != 0 ||
        files_join(log, sizeof(log), stage->output, LOG) != 0)
        return build_failed(stage->output, IMAGE, -ENAMETOOLONG);
    memcpy(root, stage->directory, sizeof(root));
    status = files_run(argv, NULL, log);
    if (status != 0) {
        show_log(log);
        fprintf(stderr, "bailiwick: grub-mkrescue failed (packages grub-common, grub-pc-bin, "
                        "xorriso and mtools are needed)\n");
        return -EIO;
    }
    unlink(log);
    return rename(temporary, image) == 0 ? 0 : build_failed(stage->output, IMAGE, -errno);
}

int build_iso(const struct system *system)
{
    struct stage stage = {.output = system->options->output};
    int error = files_join(stage.directory, sizeof(stage.directory), stage.output, STAGE);

    if (error)
        return build_failed(stage.output, STAGE, error);
    error = fill(system, &stage);
    if (!error)
        error = make_image(&stage);
    remove_stage(system, &stage);
    return error;
}
