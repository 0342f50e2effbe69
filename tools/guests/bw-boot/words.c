/* SPDX-License-Identifier: BSD-2-Clause */
#include "tools/guests/bw-boot/words.h"

#include <string.h>

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static bool is_printable(char c)
{
    return c > ' ' && c <= '~';
}

static void add_word(struct boot_line *line, struct boot_word word)
{
    if (line->nr == BOOT_MAX_WORDS)
        line->wrong = "too many words";
    else
        line->word[line->nr++] = word;
}

static void split(struct boot_line *line, const char *at, const char *end)
{
    while (at < end && *at != '#') {
        struct boot_word word = {.at = at};

        while (at < end && is_printable(*at) && *at != '#')
            at++;
        word.size = (size_t)(at - word.at);
        if (word.size != 0)
            add_word(line, word);
        else if (is_blank(*at))
            at++;
        else {
            line->wrong = "a byte that is no ASCII text";
            return;
        }
    }
}

bool boot_next_line(struct boot_text *text, struct boot_line *line)
{
    while (text->at < text->end) {
        size_t left = (size_t)(text->end - text->at);
        const char *newline = memchr(text->at, '\n', left);
        const char *end = newline == NULL ? text->end : newline;

        *line = (struct boot_line){.number = ++text->line};
        split(line, text->at, end);
        text->at = newline == NULL ? text->end : newline + 1;
        if (line->nr != 0 || line->wrong != NULL)
            return true;
    }
    return false;
}

bool boot_at_end(const struct boot_line *line)
{
    return line->next == line->nr;
}

struct boot_word boot_next_word(struct boot_line *line)
{
    static const struct boot_word none = {.at = ""};

    return boot_at_end(line) ? none : line->word[line->next++];
}

bool boot_take_word(struct boot_line *line, const char *wanted)
{
    bool taken = !boot_at_end(line) && boot_word_is(line->word[line->next], wanted);

    if (taken)
        line->next++;
    return taken;
}

bool boot_word_is(struct boot_word word, const char *wanted)
{
    return word.size == strlen(wanted) && memcmp(word.at, wanted, word.size) == 0;
}

unsigned int boot_digit(char c)
{
    if (c >= '0' && c <= '9')
        return (unsigned int)(c - '0');
    if (c >= 'a' && c <= 'f')
        return (unsigned int)(c - 'a') + 10;
    if (c >= 'A' && c <= 'F')
        return (unsigned int)(c - 'A') + 10;
    return 16;
}

bool boot_word_number(struct boot_word word, uint64_t *value)
{
    bool hex = word.size > 2 && word.at[0] == '0' && word.at[1] == 'x';
    unsigned int base = hex ? 16 : 10;
    uint64_t sum = 0;

    if (word.size == 0)
        return false;
    for (size_t i = hex ? 2 : 0; i < word.size; i++) {
        unsigned int digit = boot_digit(word.at[i]);

        if (digit >= base || sum > (UINT64_MAX - digit) / base)
            return false;
        sum = sum * base + digit;
    }
    *value = sum;
    return true;
}

bool boot_word_copy(struct boot_word word, char *to, size_t room)
{
    if (word.size == 0 || word.size >= room)
        return false;
    memcpy(to, word.at, word.size);
    to[word.size] = '\0';
    return true;
}
