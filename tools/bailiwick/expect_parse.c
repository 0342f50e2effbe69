/* SPDX-License-Identifier: BSD-2-Clause */
/* Files of expectations, line by line. */
#include "tools/bailiwick/expectations.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BEGINNINGS                                                                                 \
    "allow, deny, only, never flow, before finalise, after finalise, always or with BOOLEAN=on"

void expect_complain(struct expect_file *file, const struct expect_line *line, unsigned int column,
                     const char *format, ...)
{
    va_list arguments;

    if (file->errors++ >= EXPECT_MAX_ERRORS)
        return;
    fprintf(stderr, "%s:%u:%u: ", file->path, line->number, column);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\n    %s\n", line->text ? line->text : "");
}

/* BOOLEAN=on {, BOOLEAN=off} */
static bool parse_choices(struct expect_tokens *tokens, struct expect_line *line)
{
    do {
        struct expect_token token = tokens->token[tokens->next];
        char *equals = (char *)(uintptr_t)strchr(token.text, '=');
        bool on = equals && strcmp(equals + 1, "on") == 0;

        if (!equals || equals == token.text || (!on && strcmp(equals + 1, "off") != 0))
            return expect_wanted(tokens, "BOOLEAN=on or BOOLEAN=off");
        if (line->nr_choices == EXPECT_MAX_CHOICES)
            return expect_fail(tokens, token.column, "at most %u booleans", EXPECT_MAX_CHOICES);
        *equals = '\0';
        line->choice[line->nr_choices++] = (struct expect_choice){token.text, on, token.column};
        expect_next(tokens);
    } while (expect_take(tokens, ","));
    return true;
}

/* When it must be so. */
static bool parse_when(struct expect_tokens *tokens, struct expect_line *line)
{
    if (expect_take(tokens, "always")) {
        line->phases = EXPECT_BEFORE | EXPECT_AFTER;
    } else if (strcmp(expect_peek(tokens), "before") == 0 ||
               strcmp(expect_peek(tokens), "after") == 0) {
        line->phases = expect_next(tokens).text[0] == 'b' ? EXPECT_BEFORE : EXPECT_AFTER;
        if (!expect_take(tokens, "finalise"))
            return expect_wanted(tokens, "\"finalise\"");
    }
    return !expect_take(tokens, "with") || parse_choices(tokens, line);
}

static bool parse_verb(struct expect_tokens *tokens, struct expect_line *line)
{
    if (expect_take(tokens, "allow"))
        line->verb = EXPECT_ALLOW;
    else if (expect_take(tokens, "deny"))
        line->verb = EXPECT_DENY;
    else if (expect_take(tokens, "only"))
        line->verb = EXPECT_ONLY;
    else if (expect_take(tokens, "never"))
        line->verb = EXPECT_NEVER_FLOW;
    else
        return expect_wanted(tokens, BEGINNINGS);
    return line->verb != EXPECT_NEVER_FLOW || expect_take(tokens, "flow") ||
           expect_wanted(tokens, "\"flow\"");
}

static bool parse_flow(struct expect_tokens *tokens, struct expect_line *line)
{
    if (expect_take(tokens, "trusting") && !expect_parse_side(tokens, false, &line->trusting))
        return false;
    return expect_peek(tokens)[0] == '\0' ||
           expect_wanted(tokens, "\"trusting\" or the line's end");
}

static bool parse_expectation(struct expect_tokens *tokens, struct expect_line *line)
{
    if (!parse_verb(tokens, line) || !expect_parse_side(tokens, false, &line->subject))
        return false;
    if (!expect_take(tokens, "->"))
        return expect_wanted(tokens, "\"->\" or another name");
    if (!expect_parse_side(tokens, true, &line->object))
        return false;
    if (line->verb == EXPECT_NEVER_FLOW)
        return parse_flow(tokens, line);
    if (expect_take(tokens, "to") && !expect_parse_item(tokens, true, &line->label))
        return false;
    if (!expect_take(tokens, ":"))
        return expect_wanted(tokens, "\":\" with a space before it, or another name");
    return expect_parse_rights(tokens, line);
}

/* What the section says of the lines in it; a line's own word on the phase goes before. */
static bool add_section(struct expect_tokens *tokens, const struct expect_line *section,
                        struct expect_line *line)
{
    line->phases = line->phases != 0 ? line->phases : section->phases;
    if (line->nr_choices + section->nr_choices > EXPECT_MAX_CHOICES)
        return expect_fail(tokens, 1, "at most %u booleans", EXPECT_MAX_CHOICES);
    memcpy(line->choice + line->nr_choices, section->choice,
           section->nr_choices * sizeof(line->choice[0]));
    line->nr_choices += section->nr_choices;
    return true;
}

