/* SPDX-License-Identifier: BSD-2-Clause */
/* Text in lines, lines in words. The words are parts of the text, which must stay. */
#ifndef BW_BOOT_WORDS_H
#define BW_BOOT_WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define BOOT_MAX_WORDS 64

struct boot_word {
    const char *at; /* no NUL behind it */
    size_t size;
};

struct boot_text {
    const char *at, *end; /* what isn't read yet */
    unsigned int line;    /* the number of the line that was read last */
};

struct boot_line {
    unsigned int number; /* from 1 */
    unsigned int nr, next;
    struct boot_word word[BOOT_MAX_WORDS];
    const char *wrong; /* why it is no line of words; NULL: it is one */
};

/* The next line that has words, without comments (#). False: there are no more. */
bool boot_next_line(struct boot_text *text, struct boot_line *line);

/* The next word of a line; one of no bytes at its end. */
struct boot_word boot_next_word(struct boot_line *line);
/* Take the next word if it is this one. */
bool boot_take_word(struct boot_line *line, const char *wanted);
bool boot_at_end(const struct boot_line *line);

bool boot_word_is(struct boot_word word, const char *wanted);
/* Decimal, or hexadecimal with 0x. False: it is no number, or one of more than 64 bits. */
bool boot_word_number(struct boot_word word, uint64_t *value);
/* 0 to 15; 16: it is no hexadecimal digit. */
unsigned int boot_digit(char c);
/* Copy it with a NUL. False: it is empty or too long. */
bool boot_word_copy(struct boot_word word, char *to, size_t room);

/* For printf's "%.*s". */
#define BOOT_WORD(word) (int)((word).size < 40 ? (word).size : 40), (word).at

#endif
