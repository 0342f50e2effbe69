/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the module nodes of the source to the files that the bootloader loads, and back into the
 * tree: mb-index, module-name and digest. Menu and LCM come from one list, so they can't differ.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tools/bailiwick/kernel.h"
#include "tools/bailiwick/system.h"

#define LIST_NAME "modules" /* written by build: the boot order */
#define TEMPORARY ".new"    /* how the names of files end that are being written */
#define ROOM ((size_t)64 << 10)
#define ROOM_OF_NODE 512u
#define NAME_CHARACTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+-"

/* Names of files that build itself writes next to the modules. */
static const char *const taken_names[] = {"lcm.dtb",  LIST_NAME,  "nonces",
                                          "grub.cfg", "boot.iso", "bailiwick.elf"};

static void fault(struct system *system, const char *path, const char *problem, const char *detail)
{
    lcm_find(&system->report, LCM_ERROR, NULL, path, "%s%s", problem, detail);
}

/* Names go into the boot menu, into QEMU's command line and into the file system. */
static bool is_good_name(const char *name)
{
    size_t length = strlen(name);

    if (length == 0 || length >= SYSTEM_MAX_NAME || name[0] == '.' || name[0] == '-' ||
        name[strspn(name, NAME_CHARACTERS)] != '\0')
        return false;
    if (length >= strlen(TEMPORARY) && strcmp(name + length - strlen(TEMPORARY), TEMPORARY) == 0)
        return false;
    for (size_t i = 0; i < sizeof(taken_names) / sizeof(taken_names[0]); i++) {
        if (strcmp(name, taken_names[i]) == 0)
            return false;
    }
    return true;
}

/* Where the file of this node is; false: it is reported why that is not known. */
static bool find_path(struct system *system, const struct tree_module *node, const char *name,
                      char path[PATH_MAX])
{
    const struct options *options = system->options;
    int error;

    if (node->type == LCM_XSM_POLICY && options->policy)
        error = files_join(path, PATH_MAX, NULL, options->policy);
    else if (system->modules[0])
        error = files_join(path, PATH_MAX, system->modules, name);
    else if (system->folder[0] && strncmp(node->source, "./", 2) == 0)
        error = files_join(path, PATH_MAX, system->folder, node->source + 2);
    else
        error = files_join(path, PATH_MAX, system->root, node->source);
    if (error)
        fault(system, node->path, "the path of its file is too long: ", name);
    return error == 0;
}

static void read_file(struct system *system, const char *path, struct module_file *file)
{
    const char *problem = NULL;
    int error = files_read(file->path, &file->content);

    if (error)
        problem = strerror(-error);
    else if (file->kernel && kernel_is_bzimage(&file->content))
        problem = kernel_unpack(&file->content);
    if (!problem)
        return;
    lcm_find(&system->report, LCM_ERROR, NULL, path, "%s can't be used: %s", file->path, problem);
    file->unreadable = true;
    bytes_free(&file->content);
}

/* The file that a node shares with an earlier one, or NULL. `clash`: same name, another file. */
static struct module_file *find_shared(struct system *system, const struct module_file *file,
                                       bool *clash)
{
    for (unsigned int i = 0; i < system->nr_files; i++) {
        struct module_file *other = &system->module[i];

        if (strcmp(other->name, file->name) != 0)
            continue;
        if (strcmp(other->path, file->path) == 0 && other->kernel == file->kernel)
            return other;
        *clash = true;
    }
    return NULL;
}

/* Fill in `file` from a node, but not its content. */
static bool name_file(struct system *system, const struct tree_module *node,
                      struct module_file *file)
{
    const char *name = node->name;

    if (!name && node->source)
        name = files_basename(node->source);
    if (!name || (!node->source && !system->modules[0])) {
        fault(system, node->path, "has no source",
              ": there is no file to take (or say --modules DIR)");
        return false;
    }
    if (!is_good_name(name)) {
        lcm_find(&system->report, LCM_ERROR, NULL, node->path,
                 "can't be called \"%s\": give it another module-name, of letters, digits and . _ "
                 "+ -, that isn't one of build's own files",
                 name);
        return false;
    }
    snprintf(file->name, sizeof(file->name), "%s", name);
    file->kernel = node->type == LCM_KERNEL;
    return find_path(system, node, name, file->path);
}

/*
 * The file of a node. One that can't be used has a place in the list all the same, so that what is
 * wrong with it is said once, and not again as a module that wasn't loaded.
 */
static struct module_file *find_or_add(struct system *system, const struct tree_module *node)
{
    struct module_file *next = &system->module[system->nr_files];
    struct module_file *shared;
    bool clash = false;

