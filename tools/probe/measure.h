/* SPDX-License-Identifier: BSD-2-Clause */
/* ticks.S */
#ifndef PROBE_MEASURE_H
#define PROBE_MEASURE_H

#include <stdint.h>

/* TSC ticks around a hypercall: its number, then its arguments. */
uint64_t measured_call(const uint64_t call[5], int64_t *result);
/* The same around a NOP in its place. */
uint64_t measured_nothing(const uint64_t call[5], int64_t *result);

#endif
