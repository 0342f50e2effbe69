/* SPDX-License-Identifier: BSD-2-Clause */
/* bailiwick new, run and test: what authors do with a folder of their own is in tools/author/. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/bailiwick/command.h"
#include "tools/bailiwick/files.h"
#include "tools/bailiwick/folder.h"

/* It returns only if that can't be started. */
static int run(char **argv)
{
    char path[PATH_MAX], tree[PATH_MAX], relative[64];
    int error = folder_tree(tree);

    if (error)
        return EXIT_USAGE;
    snprintf(relative, sizeof(relative), "tools/author/%s", argv[0]);
    error = files_join(path, sizeof(path), tree, relative);
    if (error == 0) {
        argv[0] = path;
        execv(path, argv);
        error = -errno;
    }
    fprintf(stderr, "bailiwick: %s/%s: %s\n", tree, relative, strerror(-error));
    return EXIT_USAGE;
}

int command_author_run(char **argv)
{
    int status;
    pid_t child;

    fflush(stdout);
    child = fork();
    if (child == 0)
        _exit(run(argv));
    if (child < 0 || waitpid(child, &status, 0) != child || !WIFEXITED(status)) {
        fprintf(stderr, "bailiwick: tools/author/%s didn't run to its end\n", argv[0]);
        return EXIT_USAGE;
    }
    return WEXITSTATUS(status);
}

int command_new(int argc, char **argv)
{
    (void)argc;
    return run(argv);
}

int command_run(int argc, char **argv)
{
    (void)argc;
    return run(argv);
}

int command_test(int argc, char **argv)
{
    (void)argc;
    return run(argv);
}
