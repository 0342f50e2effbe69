/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/folder.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tools/bailiwick/files.h"

#define POLICY "build/policy.30" /* in the folder */
#define COMPILER "policy/build"  /* in the tree */
#define SELF "/proc/self/exe"

bool folder_is(const char *subject, const char *root)
{
    char relative[PATH_MAX], path[PATH_MAX];
    struct stat status;

    if (stat(subject, &status) != 0 || !S_ISDIR(status.st_mode))
        return false;
    if (strpbrk(subject, "/."))
        return true;
    return snprintf(relative, sizeof(relative), "lcm/systems/%s.dts", subject) >=
               (int)sizeof(relative) ||
           files_join(path, sizeof(path), root, relative) != 0 || access(path, F_OK) != 0;
}

int folder_tree(char tree[PATH_MAX])
{
    char path[PATH_MAX];
    ssize_t length = readlink(SELF, tree, PATH_MAX - 1);
    char *slash;

    tree[length > 0 ? length : 0] = '\0';
    while ((slash = strrchr(tree, '/')) != NULL) {
        *slash = '\0';
        if (files_join(path, sizeof(path), tree, COMPILER) == 0 && access(path, X_OK) == 0)
            return 0;
    }
    fprintf(stderr, "bailiwick: this command isn't in a Bailiwick tree, with a " COMPILER
                    " above it: nothing can be taken from there\n");
    return -ENOENT;
}

/* What changes within one tick of the clock counts as newer. */
static bool is_newer(const struct stat *one, const struct stat *other)
{
    if (one->st_mtim.tv_sec != other->st_mtim.tv_sec)
        return one->st_mtim.tv_sec > other->st_mtim.tv_sec;
    return one->st_mtim.tv_nsec >= other->st_mtim.tv_nsec;
}

/* A folder itself is newer when something has gone from it. Those in it are looked at by name. */
static bool has_newer(const char *directory, const char *name, const struct stat *than)
{
    char path[PATH_MAX], file[PATH_MAX];
    const struct dirent *entry;
    struct stat status;
    bool newer;
    DIR *open;

    if (files_join(path, sizeof(path), directory, name) != 0 || stat(path, &status) != 0)
        return false;
    newer = is_newer(&status, than);
    open = opendir(path);
    while (open && !newer && (entry = readdir(open)) != NULL)
        newer = files_join(file, sizeof(file), path, entry->d_name) == 0 &&
                stat(file, &status) == 0 && !S_ISDIR(status.st_mode) && is_newer(&status, than);
    if (open)
        closedir(open);
    return newer;
}

static bool is_compiled(const char *folder, const char *tree)
{
    char policy[PATH_MAX];
    struct stat status;

    if (files_join(policy, sizeof(policy), folder, POLICY) != 0 || stat(policy, &status) != 0)
        return false;
    return !has_newer(folder, ".", &status) && !has_newer(folder, "modules", &status) &&
           !has_newer(folder, "vocabulary", &status) && !has_newer(tree, "policy", &status) &&
           !has_newer(tree, "policy/modules", &status) &&
           !has_newer(tree, "policy/vocabulary", &status);
}

/* There, so that messages and NAME.lines name the folder's files wherever one asks from. */
static int run_compiler(const char *folder, const char *compiler)
{
    char env[] = "env", chdir_option[] = "-C", here[] = "./", policy[] = POLICY;
    char directory[PATH_MAX], command[PATH_MAX];
    char *const argv[] = {env, chdir_option, directory, command, here, policy, NULL};
    struct bytes output;
    int status;

    snprintf(directory, sizeof(directory), "%s", folder);
    snprintf(command, sizeof(command), "%s", compiler);
    status = files_run(argv, &output, NULL);
    bytes_free(&output);
    return status;
}

int folder_compile(const char *folder, const char *tree)
{
    char compiler[PATH_MAX], source[PATH_MAX];
    int error = files_join(compiler, sizeof(compiler), tree, COMPILER);

    if (error == 0)
        error = files_join(source, sizeof(source), folder, "system.te");
    if (error == 0 && access(source, R_OK) != 0)
        error = -errno;
    if (error) {
        fprintf(stderr, "bailiwick: %s/system.te: %s\n", folder, strerror(-error));
        return error;
    }
    if (is_compiled(folder, tree))
        return 0;
    if (run_compiler(folder, compiler) == 0)
        return 0;
    fprintf(stderr, "bailiwick: %s: its policy can't be compiled, for the reason above\n", folder);
    return -EINVAL;
}
