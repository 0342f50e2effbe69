/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Running the host command in tests, on small systems in a directory of each test's own.
 */
#ifndef TESTS_COMMAND_H
#define TESTS_COMMAND_H

#include <stdbool.h>
#include <stddef.h>

#define COMMAND "build/tests/bailiwick" /* with the sanitizers */
#define POLICY "build/policy/two-guests.30"
#define LARGEST 65536u

/* Where each test has its files: made by setup, with what the shipped systems need; and removed. */
extern char root[64];
extern char output[LARGEST]; /* of the last command */

int setup(void **state);
int teardown(void **state);

/* Run the host command with these arguments. Returns its exit status. */
int run(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* `bailiwick build SYSTEM` with everything that it needs, to out/; and more arguments. */
int build(const char *system, const char *more);
/* The shipped two-guests, changed by a sed script, as changed.dts; `bailiwick check` of that. */
void change(const char *script);
int check_changed(void);
/* The last command's output must have this in it. */
void assert_said(const char *text);

/* A shell command that must succeed. */
void run_shell(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Files below the root. */
size_t read_file(const char *name, char content[LARGEST]);
void write_file(const char *name, const void *data, size_t size);
bool exists(const char *name);

#endif
