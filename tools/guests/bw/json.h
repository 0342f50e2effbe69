/* SPDX-License-Identifier: BSD-2-Clause */
/* What was read as JSON, one object a line. */
#ifndef BW_JSON_H
#define BW_JSON_H

#include <stdint.h>
#include <stdio.h>

#include "hv/public/bailiwick_op.h"

/* A record of the audit ring, or of changes; the text has the names. */
void bw_json_record(FILE *out, const struct bw_audit_read *record, const char *text);
/* A decision, of which only its text is known. */
void bw_json_covered(FILE *out, const char *text);

#endif
