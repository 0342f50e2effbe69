/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The operations of xsm/hooks.def in words, on stdout: for people, for programs, and as a document.
 */
#ifndef BAILIWICK_OPERATIONS_H
#define BAILIWICK_OPERATIONS_H

#include "xsm/hooks.h"

/* What the operation lets its caller do (xsm/words.def). */
const char *operation_words(enum xsm_hook operation);
/* "the caller", "the other end of the channel" */
const char *party_words(enum xsm_party party);
/* "any domain", "control or hardware": who a mask of a row lets in. Valid until the next call. */
const char *who_words(uint32_t who);

void operations_print(const enum xsm_hook *operation, unsigned int n);
void operations_print_json(const enum xsm_hook *operation, unsigned int n);
void operations_print_markdown(const enum xsm_hook *operation, unsigned int n);

#endif
