/* SPDX-License-Identifier: BSD-2-Clause */
/* Which domain of a system may do what to which, to the hypervisor and to the policy. */
#ifndef BAILIWICK_MATRIX_H
#define BAILIWICK_MATRIX_H

#include "tools/bailiwick/asked.h"

/*
 * A table on stdout, or the same for programs; what any of the states allows. Returns the exit
 * status.
 */
int matrix_print(const struct asked *asked, bool json);

#endif
