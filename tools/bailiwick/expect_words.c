/* SPDX-License-Identifier: BSD-2-Clause */
/* A line of expectations, cut into words. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "tools/bailiwick/expectations.h"

#define ALONE "(),"
#define SHOWN 40 /* characters of a wrong word */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* How many characters of `text` are one word. */
static unsigned int word_length(const char *text, unsigned int left)
{
    unsigned int length = 1;

    if (strchr(ALONE, text[0]))
        return 1;
    while (length < left && !is_space(text[length]) && !strchr(ALONE "#", text[length]))
        length++;
    /* "guest_b_t:" is a name and what follows names. */
    return length > 1 && text[length - 1] == ':' ? length - 1 : length;
}

static bool is_printable(const char *text, unsigned int length)
{
    for (unsigned int i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return true;
}

void expect_split(const char *line, unsigned int length, char *room, struct expect_tokens *tokens)
{
    unsigned int at = 0;

    memset(tokens, 0, sizeof(*tokens));
    while (at < length && line[at] != '#') {
        unsigned int size = 1;

        if (is_space(line[at])) {
            at++;
            continue;
        }
        size = word_length(line + at, length - at);
        if (!is_printable(line + at, size))
            expect_fail(tokens, at + 1, "a character that no name has");
        else if (tokens->count == EXPECT_MAX_TOKENS)
            expect_fail(tokens, at + 1, "a line has at most %u words", EXPECT_MAX_TOKENS);
        if (tokens->error[0])
            return;
        memcpy(room, line + at, size);
        room[size] = '\0';
        tokens->token[tokens->count++] = (struct expect_token){room, at + 1};
        room += size + 1;
        at += size;
    }
    tokens->token[tokens->count] = (struct expect_token){"", at + 1};
}

const char *expect_peek(const struct expect_tokens *tokens)
{
    return tokens->token[tokens->next].text;
}

struct expect_token expect_next(struct expect_tokens *tokens)
{
    struct expect_token token = tokens->token[tokens->next];

    tokens->next += tokens->next < tokens->count;
    return token;
}

bool expect_take(struct expect_tokens *tokens, const char *word)
{
    if (strcmp(expect_peek(tokens), word) != 0)
        return false;
    expect_next(tokens);
    return true;
}

bool expect_fail(struct expect_tokens *tokens, unsigned int column, const char *format, ...)
{
    va_list arguments;

    if (tokens->error[0])
        return false;
    va_start(arguments, format);
    vsnprintf(tokens->error, sizeof(tokens->error), format, arguments);
    va_end(arguments);
    tokens->error_column = column;
    return false;
}

bool expect_wanted(struct expect_tokens *tokens, const char *what)
{
    struct expect_token token = tokens->token[tokens->next];

    if (token.text[0] == '\0')
        return expect_fail(tokens, token.column, "expected %s, but the line ends", what);
    return expect_fail(tokens, token.column, "expected %s, not \"%.*s\"", what, SHOWN, token.text);
}
