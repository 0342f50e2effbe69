/* SPDX-License-Identifier: BSD-2-Clause */
/* What fuzz targets have in common: the entry points that libFuzzer calls and gives. */
#ifndef TESTS_FUZZ_FUZZ_H
#define TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

/* An expectation that holds for every input; libFuzzer keeps the input that breaks it. */
#define must(condition) ((condition) ? (void)0 : abort())

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* libFuzzer takes this in place of its own mutations, if a target has it. */
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned int seed);
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);

#endif