static bool parse_line(struct expect_tokens *tokens, struct expect_line *section,
                       struct expect_line *line)
{
    if (tokens->error[0] || !parse_when(tokens, line))
        return false;
    if (tokens->next == 0 || !expect_take(tokens, ":"))
        return add_section(tokens, section, line) && parse_expectation(tokens, line);
    line->verb = EXPECT_SECTION;
    line->phases = line->phases != 0 ? line->phases : EXPECT_AFTER;
    *section = *line;
    return expect_peek(tokens)[0] == '\0' || expect_wanted(tokens, "the end of the line");
}

/* The line as it is shown: from its first character to the comment. */
static const char *shown(char *text)
{
    size_t length = strcspn(text, "#");

    while (length > 0 && strchr(" \t\r", text[length - 1]))
        length--;
    text[length] = '\0';
    for (size_t i = 0; i < length; i++)
        if (text[i] < ' ' || text[i] > '~')
            text[i] = text[i] == '\t' ? ' ' : '?';
    return text + strspn(text, " ");
}

/* Room for the line as it is shown, and for its words. */
static char *copy(const char *text, unsigned int length)
{
    char *room = malloc((size_t)3 * length + 4);

    if (!room) {
        fprintf(stderr, "bailiwick: not enough memory\n");
        exit(EXIT_FAILURE);
    }
    memcpy(room, text, length);
    room[length] = '\0';
    return room;
}

/* false: there is nothing on it. */
static bool read_line(struct expect_file *file, struct expect_line *section, const char *text,
                      unsigned int length, struct expect_line *line)
{
    static struct expect_tokens tokens;

    if (length > EXPECT_MAX_LINE) {
        expect_complain(file, line, EXPECT_MAX_LINE + 1, "a line has at most %u characters",
                        EXPECT_MAX_LINE);
        return false;
    }
    line->words = copy(text, length);
    line->text = shown(line->words);
    expect_split(text, length, line->words + length + 1, &tokens);
    if (tokens.count == 0 && !tokens.error[0]) {
        free(line->words);
        return false;
    }
    if (!parse_line(&tokens, section, line))
        expect_complain(file, line, tokens.error_column, "%s", tokens.error);
    return true;
}

static unsigned int count_lines(const struct bytes *content)
{
    unsigned int count = 1;

    for (size_t i = 0; i < content->size; i++)
        count += content->data[i] == '\n';
    return count;
}

static int refuse(struct expect_file *file, const char *why)
{
    fprintf(stderr, "bailiwick: %s: %s\n", file->path, why);
    file->errors++;
    return -EINVAL;
}

int expect_parse(const char *path, struct bytes content, struct expect_file *file)
{
    struct expect_line section = {.phases = EXPECT_AFTER};
    const char *text = (const char *)content.data, *end = text + content.size;

    *file = (struct expect_file){.path = path, .content = content};
    if (content.size > EXPECT_MAX_FILE)
        return refuse(file, "too large for a file of expectations");
    file->line = calloc(count_lines(&content), sizeof(*file->line));
    if (!file->line)
        return refuse(file, "not enough memory");
    for (unsigned int number = 1; text < end; number++) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        size_t length = (size_t)((newline ? newline : end) - text);

        file->line[file->count] = (struct expect_line){.number = number};
        file->count +=
            read_line(file, &section, text, (unsigned int)length, &file->line[file->count]);
        text += length + 1;
    }
    if (file->errors > EXPECT_MAX_ERRORS)
        fprintf(stderr, "%s: and %u more errors\n", path, file->errors - EXPECT_MAX_ERRORS);
    return file->errors == 0 ? 0 : -EINVAL;
}

int expect_read(const char *path, struct expect_file *file)
{
    struct bytes content;
    int error = files_read(path, &content);

    *file = (struct expect_file){.path = path};
    return error ? refuse(file, strerror(-error)) : expect_parse(path, content, file);
}

void expect_free(struct expect_file *file)
{
    for (unsigned int i = 0; i < file->count; i++)
        free(file->line[i].words);
    free(file->line);
    bytes_free(&file->content);
    *file = (struct expect_file){0};
}
