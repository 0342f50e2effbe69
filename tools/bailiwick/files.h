/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Files, read whole and written whole. Functions return 0 or a negative errno.
 */
#ifndef BAILIWICK_FILES_H
#define BAILIWICK_FILES_H

#include <stddef.h>
#include <stdint.h>

struct bytes {
    uint8_t *data; /* from malloc */
    size_t size;
};

void bytes_free(struct bytes *bytes);

/*
 * Read a whole file. A NUL follows its bytes, which `size` doesn't count. On failure
 * `bytes` is empty.
 */
int files_read(const char *path, struct bytes *bytes);
/* Read what is left of an open file. */
int files_read_fd(int fd, struct bytes *bytes);

/* "directory/name", or `name` alone if it is absolute or there is no directory. */
int files_join(char *path, size_t size, const char *directory, const char *name);
/* What follows the last '/'. */
const char *files_basename(const char *path);

/* Write under a temporary name, then rename: what is there is always whole. */
int files_write(const char *directory, const char *name, const void *data, size_t size);
/* Make a directory and those above it, if they aren't there. */
int files_make_directory(const char *path);

/*
 * Run a command (argv[0] is looked up in PATH) and wait. Its standard output goes to `output` or,
 * if that is NULL, together with its standard error to the file `log`. Its exit status, or a
 * negative errno.
 */
int files_run(char *const argv[], struct bytes *output, const char *log);

#endif
