/* SPDX-License-Identifier: BSD-2-Clause */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tools/bailiwick/files.h"

#define FIRST_SIZE ((size_t)64 << 10)
#define LARGEST_SIZE ((size_t)1 << 30)
#define COMMAND_NOT_RUN 127 /* as in a shell */

void bytes_free(struct bytes *bytes)
{
    free(bytes->data);
    *bytes = (struct bytes){0};
}

static int grow(struct bytes *bytes, size_t *capacity)
{
    size_t larger = *capacity ? *capacity * 2 : FIRST_SIZE;
    uint8_t *data;

    if (larger > LARGEST_SIZE)
        return -EFBIG;
    data = realloc(bytes->data, larger);
    if (!data)
        return -ENOMEM;
    bytes->data = data;
    *capacity = larger;
    return 0;
}

int files_read_fd(int fd, struct bytes *bytes)
{
    size_t capacity = 0;

    *bytes = (struct bytes){0};
    for (;;) {
        ssize_t length;
        int error = bytes->size + 1 >= capacity ? grow(bytes, &capacity) : 0;

        length = error ? 0 : read(fd, bytes->data + bytes->size, capacity - bytes->size - 1);
        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            error = -errno;
        if (error) {
            bytes_free(bytes);
            return error;
        }
        if (length == 0) {
            bytes->data[bytes->size] = '\0';
            return 0;
        }
        bytes->size += (size_t)length;
    }
}

int files_read(const char *path, struct bytes *bytes)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    int error;

    *bytes = (struct bytes){0};
    if (fd < 0)
        return -errno;
    error = files_read_fd(fd, bytes);
    close(fd);
    return error;
}

int files_join(char *path, size_t size, const char *directory, const char *name)
{
    int length;

    if (!directory || name[0] == '/')
        length = snprintf(path, size, "%s", name);
    else
        length = snprintf(path, size, "%s/%s", directory, name);
    return length < 0 || (size_t)length >= size ? -ENAMETOOLONG : 0;
}

const char *files_basename(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

static int write_all(int fd, const uint8_t *data, size_t size)
{
    while (size > 0) {
        ssize_t length = write(fd, data, size);

        if (length < 0 && errno == EINTR)
            continue;
        if (length < 0)
            return -errno;
        data += length;
        size -= (size_t)length;
    }
    return 0;
}

int files_write(const char *directory, const char *name, const void *data, size_t size)
{
    char path[PATH_MAX], temporary[PATH_MAX + 8];
    int error = files_join(path, sizeof(path), directory, name);
    int fd;

    if (error)
        return error;
    snprintf(temporary, sizeof(temporary), "%s.new", path);
    fd = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (fd < 0)
        return -errno;
    error = write_all(fd, data, size);
    if (close(fd) != 0 && !error)
        error = -errno;
    if (!error && rename(temporary, path) != 0)
        error = -errno;
    if (error)
        unlink(temporary);
    return error;
}

int files_make_directory(const char *path)
{
    char part[PATH_MAX];
    size_t length = strnlen(path, sizeof(part));

    if (length == sizeof(part))
        return -ENAMETOOLONG;
    for (size_t i = 1; i <= length; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0777) != 0 && errno != EEXIST)
            return -errno;
    }
    return 0;
}

static void run_child(char *const argv[], int output, const char *log)
{
    if (output < 0) {
        output = open(log, O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (output >= 0)
            dup2(output, STDERR_FILENO);
    }
    if (output >= 0)
        dup2(output, STDOUT_FILENO);
    execvp(argv[0], argv);
    _exit(COMMAND_NOT_RUN);
}

static int wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0) {
        if (errno != EINTR)
            return -errno;
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
}

int files_run(char *const argv[], struct bytes *output, const char *log)
{
    int ends[2] = {-1, -1};
    int status, error = 0;
    pid_t child;

    if (output && pipe(ends) != 0)
        return -errno;
    child = fork();
    if (child == 0) {
        if (output)
            close(ends[0]);
        run_child(argv, ends[1], log);
    }
    if (output) {
        close(ends[1]);
        error = child < 0 ? 0 : files_read_fd(ends[0], output);
        close(ends[0]);
    }
    if (child < 0)
        return -EAGAIN;
    status = wait_for(child);
    return error ? error : status;
}
