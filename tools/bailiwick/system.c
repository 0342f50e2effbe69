/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tools/bailiwick/folder.h"
#include "tools/bailiwick/system.h"

#define SYSTEMS "lcm/systems"

struct system *system_new(const struct options *options)
{
    struct system *system = calloc(1, sizeof(*system));

    if (!system) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        return NULL;
    }
    system->options = options;
    system->root = options->root;
    return system;
}

void system_free(struct system *system)
{
    if (!system)
        return;
    for (unsigned int i = 0; i < system->nr_files; i++)
        bytes_free(&system->module[i].content);
    bytes_free(&system->tree);
    policy_memory_free(&system->memory);
    free(system);
}

/* Its sources are in the tree, but for those that begin with ./ */
static int find_in_folder(struct system *system)
{
    const char *subject = system->options->subject;
    size_t length = strlen(subject);

    while (length > 1 && subject[length - 1] == '/')
        length--;
    if (snprintf(system->folder, PATH_MAX, "%.*s", (int)length, subject) >= PATH_MAX)
        return -ENAMETOOLONG;
    if (!system->root)
        system->root = system->tree_path;
    return files_join(system->file, sizeof(system->file), system->folder, FOLDER_LCM);
}

/* The policy of a folder is made when it is needed. */
static int compile(struct system *system)
{
    const struct options *options = system->options;
    int error;

    if (!system->folder[0])
        return 0;
    error = folder_tree(system->tree_path);
    if (error || options->policy || options->modules)
        return error;
    return folder_compile(system->folder, system->tree_path);
}

/* A word without '/' and '.' is the name of a system. */
static int find_file(struct system *system)
{
    const char *subject = system->options->subject;
    char relative[PATH_MAX];

    if (folder_is(subject, system->options->root))
        return find_in_folder(system);
    if (strpbrk(subject, "/."))
        return files_join(system->file, sizeof(system->file), NULL, subject);
    if (snprintf(relative, sizeof(relative), SYSTEMS "/%s.dts", subject) >= (int)sizeof(relative))
        return -ENAMETOOLONG;
    return files_join(system->file, sizeof(system->file), system->options->root, relative);
}

int system_load(struct system *system)
{
    int error = find_file(system);

    if (error == 0 && access(system->file, R_OK) != 0)
        error = -errno;
    if (error) {
        fprintf(stderr, "bailiwick: %s: %s\n", system->file[0] ? system->file : "file name",
                strerror(-error));
        return error;
    }
    error = compile(system);
    if (!error)
        error = tree_load(system->file, &system->tree);
    if (error)
        return error;
    /* A damaged blob is left as it is: system_check says what is wrong. */
    if (tree_is_valid(&system->tree))
        return system_load_modules(system);
    return 0;
}
