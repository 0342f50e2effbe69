/* SPDX-License-Identifier: BSD-2-Clause */
/* The labels that a policy gives to what is there: initial SIDs and devices. */
#ifndef TESTS_ORACLE_LABELS_H
#define TESTS_ORACLE_LABELS_H

#include <sepol/policydb/policydb.h>

#include "xsm/flask/flask.h"

/* What libsepol and we don't read alike, and its number in the list; NULL: all is alike. */
const char *oracle_compare_labels(const struct flask_policy *ours, const policydb_t *theirs,
                                  unsigned int *number);

#endif
