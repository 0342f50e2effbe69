/* SPDX-License-Identifier: BSD-2-Clause */
/* What a policy allows, as far as it was asked about. */
#ifndef BAILIWICK_DECISIONS_H
#define BAILIWICK_DECISIONS_H

#include <stdio.h>

#include "tools/bailiwick/asked.h"

/* Permissions of one class that one label has on another in the same states of the booleans. */
struct decision {
    struct flask_context source, target;
    unsigned int class_value;
    uint32_t permissions;
    uint64_t states;
    bool withheld; /* the rules allow it, and a constraint doesn't */
    bool
        guessed; /* a constraint was asked about contexts that no policy names: others may differ */
};

struct decisions {
    struct decision *decision;
    size_t count, room;
};

/* Negative: not enough memory, which was said. */
int decisions_find(const struct asked *asked, const struct asked_labels *sources,
                   const struct asked_labels *targets, const struct asked_class *class,
                   struct decisions *found);
/* The same of one pair alone, added to what is there. */
int decisions_of_pair(const struct asked *asked, const struct asked_label *source,
                      const struct asked_label *target, const struct asked_class *class,
                      struct decisions *found);
void decisions_free(struct decisions *decisions);

/*
 * As rules that allow the same, on stdout (decisions_text.c): labels of which the same is true
 * stand in one, under the name of an attribute if that has just those types. Rewrites `decisions`.
 * Negative: not enough memory.
 */
int decisions_print(const struct asked *asked, struct decisions *decisions);
/* Each by itself, for programs. */
void decisions_print_json(const struct asked *asked, const struct decisions *decisions);

/* "{ create bind }", or "create" alone. */
void decisions_print_permissions(FILE *out, const struct flask_class *class, uint32_t permissions);

#endif
