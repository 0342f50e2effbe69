/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/bailiwick/lines.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEADER "policy " /* then the digest of the policy that it is about */
#define EXTENSION ".lines"
#define DIGEST_TEXT ((size_t)2 * LCM_DIGEST_SIZE)

static bool find_file(const struct asked *asked, char path[PATH_MAX])
{
    const char *dot = strrchr(files_basename(asked->path), '.');
    int length = (int)(dot ? (size_t)(dot - asked->path) : strlen(asked->path));

    return snprintf(path, PATH_MAX, "%.*s" EXTENSION, length, asked->path) < PATH_MAX;
}

static bool is_about(const struct lines *lines, const struct asked *asked)
{
    char wanted[sizeof(HEADER) + DIGEST_TEXT];
    size_t used = (size_t)snprintf(wanted, sizeof(wanted), HEADER);

    for (unsigned int i = 0; i < LCM_DIGEST_SIZE; i++)
        used += (size_t)snprintf(wanted + used, sizeof(wanted) - used, "%02x", asked->digest[i]);
    return lines->file.size > used && memcmp(lines->file.data, wanted, used) == 0;
}

/* The words of one line, or false: it is no rule. */
static bool read_line(char *text, struct line *line)
{
    const char **const word[] = {&line->kind, &line->source, &line->target, &line->class_name,
                                 &line->what, &line->when,   &line->place};
    char *rest = text;

    for (size_t i = 0; i < sizeof(word) / sizeof(word[0]); i++) {
        *word[i] = strtok_r(rest, " ", &rest);
        if (!*word[i])
            return false;
    }
    return true;
}

static size_t count_lines(const struct bytes *file)
{
    size_t count = 0;

    for (size_t i = 0; i < file->size; i++)
        count += file->data[i] == '\n';
    return count;
}

void lines_load(const struct asked *asked, struct lines *lines)
{
    char path[PATH_MAX], *text, *rest;

    *lines = (struct lines){0};
    if (!find_file(asked, path) || files_read(path, &lines->file) != 0)
        return;
    if (is_about(lines, asked))
        lines->line = calloc(count_lines(&lines->file) + 1, sizeof(*lines->line));
    if (!lines->line)
        return;
    text = strtok_r((char *)lines->file.data, "\n", &rest);
    while (text && (text = strtok_r(NULL, "\n", &rest)))
        lines->count += read_line(text, &lines->line[lines->count]);
}

void lines_free(struct lines *lines)
{
    free(lines->line);
    bytes_free(&lines->file);
    *lines = (struct lines){0};
}

const char *lines_find_rule(const struct lines *lines, const char *source, const char *target,
                            const char *class_name, const char *permission, const char *when)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->line[i];
        bool self = strcmp(line->target, "self") == 0 && strcmp(source, target) == 0;

        if (strcmp(line->kind, "allow") == 0 && strcmp(line->source, source) == 0 &&
            (self || strcmp(line->target, target) == 0) &&
            strcmp(line->class_name, class_name) == 0 && strcmp(line->what, permission) == 0 &&
            strcmp(line->when, when) == 0)
            return line->place;
    }
    return NULL;
}

const char *lines_find_constraint(const struct lines *lines, const char *class_name,
                                  const char *permission, unsigned int index)
{
    for (size_t i = 0; i < lines->count; i++) {
        const struct line *line = &lines->line[i];

        if ((strcmp(line->kind, "constrain") == 0 || strcmp(line->kind, "mlsconstrain") == 0) &&
            strcmp(line->class_name, class_name) == 0 && strcmp(line->target, permission) == 0 &&
            strtoul(line->what, NULL, 10) == index)
            return line->place;
    }
    return NULL;
}
