/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Expectations of a policy, as people write them: docs/expectations.md. This is what a file says,
 * before it is known what the names in it stand for.
 */
#ifndef BAILIWICK_EXPECTATIONS_H
#define BAILIWICK_EXPECTATIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "tools/bailiwick/files.h"

#define EXPECT_MAX_ITEMS 16u   /* names on one side */
#define EXPECT_MAX_RIGHTS 32u  /* of one line */
#define EXPECT_MAX_CHOICES 6u  /* booleans of one line */
#define EXPECT_MAX_LINE 1000u  /* characters */
#define EXPECT_MAX_TOKENS 200u /* words of one line */
#define EXPECT_MAX_FILE (1u << 20)
#define EXPECT_MAX_ERRORS 20u /* that are said of one file */

enum expect_verb { EXPECT_ALLOW, EXPECT_DENY, EXPECT_ONLY, EXPECT_NEVER_FLOW, EXPECT_SECTION };

/* When it must be so; bits. */
#define EXPECT_BEFORE 1u /* the launch is finalised */
#define EXPECT_AFTER 2u

enum expect_item_kind {
    EXPECT_NAME,    /* a domain, a type, an attribute, a context, an initial SID */
    EXPECT_ANY,     /* any */
    EXPECT_SELF,    /* self */
    EXPECT_ROLE,    /* role(NAME) */
    EXPECT_MODULE,  /* module(DOMAIN/TYPE) or module(NAME) */
    EXPECT_CHANNEL, /* channel(NAME): the subject's end of a channel to it */
};

struct expect_item {
    enum expect_item_kind kind;
    bool other;    /* not the subject itself */
    bool optional; /* the policy may lack it: NAME? */
    const char *name;
    unsigned int column;
};

struct expect_side {
    unsigned int nr_items, nr_except; /* those that follow `but` */
    struct expect_item item[EXPECT_MAX_ITEMS], except[EXPECT_MAX_ITEMS];
};

struct expect_right {
    const char *class_name; /* NULL: an operation, or everything */
    const char *permission; /* NULL: all of the class */
    const char *operation;  /* of xsm/hooks.def, or NULL */
    bool except;            /* follows `but`: not this one */
    bool optional;          /* only if the policy has the class: CLASS?:... */
    unsigned int column;
};

struct expect_choice {
    const char *boolean;
    bool on;
    unsigned int column;
};

enum expect_audit { EXPECT_ANY_AUDIT, EXPECT_AUDITED, EXPECT_SILENT };

struct expect_line {
    unsigned int number;
    const char *text; /* without the comment and the spaces around */
    enum expect_verb verb;
    unsigned int phases;
    unsigned int nr_choices, nr_rights;
    struct expect_choice choice[EXPECT_MAX_CHOICES];
    struct expect_side subject, object; /* of never flow: from, to */
    struct expect_side trusting;
    struct expect_item label; /* `to LABEL`; no name: not given */
    struct expect_right right[EXPECT_MAX_RIGHTS];
    bool key[3];             /* by enum xsm_key: must deny it */
    const char *errno_name;  /* or NULL */
    enum expect_audit audit; /* must be recorded, or not */
    char *words;             /* what the names above point into; from malloc */
};

struct expect_file {
    const char *path;
    struct bytes content;
    struct expect_line *line;
    unsigned int count;
    unsigned int errors; /* that were said on stderr */
};

/* Read it; errors are said on stderr, all of them. Negative: there were some. */
int expect_read(const char *path, struct expect_file *file);
/* The same of text that is in memory already, which becomes the file's. */
int expect_parse(const char *path, struct bytes content, struct expect_file *file);
void expect_free(struct expect_file *file);

/* FILE:LINE:COLUMN: what is wrong, on stderr. */
void expect_complain(struct expect_file *file, const struct expect_line *line, unsigned int column,
                     const char *format, ...) __attribute__((format(printf, 4, 5)));

/* What a line is cut into (expect_words.c). Columns count from 1. */
struct expect_token {
    const char *text;
    unsigned int column;
};

struct expect_tokens {
    struct expect_token token[EXPECT_MAX_TOKENS + 1]; /* the last is "", where the line ends */
    unsigned int count;
    unsigned int next; /* to be looked at */
    unsigned int error_column;
    char error[200]; /* "": none so far */
};

/* `room` holds twice the line, and two bytes. */
void expect_split(const char *line, unsigned int length, char *room, struct expect_tokens *tokens);
/* The next word; "" at the end. */
const char *expect_peek(const struct expect_tokens *tokens);
/* Is it this word? Then go past it. */
bool expect_take(struct expect_tokens *tokens, const char *word);
/* Go past it, whatever it is. */
struct expect_token expect_next(struct expect_tokens *tokens);
/* "expected WHAT, not WORD"; false. The first error counts. */
bool expect_wanted(struct expect_tokens *tokens, const char *what);
bool expect_fail(struct expect_tokens *tokens, unsigned int column, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* expect_sides.c */
bool expect_parse_side(struct expect_tokens *tokens, bool object, struct expect_side *side);
bool expect_parse_item(struct expect_tokens *tokens, bool object, struct expect_item *item);
/* expect_rights.c: what follows the colon, with its options. */
bool expect_parse_rights(struct expect_tokens *tokens, struct expect_line *line);

#endif
