/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Where a policy's rules are written: what policy/lines has put beside a policy that was built
 * here, as NAME.lines.
 */
#ifndef BAILIWICK_LINES_H
#define BAILIWICK_LINES_H

#include "tools/bailiwick/asked.h"

/* One rule, of one permission; sets are written out, attributes stay. */
struct line {
    const char *kind, *source, *target, *class_name, *what;
    const char *when;  /* the branch of a condition: "-", "a,b", "!a,b" (policy/lines) */
    const char *place; /* FILE:LINE */
};

struct lines {
    struct bytes file;
    struct line *line; /* NULL: it isn't known where anything is written */
    size_t count;
};

/* Empty if the policy wasn't built here, or the file is about another one. */
void lines_load(const struct asked *asked, struct lines *lines);
void lines_free(struct lines *lines);

/* Where a rule is written, or NULL. Names are those of the compiled rule; `when` as above. */
const char *lines_find_rule(const struct lines *lines, const char *source, const char *target,
                            const char *class_name, const char *permission, const char *when);
/* Where constraint number `index`, from 0, of a permission is written, or NULL. */
const char *lines_find_constraint(const struct lines *lines, const char *class_name,
                                  const char *permission, unsigned int index);

#endif
