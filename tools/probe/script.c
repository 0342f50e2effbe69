/* SPDX-License-Identifier: BSD-2-Clause */
#include <xen/errno.h>

#include "command.h"
#include "console.h"
#include "cpu.h"
#include "script.h"
#include "text.h"
#include "xen.h"

#define LINE_SIZE 512
#define NAME_SIZE 24
#define MAX_VARIABLES 32
#define NR_ERRNOS 160

struct variable {
    char name[NAME_SIZE];
    uint64_t value;
};

/* One line, taken apart. */
struct line {
    unsigned int number; /* in the script, from 1 */
    char raw[LINE_SIZE];
    char split[LINE_SIZE]; /* `raw` with a NUL behind each word */
    const char *word[MAX_WORDS];
    unsigned int nr_words;
    unsigned int next; /* the first word that is not understood yet */

    const char *variable; /* to bind the result to; NULL: none */
    const char *expected; /* NULL: anything */
    bool quiet;
    uint64_t tries, pause_ms;
    const char *name; /* of the command */
    struct arguments arguments;
};

/* What guarded_call() hands to run_command(). */
struct attempt {
    struct line *line;
    const struct command *command;
    struct result *result;
};

static struct variable variables[MAX_VARIABLES];
static unsigned int nr_variables;
static struct script_summary summary;

static const char *const errno_names[NR_ERRNOS] = {
#define XEN_ERRNO(name, value) [value] = #name,
#include <xen/errno.h>
};

static void complain(const struct line *line, const char *what, const char *about)
{
    put_text("FAIL line ");
    put_decimal(line->number);
    put_text(": ");
    put_text(what);
    put_text(about);
    put_text("\n");
    summary.nr_failed++;
}

static struct variable *find_variable(const char *name)
{
    unsigned int i;

    for (i = 0; i < nr_variables; i++)
        if (text_equal(variables[i].name, name))
            return &variables[i];
    return NULL;
}

static bool set_variable(const char *name, uint64_t value)
{
    struct variable *variable = find_variable(name);
    size_t length = text_length(name);

    if (!variable) {
        if (nr_variables == MAX_VARIABLES || length >= NAME_SIZE)
            return false;
        variable = &variables[nr_variables++];
        memcpy(variable->name, name, length + 1);
    }
    variable->value = value;
    return true;
}

static bool plain_value(const char *word, uint64_t *value)
{
    const struct variable *variable = find_variable(word);

    if (!variable)
        return text_to_number(word, value) || constant_value(word, value);
    *value = variable->value;
    return true;
}

/* A number, a name, or a sum of them: port+1. */
static bool word_value(const char *word, uint64_t *sum)
{
    char part[LINE_SIZE];
    uint64_t value;
    size_t n;

    *sum = 0;
    for (;;) {
        for (n = 0; word[n] && word[n] != '+'; n++)
            part[n] = word[n];
        part[n] = '\0';
        if (!plain_value(part, &value))
            return false;
        *sum += value;
        if (!word[n])
            return true;
        word += n + 1;
    }
}

static void split_words(struct line *line)
{
    char *at = line->split;

    memcpy(line->split, line->raw, LINE_SIZE);
    while (line->nr_words < MAX_WORDS) {
        while (is_blank(*at))
            *at++ = '\0';
        if (!*at || *at == '#')
            return;
        line->word[line->nr_words++] = at;
        while (*at && !is_blank(*at))
            at++;
    }
}

static const char *next_word(struct line *line)
{
    return line->next < line->nr_words ? line->word[line->next++] : NULL;
}

static bool next_number(struct line *line, uint64_t *value)
{
    const char *word = next_word(line);

    return word && word_value(word, value);
}

/* VARIABLE =, quiet, expect RESULT, retry TIMES MS: what can stand before a command. */
static bool parse_modifiers(struct line *line)
{
    const char *word;

    line->tries = 1;
    if (line->nr_words > 1 && text_equal(line->word[1], "=")) {
        line->variable = line->word[0];
        line->next = 2;
    }
    while ((word = next_word(line)) != NULL) {
        if (text_equal(word, "quiet")) {
            line->quiet = true;
        } else if (text_equal(word, "expect")) {
            line->expected = next_word(line);
            if (!line->expected)
                return false;
        } else if (text_equal(word, "retry")) {
            if (!next_number(line, &line->tries) || !next_number(line, &line->pause_ms) ||
                !line->tries)
                return false;
        } else {
            line->name = word;
            return true;
        }
    }
    return false;
}

static void parse_arguments(struct line *line)
{
    struct arguments *a = &line->arguments;
    size_t end = (size_t)(line->name - line->split) + text_length(line->name);

    a->text = line->raw + end + is_blank(line->raw[end]);
    for (; line->next < line->nr_words; a->nr++) {
        a->word[a->nr] = next_word(line);
        a->is_number[a->nr] = word_value(a->word[a->nr], &a->value[a->nr]);
    }
}

