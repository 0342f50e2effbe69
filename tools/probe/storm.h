/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Storms: commands that do everything they can to the hypervisor, many times over. Each attempt is
 * guarded by itself; a storm's result is how many attempts ended in an exception.
 */
#ifndef PROBE_STORM_H
#define PROBE_STORM_H

#include <stddef.h>
#include <stdint.h>

#include "command.h"

struct tally {
    uint64_t tried, faulted;
};

/* Call a function; an exception ends only this attempt. */
void attempt(struct tally *tally, void (*function)(void *), void *argument);
void report_tally(const struct tally *tally, struct result *result);

/* The next of a sequence of pseudo-random numbers. */
uint64_t next_random(uint64_t *state);

#endif
