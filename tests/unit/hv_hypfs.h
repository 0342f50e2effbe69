/* SPDX-License-Identifier: BSD-2-Clause */
/* A launch that has been, and hypfs as its domains read it. */
#ifndef TESTS_HV_HYPFS_H
#define TESTS_HV_HYPFS_H

#include "hv/gate/ops.h"

/* Where paths and what is read are in guest memory; a buffer of so many bytes has its own pages. */
#define HYPFS_PATH 0x10000ul
#define HYPFS_BUFFER 0x20000ul
#define HYPFS_ROOM 0x20000ul

/* The launch's domains: the reader, the other one, and one that couldn't be built. */
#define HYPFS_READER 1
#define HYPFS_OTHER 2
#define HYPFS_FAILED 3

/* Its boot modules; the last two are published, as text for the reader, as bytes for the other. */
#define HYPFS_MODULES 5
#define HYPFS_KERNEL 2
#define HYPFS_TEXT 3
#define HYPFS_BYTES 4
#define HYPFS_TEXT_SIZE 5000

/*
 * A launch of these domains, as the launch records it. `label` is the reader's, a type of
 * SCENE_POLICY; NULL: there is no policy.
 */
void hypfs_stage(const char *label);
/* The same, but that it isn't recorded yet. */
void hypfs_prepare(const char *label);
struct domain *hypfs_reader(void);
struct domain *hypfs_other(void);
/* What is in this boot module. */
const void *hypfs_module(unsigned int number, size_t *size);

/* hypfs_op with these arguments. */
int64_t hypfs_call(uint64_t sub, uint64_t path, uint64_t path_size, uint64_t buffer, uint64_t size);
/* The same with the path, with its NUL, in the reader's memory; the buffer is HYPFS_BUFFER. */
int64_t hypfs_call_path(uint64_t sub, const char *path, uint64_t size);
/* Guest memory at HYPFS_BUFFER. */
void hypfs_fetch(void *to, size_t size);
void hypfs_fill(uint8_t byte, size_t size);

/* Read it all: 0 or -errno. */
int64_t hypfs_read(const char *path, struct xen_hypfs_direntry *entry, void *content, size_t room);
/* The names in a directory, each with a blank behind it; or "-ERRNO". */
const char *hypfs_ls(const char *path);
/* A value as xenhypfs prints it; or "-ERRNO". */
const char *hypfs_cat(const char *path);

#endif
