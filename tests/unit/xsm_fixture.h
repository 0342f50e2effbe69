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
/* The same of version 30, with options for checkpolicy. */
void compile_policy_with(struct policy *policy, const char *name, const char *options,
                         const char *conf);
/* Try to load what checkpolicy makes of the text: 0 or an error. */
int try_policy(const char *name, int version, const char *options, const char *conf,
               struct xsm_error *error);
void free_policy(struct policy *policy);

/* The SID of a label, which must be good. */
xsm_sid sid_of(struct policy *policy, const char *label);
/* The label of a SID, which must be this one. */
void expect_context(const struct policy *policy, xsm_sid sid, const char *expected);

/*
 * A policy.conf with Xen's part of our vocabulary, the types boot_t, a_t and b_t (attribute all),
 * the role r, the user u, and these rules and constraints. The caller frees it.
 */
char *make_conf(const char *rules, const char *constraints);
/* The same without constraints, compiled and loaded. */
void make_policy(struct policy *policy, const char *name, const char *rules);

/* Text at the end of a buffer of MAX_TEXT bytes. */
void append_file(char *conf, const char *path);
void append(char *conf, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