    /* There is one file for each node at most, and as much room as for nodes. */
    *next = (struct module_file){0};
    next->unreadable = !name_file(system, node, next);
    shared = next->unreadable ? NULL : find_shared(system, next, &clash);
    if (shared)
        return shared;
    if (clash) {
        fault(system, node->path,
              "another file is called the same, give one a module-name: ", next->name);
        next->unreadable = true;
    }
    if (!next->unreadable)
        read_file(system, node->path, next);
    system->nr_files++;
    return next;
}

static void write_locator(struct system *system, const struct tree_module *node,
                          const struct module_file *file)
{
    struct bytes *tree = &system->tree;
    uint32_t index = (uint32_t)(file - system->module) + 1;
    uint8_t digest[LCM_DIGEST_SIZE];
    bool done;

    lcm_sha256(file->content.data, file->content.size, digest);
    tree_remove(tree, node->path, "source");
    tree_remove(tree, node->path, "module-name");
    done = tree_set_u32(tree, node->path, "mb-index", index);
    if (done && !file->unreadable)
        done = tree_set(tree, node->path, "module-name", file->name, strlen(file->name) + 1) &&
               tree_set(tree, node->path, "digest", digest, sizeof(digest));
    if (!done)
        fault(system, node->path, "can't be changed", "");
}

/* One pass for policies and one for the rest: the policy comes first in the boot order. */
static void resolve(struct system *system, bool policies, struct module_file **files)
{
    for (unsigned int i = 0; i < system->nr_nodes; i++) {
        if ((system->node[i].type == LCM_XSM_POLICY) == policies)
            files[i] = find_or_add(system, &system->node[i]);
    }
}

static bool has_sources(const struct system *system)
{
    for (unsigned int i = 0; i < system->nr_nodes; i++) {
        if (system->node[i].source)
            return true;
    }
    return false;
}

/* What was built is checked as it is, in the order of its list. */
static bool load_built(struct system *system)
{
    char path[PATH_MAX], *line, *rest;
    struct bytes list;

    if (!system->modules[0] || has_sources(system) ||
        files_join(path, sizeof(path), system->modules, LIST_NAME) != 0 ||
        files_read(path, &list) != 0)
        return false;
    line = strtok_r((char *)list.data, "\n", &rest);
    while (line && (line = strtok_r(NULL, "\n", &rest)) && system->nr_files < LCM_MAX_MODULES) {
        struct module_file *file = &system->module[system->nr_files++];

        snprintf(file->name, sizeof(file->name), "%s", line);
        if (files_join(file->path, sizeof(file->path), system->modules, line) == 0)
            read_file(system, "", file);
    }
    bytes_free(&list);
    return true;
}

/* The folder that a built LCM is in, if it is still there with its list of modules. */
static bool find_built(struct system *system)
{
    int length = (int)(files_basename(system->file) - system->file);
    char list[PATH_MAX];

    if (length > 1)
        length--; /* without the '/', unless that is all */
    snprintf(system->modules, sizeof(system->modules), "%.*s", length > 0 ? length : 1,
             length > 0 ? system->file : ".");
    return files_join(list, sizeof(list), system->modules, LIST_NAME) == 0 &&
           access(list, R_OK) == 0;
}

/* 0: it is known where module files are, or each has its source. */
static int find_modules(struct system *system)
{
    const char *modules = system->options->modules;

    if (modules)
        return files_join(system->modules, sizeof(system->modules), NULL, modules);
    if (!tree_is_blob(system->file) || system->nr_nodes == 0 || has_sources(system) ||
        find_built(system))
        return 0;
    fprintf(stderr, "%s: error: this is a built LCM: add --modules DIR\n", system->file);
    return -ENOENT;
}

int system_load_modules(struct system *system)
{
    struct module_file *files[LCM_MAX_MODULES] = {0};
    int error;

    system->nr_nodes = tree_list_modules(&system->tree, system->node, LCM_MAX_MODULES);
    error = find_modules(system);
    if (error || load_built(system))
        return error;
    resolve(system, true, files);
    resolve(system, false, files);
    if (!tree_open(&system->tree,
                   ROOM + 3 * system->tree.size + (size_t)system->nr_nodes * ROOM_OF_NODE)) {
        fault(system, "", "can't be changed", "");
        return 0;
    }
    for (unsigned int i = 0; i < system->nr_nodes; i++) {
        if (files[i])
            write_locator(system, &system->node[i], files[i]);
    }
    if (system->options->output)
        system_fill_nonces(system);
    tree_close(&system->tree);
    return 0;
}
