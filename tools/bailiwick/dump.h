/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that a policy decides, as lines of text that are sorted: how it was compiled, and from
 * what, leaves no trace in them.
 */
#ifndef BAILIWICK_DUMP_H
#define BAILIWICK_DUMP_H

#include "tools/bailiwick/asked.h"

struct dump {
    const struct asked *asked;
    char **line;
    size_t count, room;
    bool failed; /* no memory is left */
};

/* printf() to a line of its own. */
void dump_line(struct dump *dump, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Sort what there is, each line once. */
void dump_sort(struct dump *dump);
void dump_free(struct dump *dump);

/* dump_words.c: classes, users, roles, contexts: what is the same in all states. */
void dump_words(struct dump *dump);
/* dump_rules.c: constraints and transitions that are the same in all states, */
void dump_rules(struct dump *dump);
/* and what is allowed, audited and made in one state. */
void dump_state(struct dump *dump, const struct flask_table *table);

/* " { a b }", in the order of their names. Valid until the next call. */
const char *dump_permissions(const struct flask_class *class, uint32_t permissions);

#endif
