/* SPDX-License-Identifier: BSD-2-Clause */
/* Constraints and conditions as they stand in a policy's source. */
#ifndef BAILIWICK_EXPRESSION_H
#define BAILIWICK_EXPRESSION_H

#include <stdbool.h>

#include "xsm/flask/flask.h"

/* "u1 == u2 and t1 != { a_t b_t }"; from malloc, NULL: not enough memory. */
char *expression_constraint(const struct flask_policy *policy,
                            const struct flask_constraint *constraint);

/*
 * What of a constraint that doesn't hold makes it fail: the smallest parts of it that would have to
 * change, with "and" between them. Likewise from malloc.
 */
char *expression_failing(const struct flask_policy *policy,
                         const struct flask_constraint *constraint, struct flask_context source,
                         struct flask_context target);

/* "debug && !sealed"; likewise from malloc. */
char *expression_condition(const struct flask_policy *policy,
                           const struct flask_condition *condition);

/*
 * A branch of a condition by its booleans in the order of their names, "debug,sealed", and
 * "!debug,sealed" for when it doesn't hold; likewise from malloc.
 */
char *expression_branch(const struct flask_policy *policy, const struct flask_condition *condition,
                        bool otherwise);

#endif