/* Are the words those that the command takes? */
static bool check_arguments(const struct line *line, const struct command *command)
{
    const struct arguments *a = &line->arguments;
    unsigned int i;

    if (command && command->words != TEXT && (a->nr < command->min || a->nr > command->max)) {
        complain(line, "usage: ", command->usage);
        return false;
    }
    for (i = 0; i < a->nr && (!command || command->words == NUMBERS); i++) {
        if (!a->is_number[i]) {
            complain(line, "neither number nor variable: ", a->word[i]);
            return false;
        }
    }
    return true;
}

static void put_call(const struct line *line)
{
    const struct arguments *a = &line->arguments;
    unsigned int i;

    put_text(line->name);
    for (i = 0; i < a->nr; i++) {
        put_text(" ");
        if (find_variable(a->word[i]))
            put_decimal((int64_t)a->value[i]);
        else
            put_text(a->word[i]);
    }
}

static const char *errno_name(int64_t value)
{
    return value < 0 && value > -NR_ERRNOS ? errno_names[-value] : NULL;
}

static void put_result(const struct result *result)
{
    const char *name = errno_name(result->value);
    unsigned int i;

    if (result->fault) {
        put_text("fault ");
        put_text(exception_name(result->fault - 1));
        return;
    }
    if (result->hex)
        put_hex((uint64_t)result->value);
    else
        put_decimal(result->value);
    if (name && !result->hex) {
        put_text(" ");
        put_text(name);
    }
    for (i = 0; i < result->nr_notes; i++) {
        put_text(" ");
        put_text(result->note[i].name);
        put_text("=");
        put_hex(result->note[i].value);
    }
    if (result->text) {
        put_text(" \"");
        put_text(result->text);
        put_text("\"");
    }
}

static bool is_good(const struct result *result)
{
    return !result->fault && (result->hex || result->value >= 0);
}

/* Is this the result that the script expects: ok, a number, an errno's or an exception's name? */
static bool is_expected(const char *expected, const struct result *result)
{
    const char *name = errno_name(result->value);
    uint64_t value;

    if (text_equal(expected, "ok"))
        return is_good(result);
    if (result->fault)
        return text_equal(expected, exception_name(result->fault - 1));
    if (word_value(expected, &value))
        return (int64_t)value == result->value;
    return name && !result->hex && text_equal(expected, name);
}

static void run_command(void *argument)
{
    struct attempt *attempt = argument;
    struct line *line = attempt->line;

    if (attempt->command)
        attempt->command->run(&line->arguments, attempt->result);
    else
        named_call(line->name, &line->arguments, attempt->result);
}

/* Run the command as often as `retry` says, until it gives what is wanted. */
static void run_attempts(struct line *line, const struct command *command, struct result *result)
{
    struct attempt attempt = {.line = line, .command = command, .result = result};
    uint64_t i;

    for (i = 0; i < line->tries; i++) {
        if (i)
            sleep_ms(line->pause_ms);
        *result = (struct result){0};
        result->fault = (unsigned int)guarded_call(run_command, &attempt);
        if (line->expected ? is_expected(line->expected, result) : is_good(result))
            return;
    }
}

static void report(const struct line *line, const struct result *result)
{
    bool good = !line->expected || is_expected(line->expected, result);

    if (line->expected) {
        summary.nr_ok += good;
        summary.nr_failed += !good;
    }
    if ((line->quiet && good) || (result->silent && !result->fault))
        return;
    if (line->expected)
        put_text(good ? "ok " : "FAIL ");
    put_call(line);
    put_text(" = ");
    put_result(result);
    if (!good) {
        put_text(", expected ");
        put_text(line->expected);
    }
    put_text("\n");
}

static void run_line(struct line *line)
{
    const struct command *command = find_command(line->name);
    struct result result = {0};

    if (!command && !is_named_call(line->name)) {
        complain(line, "no such command: ", line->name);
        return;
    }
    parse_arguments(line);
    if (!check_arguments(line, command))
        return;
    if (command && command->announce) {
        put_call(line);
        put_text("\n");
    }
    run_attempts(line, command, &result);
    if (result.usage) {
        complain(line, "usage: ", result.usage);
        return;
    }
    report(line, &result);
    if (line->variable && !set_variable(line->variable, (uint64_t)result.value))
        complain(line, "too many variables, or too long a name: ", line->variable);
}

struct script_summary script_run(const char *script, size_t size)
{
    static struct line line;
    unsigned int number = 0;
    size_t at = 0, length;

    summary = (struct script_summary){0};
    while (at < size && script[at]) {
        memset(&line, 0, sizeof(line));
        line.number = ++number;
        for (length = 0; at < size && script[at] && script[at] != '\n'; at++)
            if (length < LINE_SIZE - 1)
                line.raw[length++] = script[at];
        at++;
        split_words(&line);
        if (!line.nr_words)
            continue;
        if (parse_modifiers(&line))
            run_line(&line);
        else
            complain(&line, "not understood: ", line.raw);
    }
    return summary;
}
