/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROBE_SCRIPT_H
#define PROBE_SCRIPT_H

#include <stddef.h>

struct script_summary {
    unsigned int nr_ok;     /* expectations that held */
    unsigned int nr_failed; /* expectations that did not, and lines that can't be understood */
};

/* Run a script, line by line; README.md describes its language. */
struct script_summary script_run(const char *script, size_t size);

#endif
