/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Three domains that do what bytes say: calls with good and bad arguments, writes to what they
 * share with the hypervisor, their end and their return; and around them time, input, and
 * allocations that fail. The bytes come from a fuzzer or a random generator.
 */
#ifndef TESTS_HV_SCRIPT_H
#define TESTS_HV_SCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct script {
    const uint8_t *bytes;
    size_t size, at;
    uint64_t random; /* instead of bytes, if not 0 */
    uint64_t base;   /* frames of the hypervisor without domains */
    uint64_t calls, refused, succeeded;
};

/* A small machine with three domains: two with every right of their own, one with few. */
void script_start(struct script *s);
/* Are there bytes left? */
bool script_goes_on(const struct script *s);
/*
 * One step. With `compare` a call that fails is checked to have changed nothing. NULL, or what is
 * wrong.
 */
const char *script_step(struct script *s, bool compare);

#endif
