/* SPDX-License-Identifier: BSD-2-Clause */
/* Policies for the tests of xsm/. */
#ifndef TESTS_XSM_FIXTURE_H
#define TESTS_XSM_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "xsm/engine.h"

#define MAX_TEXT (1u << 18)

struct policy {
    struct xsm_engine engine;
    void *arena;
    unsigned char *image;
    size_t size;
};

/* Where tests put what they make; the caller frees it. */
char *test_path(const char *name);

/* All of a file, with a NUL after it; the caller frees it. */
char *read_text(const char *path, size_t *size);
void write_text(const char *path, const char *text);

/* Load a binary policy; the test fails if it can't be. */
void load_policy(struct policy *policy, const char *path);
/* Compile policy.conf text by checkpolicy to NAME.30 or NAME.24 and load it. */
void compile_policy(struct policy *policy, const char *name, int version, const char *conf);
/* Try to load what checkpolicy makes of the text: 0 or an error. */
int try_policy(const char *name, int version, const char *options, const char *conf,
               struct xsm_error *error);
void free_policy(struct policy *policy);

/* The SID of a label, which must be good. */
xsm_sid sid_of(struct policy *policy, const char *label);

/* A whole policy.conf: the vocabulary, then rules, then users and initial SIDs by our files. */
void append_file(char *conf, const char *path);
void append(char *conf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
